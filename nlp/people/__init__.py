"""How people are named and called: names, titles, and what is neither."""

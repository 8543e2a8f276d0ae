"""Words as they are searched: what a text is found by, and what a question asks for."""

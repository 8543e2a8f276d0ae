"""Numbers as people write them, and the words that make them money or goods."""

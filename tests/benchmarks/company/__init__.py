"""A simulated company: a month of its life on a turned clock, and a checker of its own that reads
afterwards whether anything slipped through."""

"""The archive, searched over keyed hashes of its words: it can be searched and not read."""

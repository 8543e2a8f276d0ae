"""What is to be done by when: a rep's promises, a client's own dates."""

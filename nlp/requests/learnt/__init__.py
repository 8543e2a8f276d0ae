"""A small trained model beside the grammar: what an utterance may be where no phrasing fits it.

    features  what the model sees: marks, characters, words and concepts, no name of anybody
    model     two of them, wrapped once: which wish, and where its slots stand
    guessing  readings of their own, less sure than the grammar's

`make wishes` makes them from tests/samples (tests/nlp/wishes.py). wishes.json tells from what; a
test holds them against each other.
"""

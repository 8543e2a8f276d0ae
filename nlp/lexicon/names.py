"""Chinese surnames, the titles that follow them, and a few given names from abroad."""

from nlp.lexicon.tables import words

SURNAMES = frozenset("".join(words("names", "surnames")))
COMPOUND_SURNAMES = frozenset(words("names", "compound_surnames"))
TITLES = words("names", "titles")
"""Titles that are words by themselves."""
SHORT_TITLES = "".join(words("names", "short_titles"))
"""Titles of one character, which begin many other words."""
GIVEN_NAMES_ABROAD = frozenset(words("names", "given_names_abroad"))

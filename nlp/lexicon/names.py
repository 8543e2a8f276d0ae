"""Chinese surnames, what given names are made of, titles, and given names from abroad."""

from nlp.lexicon.tables import words

SURNAMES = frozenset("".join(words("names", "surnames")))
RARE_SURNAMES = frozenset("".join(words("names", "rare_surnames"))) - SURNAMES
"""Surnames that need a title or an introduction beside them to be believed."""
COMPOUND_SURNAMES = frozenset(words("names", "compound_surnames"))
GIVEN = frozenset("".join(words("names", "given")))
"""The characters that given names are made of."""
NICKNAMES = frozenset("".join(words("names", "nicknames")))
TITLES = words("names", "titles")
"""Titles that are words by themselves."""
BRANCHES = words("names", "branches")
BRANCH_TITLES = words("names", "branch_titles")
SHORT_TITLES = "".join(words("names", "short_titles"))
"""Titles of one character, which begin many other words."""
CLIPPED_TITLES = "".join(words("names", "clipped_titles"))
GIVEN_NAMES_ABROAD = frozenset(words("names", "given_names_abroad"))
ABROAD_AMBIGUOUS = frozenset(words("names", "abroad_ambiguous"))
"""Those that are also words, and are believed only beside what speaks of people."""
SOFT_TITLES = frozenset(words("names", "soft_titles"))
LOOK_LIKE_NAMES = frozenset(words("names", "look_like_names"))
SOONER = frozenset(words("names", "sooner"))
NOT_BARE = frozenset("".join(words("names", "not_bare")))
NOT_ABROAD = frozenset(words("names", "not_abroad"))
OFFICIALS = frozenset((*words("names", "officials"), *CLIPPED_TITLES))

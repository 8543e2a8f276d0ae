"""What the names of organisations are made of: ends, trades, words that are no brand."""

from nlp.lexicon.tables import words

FORMAL = frozenset(words("organisations", "formal"))
INSTITUTES = frozenset(words("organisations", "institutes"))
HOUSES = frozenset(words("organisations", "houses"))
TRADES = frozenset(words("organisations", "trades"))
ENDINGS = FORMAL | INSTITUTES | HOUSES | TRADES
"""Everything that an organisation's name may end in."""
LOOSE = frozenset(words("organisations", "loose"))
GENERIC = frozenset(words("organisations", "generic"))
BEFORE = frozenset(words("organisations", "before"))
"""Words before a name that are none of it."""
PLAIN_FORMAL = frozenset(words("organisations", "plain_formal"))
STANDS_ALONE = frozenset(words("organisations", "stands_alone"))
NUMBERED_SCHOOLS = frozenset(words("organisations", "numbered_schools"))
MARKETS = frozenset(words("organisations", "markets"))

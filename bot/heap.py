"""The garbage collector of a process that stays.

What is loaded at the start (code, patterns, models, dictionaries) is never garbage, and the
collector walks all of it again and again: a fifth of what a message costs.
"""

import gc

_YOUNG = 20_000
"""New objects between two looks at the young ones (Python's default: 700): a message makes some
thousands, nearly all of which go by reference count."""
_MIDDLE, _OLD = 20, 50
"""Looks at the younger generation before one at the next."""


def settle() -> None:
    """What is there now is looked at no more; what comes, less often. Before processes are forked
    it also keeps their memory shared."""
    gc.freeze()
    gc.set_threshold(_YOUNG, _MIDDLE, _OLD)

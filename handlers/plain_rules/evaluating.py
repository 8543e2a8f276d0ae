"""The one place where the CEL library is called: its texts as typed conditions.

The library has no types of its own that we would want further in, raises what it likes, and knows
macros that nest without an end (`all` in `all`) and cannot be interrupted. So a text is refused
that is long, that calls anything but `contains`, or that asks for what is no fact of a lead.
"""

from collections.abc import Mapping
from functools import lru_cache

import cel

from nlp.ruling.cel import VARIABLES

LONGEST = 8_000
"""Characters; 20 tests of some values each stay far below."""
_CALLS = frozenset(
    {"contains", "_&&_", "_||_", "!_", "@in", "_==_", "_!=_", "_<_", "_<=_", "_>_", "_>=_", "-_"}
)

Value = int | str | list[str]


class Situation:
    """What is known of one lead, made ready once for however many conditions."""

    def __init__(self, facts: Mapping[str, Value]) -> None:
        empty: dict[type, Value] = {int: -1, str: "", list: []}
        full = {name: facts.get(name, empty[kind]) for name, kind in VARIABLES.items()}
        self.facts = full
        self._context = cel.Context(variables=full)

    def fits(self, condition: str) -> bool:
        """Whether the condition holds; False for one that cannot be told."""
        program = compiled(condition)
        if program is None:
            return False
        try:
            return program.execute(self._context) is True
        except (ValueError, TypeError, RuntimeError, ArithmeticError):
            return False


@lru_cache(maxsize=4096)
def compiled(condition: str) -> cel.Program | None:
    """None for what we do not run."""
    if len(condition) > LONGEST:
        return None
    try:
        program = cel.compile(condition)
        asked = program.references()
    except (ValueError, RuntimeError, RecursionError):
        return None
    if not _CALLS.issuperset(asked["functions"]) or not VARIABLES.keys() >= set(asked["variables"]):
        return None
    return program

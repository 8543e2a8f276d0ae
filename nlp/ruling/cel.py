"""The condition in CEL, for the evaluator. Only what stands here is ever written: comparisons,
`in`, `contains`, and/or/not; no macro, no call with work to do, strings in one escaped form.

What is not known of a lead is -1 or empty, and then no test of it holds, a negated one neither:
a rule acts on what is known. Lists (tags, objections …) cannot be unknown, only empty.
"""

import orjson

from nlp.ruling.lexing import folded
from nlp.ruling.rule import (
    AMOUNTS,
    LISTS,
    TEXTS,
    All,
    Among,
    AnyOf,
    Compare,
    Condition,
    Fact,
    tests_of,
)
from nlp.ruling.vocabulary import places_in

UNKNOWN = -1
VARIABLES: dict[str, type] = {
    fact.value: int if fact in AMOUNTS else list if fact in LISTS else str for fact in Fact
}
"""What the evaluator must be given, and as what."""


def compiled(when: Condition) -> str:
    match when:
        case All():
            return _joined([compiled(part) for part in when.parts], " && ", of_none="true")
        case AnyOf():
            return _joined([compiled(part) for part in when.parts], " || ", of_none="false")
        case Compare():
            known = "" if when.op in (">", ">=", "==") else f"{when.fact.value} > {UNKNOWN} && "
            return f"({known}{when.fact.value} {when.op} {when.number})"
        case _:
            return _among(when)


def asks_for(when: Condition) -> frozenset[Fact]:
    """Which facts have to be known to tell."""
    return frozenset(test.fact for test in tests_of(when))


def _among(test: Among) -> str:
    name = test.fact.value
    if test.fact in TEXTS:
        found = _joined(
            [f"{name}.contains({literal(folded(value).casefold())})" for value in test.values],
            " || ", of_none="false",
        )  # fmt: skip
    elif test.fact == Fact.REGION:
        places = [place for value in test.values for place in places_in(value)]
        found = _joined(
            [f"{name}.contains({literal(place)})" for place in places], " || ", of_none="false"
        )
    elif test.fact in LISTS:
        found = _joined(
            [f"{literal(value)} in {name}" for value in test.values], " || ", of_none="false"
        )
    else:
        values = ", ".join(literal(value) for value in test.values)
        found = f"({name} in [{values}])"
    if not test.negated:
        return found
    return (
        f"!{found}"
        if test.fact in LISTS or test.fact == Fact.WORDS
        else f'({name} != "" && !{found})'
    )


def _joined(parts: list[str], between: str, *, of_none: str) -> str:
    return f"({between.join(parts)})" if parts else of_none


def literal(text: str) -> str:
    """A CEL string: JSON's escapes are CEL's, and no quote of the text ends it."""
    return orjson.dumps(text).decode().replace("\x7f", "\\u007f")

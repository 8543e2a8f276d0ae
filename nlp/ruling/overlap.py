"""Whether two conditions may hold of the same lead. Pure; in doubt they may.

Each is written as alternatives of tests; two alternatives exclude each other where they want
different values of what a lead has only one of, or amounts that do not meet.
"""

from itertools import product

from nlp.ruling.rule import FLAGS, All, Among, AnyOf, Compare, Condition, Fact
from nlp.ruling.vocabulary import AREAS, places_in

_ONE_VALUE = FLAGS | {
    Fact.PRODUCT, Fact.LINE, Fact.SOURCE, Fact.PRIORITY, Fact.URGENCY, Fact.MONEY, Fact.WEEKDAY,
}  # fmt: skip
_MOST_ALTERNATIVES = 64
_ENDLESS = 10**18

PROVINCES = frozenset(place for area in AREAS.values() for place in area)
"""By their short names."""

Alternative = tuple[Compare | Among, ...]


def may_both_hold(one: Condition, other: Condition) -> bool:
    ours, theirs = _alternatives(one), _alternatives(other)
    if ours is None or theirs is None:
        return True
    return any(_agree((*left, *right)) for left, right in product(ours, theirs))


def _alternatives(condition: Condition) -> list[Alternative] | None:
    """None where they are too many to look at."""
    match condition:
        case All():
            found: list[Alternative] = [()]
            for part in condition.parts:
                inner = _alternatives(part)
                if inner is None or len(found) * len(inner) > _MOST_ALTERNATIVES:
                    return None
                found = [(*left, *right) for left in found for right in inner]
            return found
        case AnyOf():
            either: list[Alternative] = []
            for part in condition.parts:
                inner = _alternatives(part)
                if inner is None or len(either) + len(inner) > _MOST_ALTERNATIVES:
                    return None
                either += inner
            return either
        case _:
            return [(condition,)]


def _agree(tests: Alternative) -> bool:
    for fact in {test.fact for test in tests}:
        about = [test for test in tests if test.fact == fact]
        ranges = [_range(test) for test in about if isinstance(test, Compare)]
        if ranges and max(low for low, _ in ranges) > min(high for _, high in ranges):
            return False
        values = [test for test in about if isinstance(test, Among)]
        if fact == Fact.REGION and not _some_place(values):
            return False
        if fact in _ONE_VALUE and not _some_value(values):
            return False
    return True


def _range(test: Compare) -> tuple[int, int]:
    match test.op:
        case ">":
            return test.number + 1, _ENDLESS
        case ">=":
            return test.number, _ENDLESS
        case "<":
            return 0, test.number - 1
        case "<=":
            return 0, test.number
        case _:
            return test.number, test.number


def _some_value(tests: list[Among]) -> bool:
    wanted = [set(test.values) for test in tests if not test.negated]
    if not wanted:
        return True
    left = set.intersection(*wanted)
    return bool(left.difference(*(test.values for test in tests if test.negated)))


def _some_place(tests: list[Among]) -> bool:
    """上海 and 浙江 exclude each other; of a town and a province we do not know."""
    wanted = [
        {place for value in test.values for place in places_in(value)}
        for test in tests
        if not test.negated
    ]
    if not wanted:
        return True
    known = all(place in PROVINCES for places in wanted for place in places)
    return not known or bool(set.intersection(*wanted))

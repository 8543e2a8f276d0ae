"""Conditions: A，且 B 或 C. 且 binds closer than 或; 「上海的雅思客户」 has a 且 that is not said.

either := both (或 both)*
both   := unit ((且 | ，)? unit)*
unit   := （either） | test
"""

from nlp.ruling import amounts, values
from nlp.ruling.rule import All, AnyOf, Condition
from nlp.ruling.stream import DEEDS, Stream

_STARTS = frozenset(
    {
        "noun", "number", "before", "value", "weekday", "asks", "mentions", "is", "has", "from",
        "literal", "clock", "always", "open", "unknown",
    }
)  # fmt: skip
_DEEPEST = 8


def either(words: Stream, depth: int = 0) -> Condition | None:
    """None where there is no condition here."""
    parts = [both(words, depth)]
    while words.peek().kind == "or":
        words.take()
        words.skip("comma", "if")
        parts.append(both(words, depth))
    return _joined([part for part in parts if part is not None], AnyOf)


def both(words: Stream, depth: int) -> Condition | None:
    parts: list[Condition] = []
    while True:
        part = _unit(words, depth)
        if part is not None:
            parts.append(part)
        before = words.at
        words.skip("and", "comma", "list", "if", "colon")
        kind = words.peek().kind
        if kind == "or" or kind not in _STARTS or words.is_over:
            if kind in DEEDS or kind in ("then", "close", "document"):
                break
            if kind == "or" or words.is_over:
                break
            if words.at == before and part is None:
                strange = words.take()
                words.puzzle(strange, "在这里看不懂")
            elif kind not in _STARTS:
                break
    return _joined(parts, All)


def _unit(words: Stream, depth: int) -> Condition | None:
    token = words.peek()
    if token.kind not in _STARTS:
        return None
    if token.kind == "open":
        words.take()
        if depth >= _DEEPEST:
            words.puzzle(token, "括号套得太深")
            return None
        inside = either(words, depth + 1)
        if words.take_if("close") is None:
            words.puzzle(token, "没有配对的括号")
        return inside
    if token.kind == "always":
        words.take()
        return All()
    if amounts.starts(words):
        return amounts.read(words)
    return values.read(words)


def _joined(parts: list[Condition], kind: type[All] | type[AnyOf]) -> Condition | None:
    """One part stands for itself, and parts of the same kind are not nested."""
    flat: list[Condition] = []
    for part in parts:
        if isinstance(part, kind) and part.parts:
            flat += part.parts
        elif not (kind is All and part == All() and len(parts) > 1):
            flat.append(part)
    distinct = list(dict.fromkeys(flat))
    if not distinct:
        return None
    return distinct[0] if len(distinct) == 1 else kind(parts=tuple(distinct))


def joined(parts: list[Condition]) -> Condition:
    """All that was said, in one condition."""
    return _joined(parts, All) or All()

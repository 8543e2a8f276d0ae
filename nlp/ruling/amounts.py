"""Tests of an amount: 预算大于3万, 30万到50万之间, 10台以上, 晚上8点以后."""

from typing import cast

from nlp.numbers.numerals import Amount, span_of
from nlp.ruling.lexing import Figure, Token
from nlp.ruling.rule import AMOUNTS, All, AnyOf, Compare, Condition, Fact, Op
from nlp.ruling.stream import Stream

_COUNTED = {"money": Fact.BUDGET, "pieces": Fact.QUANTITY}
_TO = frozenset("到至-~–—和")
_DAY = 24 * 60
_MOST = 10**15


def starts(words: Stream) -> bool:
    token = words.peek()
    if token.kind == "noun":
        return token.value in AMOUNTS and _leads_to_a_figure(words)
    return token.kind in ("number", "before", "clock") or (
        token.kind == "from" and words.peek(1).kind in ("number", "clock")
    )


def _leads_to_a_figure(words: Stream) -> bool:
    """预算 may be an objection's name; with a figure near it is an amount."""
    if words.peek().value == Fact.MINUTE:
        return words.peek(1).kind in ("clock", "before") or (
            words.peek(1).kind in ("from", "is") and words.peek(2).kind == "clock"
        )
    return True


def read(words: Stream) -> Condition | None:
    noun = words.take_if("noun")
    fact = cast(Fact, noun.value) if noun else None
    parts: list[Condition] = []
    while True:
        part, fact = _one(words, fact, noun)
        if part is not None:
            parts.append(part)
        if fact is None or not _goes_on(words):
            break
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else All(parts=tuple(parts))


def _goes_on(words: Stream) -> bool:
    """大于3万小于5万, 大于3万且不超过5万: the same amount, without its name."""
    ahead = 1 if words.peek().kind in ("and", "comma") else 0
    if words.peek(ahead).kind == "before" and words.peek(ahead + 1).kind == "number":
        trailing = words.peek(ahead + 2)
        if trailing.kind == "noun" and trailing.value in AMOUNTS:
            return False
        figure = cast(Figure, words.peek(ahead + 1).value)
        if figure.counts == "pieces":
            return False
        for _ in range(ahead):
            words.take()
        return True
    return False


def _one(
    words: Stream, fact: Fact | None, noun: Token | None
) -> tuple[Condition | None, Fact | None]:
    words.skip("from")
    is_equal = words.take_if("is") is not None
    words.skip("from")
    before = words.take_if("before")
    first = words.take_if("number", "clock")
    if first is None:
        strange = noun or before or words.peek()
        if words.peek().kind == "unknown":
            strange = words.take()
        words.puzzle(strange, "后面要有一个数" if strange in (noun, before) else "不是一个数")
        return None, None
    if first.kind == "clock" or fact == Fact.MINUTE:
        return _clock(words, first, before), None
    second = None
    if words.peek().text in _TO and words.peek(1).kind == "number":
        words.take()
        second = words.take()
    words.skip("between")
    after = words.take_if("after")
    fact = _fact(words, fact, first, second)
    if fact is None:
        words.puzzle(first, "没说是预算（元）还是数量（台、套……）")
        return None, None
    if second is not None:
        return _range(words, fact, first, second), fact
    return _side(words, fact, first, (before, after), is_equal=is_equal), fact


def _side(
    words: Stream,
    fact: Fact,
    first: Token,
    sides: tuple[Token | None, Token | None],
    *,
    is_equal: bool,
) -> Condition | None:
    """大于3万, 3万以上."""
    before, after = sides
    op = before or after
    if op is None and not is_equal:
        words.puzzle(first, "没说是以上、以下还是等于")
        return None
    if before is not None and after is not None:
        words.puzzle(after, f"和“{before.text}”不能一起用")
        return None
    number = _whole(words, first, cast(Figure, first.value).amount)
    if number is None:
        return None
    return Compare(fact=fact, op=cast(Op, op.value) if op else "==", number=number)


def _fact(words: Stream, fact: Fact | None, *figures: Token | None) -> Fact | None:
    """What the figures count, by the noun before or after them, or by their unit."""
    for token in figures:
        counts = cast(Figure, token.value).counts if token else ""
        said = _COUNTED.get(counts)
        if said and fact and said != fact:
            words.puzzle(cast(Token, token), "的单位不对")
        fact = fact or said
    if fact is None and words.peek().kind == "noun" and words.peek().value in AMOUNTS:
        return cast(Fact, words.take().value)
    if words.peek().kind == "noun" and words.peek().value == fact and words.peek(1).kind not in (
        "before", "number", "is",
    ):  # fmt: skip
        words.take()
    return fact


def _range(words: Stream, fact: Fact, first: Token, second: Token) -> Condition | None:
    low, high = cast(Figure, first.value).amount, cast(Figure, second.value).amount
    span = span_of(low, high)
    if span is None or span.high is None or span.vague:
        words.puzzle(second, "和前面的数连不成范围")
        return None
    least, most = int(span.low), int(span.high)
    return All(
        parts=(Compare(fact=fact, op=">=", number=least), Compare(fact=fact, op="<=", number=most))
    )


def _whole(words: Stream, token: Token, amount: Amount) -> int | None:
    if amount.vague or amount.high != amount.low or not 0 <= amount.low < _MOST:
        words.puzzle(token, "不是一个确定的数")
        return None
    if amount.low != round(amount.low):
        words.puzzle(token, "不是整数")
        return None
    return round(amount.low)


def _clock(words: Stream, first: Token, before: Token | None) -> Condition | None:
    """晚上8点以后, 9点到18点; over midnight: 晚上8点到早上8点."""
    if first.kind != "clock":
        words.puzzle(first, "不是一个钟点，请写成 20点 或 20:00")
        return None
    start = cast(int, first.value)
    if words.peek().text in _TO and words.peek(1).kind == "clock":
        words.take()
        end = cast(int, words.take().value)
        words.skip("between")
        from_then = Compare(fact=Fact.MINUTE, op=">=", number=start)
        until = Compare(fact=Fact.MINUTE, op="<", number=end)
        if start < end:
            return All(parts=(from_then, until))
        return AnyOf(parts=(from_then, until))
    after = words.take_if("after")
    op = before or after
    if op is None or not 0 <= start <= _DAY:
        words.puzzle(first, "没说是以前还是以后")
        return None
    return Compare(fact=Fact.MINUTE, op=cast(Op, op.value), number=start)

"""Tests of what a lead has or is: 产品是CT设备, 咨询雅思, 来自上海或江苏, 提到“招标”, 老客户."""

from typing import cast

from nlp.ruling import amounts
from nlp.ruling.lexing import Token, sense_of
from nlp.ruling.rule import AMOUNTS, FLAGS, TEXTS, Among, Condition, Fact
from nlp.ruling.stream import Stream
from nlp.ruling.vocabulary import LEVEL, PERSON, TEAM
from nlp.ruling.words import BY_NOUN

_ORDER: tuple[Fact | str, ...] = (
    Fact.PRODUCT, Fact.LINE, Fact.COMPETITOR, Fact.REGION, Fact.PRIORITY, Fact.URGENCY,
    Fact.OBJECTION, Fact.ROLE, Fact.MONEY, Fact.KNOWN, Fact.WON, Fact.WORKING, Fact.SOURCE,
    Fact.TAG,
)  # fmt: skip
"""What a word means by itself, where it means several things."""
_ALLOWED: dict[str, tuple[Fact | str, ...]] = {
    "asks": (Fact.PRODUCT, Fact.LINE, Fact.COMPETITOR),
    "mentions": (Fact.COMPETITOR, Fact.OBJECTION, Fact.PRODUCT, Fact.LINE, Fact.URGENCY),
    "from": (Fact.REGION, Fact.SOURCE, Fact.WORKING),
}
_FREE = frozenset({Fact.TAG, Fact.SOURCE, Fact.COMPETITOR})
"""A quoted word is taken as it stands: the list of these is not closed."""
_SAID = {
    Fact.PRODUCT: "产品", Fact.LINE: "产品线", Fact.REGION: "地区", Fact.SOURCE: "来源",
    Fact.COMPETITOR: "竞品", Fact.OBJECTION: "异议", Fact.ROLE: "角色", Fact.TAG: "标签",
    Fact.PRIORITY: "优先级",
}  # fmt: skip
_ALIKE = frozenset({Fact.PRODUCT, Fact.LINE})


def read(words: Stream) -> Condition | None:
    """One test, with every value that is listed for it."""
    noun = words.take_if("noun")
    fact = cast(Fact, noun.value) if noun else None
    opened = noun
    allowed = (fact,) if fact else _ORDER
    raw = fact in TEXTS
    negated = asks = False
    if noun is not None:
        words.skip("colon")
    while (op := words.take_if("is", "has", "asks", "mentions", "from")) is not None:
        if fact is not None and words.peek().kind not in _VALUES and _by_noun(fact, op):
            words.back_to(words.at - 1)  # 角色是采购: the verb is the value here
            break
        opened = opened or op
        negated = negated or op.value == "not"
        if fact is None and op.kind in _ALLOWED:
            allowed = _ALLOWED[op.kind]
            raw, asks = op.kind == "mentions", op.kind == "asks"
        if fact is None and words.peek().kind == "noun" and words.peek().value not in AMOUNTS:
            fact = cast(Fact, words.take().value)
            allowed, raw = (fact,), fact in TEXTS
    if asks and amounts.starts(words):
        return amounts.read(words)  # 买20台以上
    found = _value(words, allowed, raw=raw, asks=asks)
    if found is None and asks and words.peek().kind not in _STRANGE:
        return None  # 决策人来问: that he asks is no condition
    if found is None:
        _puzzle(words, opened, allowed)
        return None
    fact, value = found
    values = [*value]
    while words.peek().kind in ("list", "or") and _is_value(words.peek(1)):
        at = words.at
        words.take()
        further = _value(words, (fact,), raw=fact in TEXTS, asks=False)
        if further is None or further[0] != fact:
            words.back_to(at)
            break
        values += further[1]
    _skip_its_noun(words, fact)
    return _test(fact, tuple(dict.fromkeys(values)), negated=negated)


_VALUES = frozenset({"value", "literal", "weekday"})
_STRANGE = frozenset({"unknown", "literal", "value", "weekday", "noun"})


def _is_value(token: Token) -> bool:
    return token.kind in _VALUES


def _test(fact: Fact, values: tuple[str, ...], *, negated: bool) -> Among:
    if fact in FLAGS and negated:
        values, negated = tuple("no" if one == "yes" else "yes" for one in values), False
    return Among(fact=fact, values=values, negated=negated)


def _value(
    words: Stream, allowed: tuple[Fact | str, ...], *, raw: bool, asks: bool
) -> tuple[Fact, tuple[str, ...]] | None:
    """The value that stands here, and whose it is; None where none fits, nothing is taken then."""
    token = words.peek()
    if len(allowed) == 1:
        named = _by_noun(cast(Fact, allowed[0]), token)
        if named:
            words.take()
            return cast(Fact, allowed[0]), (named,)
    if token.kind == "weekday" and (len(allowed) > 1 or allowed[0] == Fact.WEEKDAY):
        words.take()
        return Fact.WEEKDAY, _days(words, cast(tuple[str, ...], token.value))
    if token.kind == "literal":
        return _literal(words, allowed, raw=raw, asks=asks)
    sense = sense_of(token, allowed)
    if sense is not None and token.kind == "value":
        words.take()
        return cast(Fact, sense[0]), (sense[1],)
    if raw and token.kind in ("unknown", "value"):
        words.take()
        fact = Fact.COMPANY if allowed[0] == Fact.COMPANY else Fact.WORDS
        return fact, (token.text.strip(),)
    return None


def _days(words: Stream, first: tuple[str, ...]) -> tuple[str, ...]:
    """周一到周五."""
    if words.peek().text in ("到", "至", "-") and words.peek(1).kind == "weekday":
        words.take()
        last = cast(tuple[str, ...], words.take().value)
        start, end = int(first[0]), int(last[-1])
        span = range(start, end + 1) if start <= end else (*range(start, 8), *range(1, end + 1))
        return tuple(map(str, span))
    return first


def _literal(
    words: Stream, allowed: tuple[Fact | str, ...], *, raw: bool, asks: bool
) -> tuple[Fact, tuple[str, ...]] | None:
    said = str(words.peek().value)
    if raw and len(allowed) == 1:
        words.take()
        return cast(Fact, allowed[0]), (said,)
    if raw:
        words.take()
        return Fact.WORDS, (said,)
    for fact in allowed:
        for kind, value in words.house.senses(said):
            if kind == fact:
                words.take()
                return cast(Fact, fact), (value,)
    if len(allowed) == 1 and allowed[0] in _FREE:
        words.take()
        return cast(Fact, allowed[0]), (said,)
    if asks:
        words.take()
        return Fact.WORDS, (said,)
    return None


def _by_noun(fact: Fact, token: Token) -> str | None:
    """价格 after 异议是: what the word means there and nowhere else."""
    said = str(token.value) if token.kind == "literal" else token.text
    return BY_NOUN.get(fact, {}).get(said)


def _skip_its_noun(words: Stream, fact: Fact) -> None:
    """雅思课程, 上海地区, “比价”标签: the noun says again what it is."""
    noun = words.peek()
    if noun.kind != "noun" or words.peek(1).kind in ("is", "has", "before", "number", "literal"):
        return
    if noun.value == fact or {noun.value, fact} <= _ALIKE or {noun.value, fact} == {
        Fact.SOURCE, Fact.REGION,
    }:  # fmt: skip
        words.take()


def _puzzle(words: Stream, opened: Token | None, allowed: tuple[Fact | str, ...]) -> None:
    """Takes the word that could not be understood and says why."""
    token = words.peek()
    own = {kind for kind, _ in token.senses}
    if token.kind in ("unknown", "literal", "value", "weekday", "noun") or opened is None:
        words.take()
    else:
        words.puzzle(opened, "后面缺了内容")
        return
    if own & {PERSON, LEVEL, TEAM}:
        words.puzzle(token, "是同事，不能作条件")
        return
    near = words.house.nearest(str(token.value or token.text), allowed)
    kind = _SAID.get(cast(Fact, allowed[0]), "") if len(allowed) == 1 else ""
    if token.kind == "noun":
        words.puzzle(token, "后面缺了内容")
    else:
        words.puzzle(token, f"不是已有的{kind}" if kind else "不认识", near)

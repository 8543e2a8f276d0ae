"""A rule in one normalised sentence, which `read` reads back as the same rule."""

from collections.abc import Mapping

from nlp.ruling.lexing import QUOTES
from nlp.ruling.rule import (
    All,
    Among,
    AnyOf,
    Assign,
    Compare,
    Condition,
    Deed,
    Fact,
    Notify,
    Push,
    Raise,
    Rule,
    TagIt,
    Whom,
)
from nlp.ruling.vocabulary import Vocabulary

_NOUNS: Mapping[Fact, str] = {
    Fact.PRODUCT: "产品",
    Fact.LINE: "产品线",
    Fact.WORDS: "客户的话",
    Fact.REGION: "地区",
    Fact.SOURCE: "来源",
    Fact.COMPANY: "单位名称",
    Fact.ROLE: "角色",
    Fact.PRIORITY: "优先级",
    Fact.OBJECTION: "异议",
    Fact.COMPETITOR: "竞品",
    Fact.TAG: "标签",
}
_HAS = frozenset({Fact.WORDS, Fact.COMPANY})
_MEANT: Mapping[Fact, Mapping[str, str]] = {
    Fact.OBJECTION: {
        "price": "价格", "budget": "预算", "timing": "时机", "incumbent": "已有供应商",
        "delivery": "交期", "trust": "信任", "need": "需求不明",
    },
    Fact.ROLE: {
        "decider": "拍板", "buyer": "采购", "user": "使用", "approver": "审批",
        "influencer": "影响决策",
    },
    Fact.PRIORITY: {"high": "高", "normal": "普通"},
}  # fmt: skip
_PHRASES: Mapping[Fact, Mapping[str, str]] = {
    Fact.URGENCY: {"high": "着急"},
    Fact.MONEY: {"approved": "预算已批", "pending": "预算未批", "none": "没有预算"},
    Fact.KNOWN: {"yes": "老客户", "no": "新客户"},
    Fact.WON: {"yes": "成交过", "no": "没成交过"},
    Fact.WORKING: {"yes": "工作时间", "no": "非工作时间"},
}
"""They are said without a noun."""
_OPS = {">": "大于", ">=": "不低于", "<": "低于", "<=": "不超过", "==": "等于"}
_DAYS = "一二三四五六日"
_TEN_THOUSAND = 10_000
_WHO = {"owner": "负责人", "manager": "负责人的主管", "author": "我"}


def sentence(rule: Rule, house: Vocabulary) -> str:
    """产品是「雅思冲刺班」，且预算大于3万元：分配给张敏；推送《高净值客户沟通话术》"""
    return f"{condition(rule.when)}：{'；'.join(deed(one, house) for one in rule.do)}"


def condition(when: Condition, *, is_inside: bool = False) -> str:
    match when:
        case All() if not when.parts:
            return "所有线索"
        case All():
            return "，且".join(condition(part, is_inside=True) for part in when.parts)
        case AnyOf():
            joined = "，或".join(condition(part, is_inside=True) for part in when.parts)
            return f"（{joined}）" if is_inside else joined
        case Compare():
            return _compared(when)
        case _:
            return _among(when)


def _compared(test: Compare) -> str:
    if test.fact == Fact.MINUTE:
        side = {">=": "以后", ">": "以后", "<": "以前", "<=": "以前"}[test.op]
        return f"时间在{test.number // 60}:{test.number % 60:02d}{side}"
    if test.fact == Fact.QUANTITY:
        return f"数量{_OPS[test.op]}{test.number}"
    return f"预算{_OPS[test.op]}{money(test.number)}"


def money(amount: int) -> str:
    if amount >= _TEN_THOUSAND and amount % (_TEN_THOUSAND // 100) == 0:
        return f"{amount / _TEN_THOUSAND:.2f}".rstrip("0").rstrip(".") + "万元"
    return f"{amount}元"


def _among(test: Among) -> str:
    phrases = _PHRASES.get(test.fact)
    if phrases is not None:
        said = "或".join(phrases[value] for value in test.values)
        return f"{'不' if test.negated else ''}是{said}"
    if test.fact == Fact.WEEKDAY:
        said = "、".join(f"周{_DAYS[int(value) - 1]}" for value in test.values)
        return f"{'不' if test.negated else ''}是{said}"
    meant = _MEANT.get(test.fact, {})
    values = "或".join(quoted(meant.get(value, value)) for value in test.values)
    if test.fact in _HAS:
        verb = "不包含" if test.negated else "包含"
    else:
        verb = "不是" if test.negated else "是"
    return f"{_NOUNS[test.fact]}{verb}{values}"


def quoted(word: str) -> str:
    """In marks that do not stand in the word itself."""
    opens, closes = next(
        (pair for pair in QUOTES if pair[0] not in word and pair[1] not in word), QUOTES[0]
    )
    return f"{opens}{word}{closes}"


def deed(one: Deed, house: Vocabulary) -> str:
    match one:
        case Assign():
            return f"分配给{whom(one.to, house)}"
        case Push():
            return f"推送《{one.title}》"
        case Raise():
            return "标为高优先级"
        case TagIt():
            return f"打上{quoted(one.tag)}标签"
        case Notify():
            return f"通知{_named(one.person, house) if one.person else _WHO[one.who]}"


def whom(to: Whom, house: Vocabulary) -> str:
    """张敏 · 张敏或李娜 · 负荷最低的负责上海的资深顾问"""
    lightest = "负荷最低的" if to.is_lightest else ""
    if to.people:
        return lightest + "或".join(_named(person, house) for person in to.people)
    covered = "".join(f"负责{word}的" for word in (to.region, to.line) if word)
    group = to.team + ("的" if to.team and to.level else "") + to.level
    return f"{lightest}{covered}{group or '人'}"


def _named(person_id: str, house: Vocabulary) -> str:
    person = house.by_id.get(person_id)
    if person is None:
        return person_id
    is_only = len(house.named(person.name)) == 1
    return person.name if is_only else f"{person.name}（{person.id}）"

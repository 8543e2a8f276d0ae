"""线索字段: which there are, what people call them, which hold one value and which several.

A field with one value is changed by what is said later. In a field with several, what is said
later joins what was said before: two objections do not contradict each other, and a second number
is one more way to reach the client. docs/adr/0020-how-a-lead-grows.md says why each is which.
"""

from collections.abc import Hashable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from crm_store.queries.fields import KnownField
from notifiers.cards.wording import Budget, money, part_of_day

NEED = "need"
LABELS: Mapping[str, str] = {
    "product": "产品",
    NEED: "需求",
    "budget": "预算",
    "quantity": "数量",
    "time": "时间",
    "region": "地区",
    "company": "单位",
    "person": "联系人",
    "phone": "电话",
    "email": "邮箱",
    "wechat": "微信",
    "credit_code": "信用代码",
    "competitor": "竞品",
    "urgency": "紧急程度",
    "budget_status": "预算状态",
    "objection": "异议",
    "role": "决策角色",
    "next_contact": "下次联系",
}
SEVERAL = frozenset(
    {NEED, "quantity", "person", "phone", "email", "wechat", "competitor", "objection", "role"}
)
"""The fields that hold several values at once."""
MOST = 20
"""So many values a field holds; a message of 8 KB could name hundreds."""
_ALSO: Mapping[str, tuple[str, ...]] = {
    "product": ("型号", "意向产品"),
    NEED: ("要求",),
    "budget": ("价格", "金额"),
    "quantity": ("台数", "件数"),
    "time": ("期限", "时间要求", "交期"),
    "region": ("区域", "地址", "城市"),
    "company": ("公司", "客户单位", "医院", "学校"),
    "person": ("姓名", "称呼", "名字"),
    "phone": ("手机", "手机号", "号码", "电话号码", "联系方式"),
    "email": ("邮件",),
    "wechat": ("微信号",),
    "credit_code": ("税号",),
    "competitor": ("竞争对手", "对手"),
    "urgency": ("紧急", "急不急"),
    "budget_status": ("预算批复",),
    "objection": ("顾虑",),
    "role": ("角色", "决策人", "决策"),
    "next_contact": ("下次联系时间", "约的时间"),
}
_BY_WORD: Mapping[str, str] = {
    word: name for name, label in LABELS.items() for word in (label, *_ALSO[name], name)
}
MEANINGS: Mapping[str, Mapping[str, str]] = {
    "urgency": {"high": "紧急"},
    "budget_status": {"approved": "已批", "pending": "未批", "none": "没有预算"},
    "objection": {
        "price": "价格",
        "budget": "预算",
        "timing": "时机",
        "incumbent": "已有供应商",
        "delivery": "交期",
        "trust": "信任",
        "need": "需求不明",
    },
    "role": {
        "decider": "拍板",
        "buyer": "采购",
        "user": "使用",
        "approver": "审批",
        "influencer": "影响决策",
    },
}
UNSURE = "（待确认）"
_CHINA = "+86"
_LONGEST_SHOWN = 20
"""Characters of a proposal to meet: its date matters more."""


def field_called(word: str) -> str | None:
    """预算 → budget; None for what is no field."""
    return _BY_WORD.get(word.strip())


def split_field(words: str) -> tuple[str, str] | None:
    """赵主任的预算 → (赵主任, budget); None where no field's name ends the words.

    Without 的 only names that end no company's or person's: 江北医院 asks for a client.
    """
    who, parted, word = words.rpartition("的")
    if parted and who.strip() and field_called(word) is not None:
        return who.strip(), _BY_WORD[word.strip()]
    for word in _ENDINGS:
        who = words.removesuffix(word).strip()
        if who and who != words.strip():
            return who, _BY_WORD[word]
    return None


_ENDINGS = (
    *("预算状态", "预算", "数量", "电话", "手机号", "手机", "微信号", "微信", "邮箱", "竞品"),
    *("异议", "联系人", "决策角色", "时间", "下次联系", "需求"),
)

Slot = tuple[str, Hashable]
"""What can hold one value: the field, and in one with several which of them."""


def slots_of(name: str, value: Any) -> list[Slot]:
    """The slots that a row fills; more than one for the lists of needs that former programs
    kept in one row."""
    if name not in SEVERAL:
        return [(name, "")]
    if name == NEED and isinstance(value, list):
        return [(name, word) for word in value]
    return [(name, _which(name, value))]


def _which(name: str, value: Any) -> Hashable:
    if not isinstance(value, dict):
        return (value, None) if name == "role" else str(value)
    if name == "role":
        return (value.get("role"), value.get("person"))
    if name == "quantity":
        return (value.get("product"), value.get("unit"))
    return tuple(sorted((key, str(part)) for key, part in value.items()))


def value_in_words(field: KnownField) -> str:
    """300万 · 上海市浦东新区 · 13800001234: a field's value as a person reads it."""
    return in_words(field.name, field.value, field.words)


def in_words(name: str, value: Any, words: str) -> str:
    if value is None:
        return "（空）"
    if name == "phone":
        return local_phone(str(value))
    if isinstance(value, str):
        return MEANINGS.get(name, {}).get(value, value)
    if isinstance(value, list):
        return "、".join(map(str, value))
    return _of_parts(name, value, words) or words


def shown(field: KnownField) -> str:
    """As `value_in_words`, marked where the words leave it open."""
    return value_in_words(field) + (UNSURE if field.is_ambiguous else "")


def _of_parts(name: str, value: Mapping[str, Any], words: str) -> str:
    """Empty where the words themselves say it best: 下周三前, 三五台."""
    if name == "budget":
        budget = as_budget(value)
        return money(budget) if budget else ""
    if name == "quantity":
        return " ".join(part for part in (value.get("product"), words) if part)
    if name == "next_contact":
        short = words if len(words) <= _LONGEST_SHOWN else f"{words[: _LONGEST_SHOWN - 1]}…"
        return f"{short}（{_days(value)}）"
    if name == "role":
        meaning = MEANINGS["role"].get(str(value.get("role")), str(value.get("role")))
        return f"{value['person']}{meaning}" if value.get("person") else meaning
    return _joined(value, "province", "city", "district", "name", "title")


def _days(value: Mapping[str, Any]) -> str:
    """03-18 15:00 · 03-18 下午 · 03-18 · 03-16 至 03-22"""
    start, end = (datetime.fromisoformat(value[side]) for side in ("start", "end"))
    if start == end:
        return f"{start:%m-%d %H:%M}"
    last = end - timedelta(minutes=1)
    if start.date() == last.date():
        return f"{start:%m-%d} {part_of_day(start, end)}".rstrip()
    return f"{start:%m-%d} 至 {last:%m-%d}"


def _joined(value: Mapping[str, Any], *names: str) -> str:
    """The parts that are there, each once: a municipality is its own province."""
    return "".join(dict.fromkeys(str(value[name]) for name in names if value.get(name)))


def as_budget(value: Any) -> Budget | None:
    """None for what a colleague wrote that is no amount: 「看方案再定」."""
    if not isinstance(value, Mapping):
        return None
    return Budget(low=_amount(value["min"]), high=_amount(value["max"]), currency=value["currency"])


def _amount(number: float | None) -> Decimal | None:
    return None if number is None else Decimal(str(number))


def local_phone(phone: str) -> str:
    """+8613800001234 → 13800001234; foreign numbers as they are."""
    return phone.removeprefix(_CHINA)

"""What a verdict about two clients rests on, in Chinese: 手机号相同、公司名相近."""

from collections.abc import Sequence

from crm_store.identity.verdict import Effect, Evidence

FIELDS = {
    "phone": "手机号",
    "email": "邮箱",
    "domain": "邮箱后缀",
    "wechat": "微信号",
    "credit_code": "信用代码",
    "organisation": "组织机构代码",
    "company": "公司名",
    "brand": "字号",
    "trade": "行业",
    "suffix": "公司类型",
    "unit": "所属单位",
    "name": "姓名",
    "sound": "姓名读音",
    "legal_person": "法定代表人",
    "city": "城市",
    "district": "区县",
    "street": "地址",
    "address": "地址",
    "ip": "近期的 IP",
    "overall": "各项合起来",
}
"""By the field's name in an Evidence."""

_SAYS = {
    Effect.AGREES: "相同",
    Effect.CLOSE: "相近",
    Effect.DIFFERS: "不同",
    Effect.SHARED: "相同，但几家公司共用，不算数",
    Effect.VETOES: "不同，不会是同一个",
}
_FOR = (Effect.AGREES, Effect.CLOSE)


def in_words(evidence: Evidence) -> str:
    """手机号相同"""
    return f"{field_called(evidence.field)}{_SAYS[evidence.effect]}"


def field_called(field: str) -> str:
    return FIELDS.get(field, field)


def reasons(evidence: Sequence[Evidence]) -> str:
    """What speaks for the two being one, the weightiest first: 手机号相同；公司名相近."""
    spoken = [item for item in evidence if item.effect in _FOR]
    return "；".join(in_words(item) for item in _weightiest(spoken))


def doubts(evidence: Sequence[Evidence]) -> str:
    """What speaks against it, or proves nothing: 城市不同."""
    spoken = [item for item in evidence if item.effect not in _FOR]
    return "；".join(in_words(item) for item in _weightiest(spoken))


def by_effect(evidence: Sequence[Evidence]) -> str:
    """A line for what agrees, one for what is close, one for what differs."""
    lines = []
    for title, effects in (
        ("相同", (Effect.AGREES,)),
        ("相近", (Effect.CLOSE,)),
        ("不同", (Effect.VETOES, Effect.DIFFERS)),
        ("几家共用、不算数", (Effect.SHARED,)),
    ):
        named = [field_called(item.field) for item in evidence if item.effect in effects]
        if named:
            lines.append(f"{title}：{'、'.join(dict.fromkeys(named))}")
    return "\n".join(lines)


def _weightiest(evidence: Sequence[Evidence]) -> list[Evidence]:
    return sorted(evidence, key=lambda item: -abs(item.points))

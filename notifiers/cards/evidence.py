"""What a verdict about two clients rests on, in Chinese: 手机号相同、公司名相近."""

from collections.abc import Sequence

from crm_store.identity.verdict import Effect, Evidence

FIELDS = {
    "unionid": "微信账号",
    "phone": "手机号",
    "email": "邮箱",
    "domain": "邮箱后缀",
    "wechat": "微信号",
    "contact": "联系方式",
    "credit_code": "信用代码",
    "company": "公司名",
    "suffix": "公司类型",
    "name": "姓名",
    "legal_person": "法定代表人",
    "city": "城市",
    "street": "地址",
    "ip": "近期的 IP",
}
"""By the field's name in an Evidence."""

_SAYS = {
    Effect.AGREES: "相同",
    Effect.CLOSE: "相近",
    Effect.DIFFERS: "不同",
    Effect.SHARED: "相同，但几家公司共用，不算数",
    Effect.VETOES: "不同，不会是同一个",
}
_SAYS_OF = {
    ("phone", Effect.CLOSE): "手机号只差一位",
    ("contact", Effect.DIFFERS): "没有一个联系方式相同",
}
_NOT_TOLD = frozenset({"overall"})
"""How a model of many files weighs the same fields together."""
_ON_NO_CARD = _NOT_TOLD | {"contact"}
"""Phone and mailbox stand there by themselves."""
_FOR = (Effect.AGREES, Effect.CLOSE)


def in_words(evidence: Evidence) -> str:
    """手机号相同"""
    by_itself = _SAYS_OF.get((evidence.field, evidence.effect))
    return by_itself or f"{field_called(evidence.field)}{_SAYS[evidence.effect]}"


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
        named = [
            field_called(item.field)
            for item in evidence
            if item.effect in effects and item.field not in _ON_NO_CARD
        ]
        if named:
            lines.append(f"{title}：{'、'.join(dict.fromkeys(named))}")
    return "\n".join(lines)


def _weightiest(evidence: Sequence[Evidence]) -> list[Evidence]:
    told = [item for item in evidence if item.field not in _NOT_TOLD]
    return sorted(told, key=lambda item: -abs(item.points))

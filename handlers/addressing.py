"""Whom a message speaks to: 「王经理你好」 and 「我找王经理」 name one of us, not the client."""

import re

_GREETED = re.compile(
    r"\s?[,，]?\s?(?:[您你]好|在(?:吗|么|嘛|不在|线)|[早上中下晚][上午]好|早安|"
    r"好(?=[,，。!！~～\s]|$)|(?:hi|hello)(?![a-z]))",
    re.IGNORECASE,
)
_GREETING = re.compile(r"(?:[您你]好|(?<![a-z])(?:hi|hello) ?)$", re.IGNORECASE)
_ASKING_FOR = re.compile(r"(?:我要?找|想找|请找|帮我找|麻烦找|找一?下|转接|麻烦转|帮我转)$")
_ENDS = re.compile(r"[,，。!！?？~～;；\s]|在|接|$")
"""「我找王院长批」 is about a person on his own side."""
_CALLS_HIMSELF = re.compile(r"(?:我是|我叫|联系人|姓名|称呼|落款)[是为:：\s]{0,2}$")
_NEAR = 8


def is_addressed(text: str, start: int, end: int) -> bool:
    """Whether the person who is named there is greeted or asked for."""
    before, after = text[max(0, start - _NEAR) : start], text[end : end + _NEAR]
    if _CALLS_HIMSELF.search(before):
        return False
    if _GREETED.match(after) or _GREETING.search(before):
        return True
    return bool(_ASKING_FOR.search(before) and _ENDS.match(after))

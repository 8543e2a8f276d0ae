"""Words that say it cannot wait, with their degree: 很着急, 加急."""

import re
from collections.abc import Iterator

from nlp.context import Context
from nlp.facts import Entity
from nlp.phrases.cues import Cues

CUES = Cues("urgency")

_CALM = re.compile(
    r"(?:不是|不要|不用|不会|不必|不需要|没那么|不那么|(?<!特)别|不|没|勿|无需|无须|未必|如果|要是|如有|才|是否)$"
)
_ASKS = re.compile(r"[吗么嘛]|不[?？急着]|的?话|联系人|电话|情况|程度|事故")
_OWN_HASTE = frozenset(
    {"尽快", "尽早", "抓紧", "抓紧时间", "赶紧", "赶快", "火速", "第一时间", "尽速"}
)
"""In a rep's mouth they are diligence, not a client's hurry."""
_WAITING = re.compile(r".{0,4}等不")
"""交期太长，45天我们等不起: a reason, not a hurry."""


def extract(text: str, context: Context) -> Iterator[Entity]:
    spots = context.spots.get("urgency")
    if not spots:
        return
    for by, start, end in CUES.find(text, spots):
        if context.sender == "rep" and text[start:end] in _OWN_HASTE:
            continue
        if _WAITING.match(text, start) and _is_late(context):
            continue
        if _CALM.search(text[max(0, start - 4) : start]) or _ASKS.match(text, end):
            continue
        yield context.entity("urgency", start, end, "high", by)


def _is_late(context: Context) -> bool:
    return any(one.type == "objection" and one.value == "delivery" for one in context.found)

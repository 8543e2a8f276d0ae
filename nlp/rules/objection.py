"""Reasons that a client gives against buying, from the subject to the predicate: 价格太高了."""

import re
from collections.abc import Iterator

from nlp.context import Context
from nlp.facts import Entity
from nlp.phrases.cues import Cues

CUES = Cues("objection")
QUOTED_BY_REPS = frozenset({"price", "budget", "incumbent"})
"""Only a client says the others: a rep's 物流有点慢 is an apology."""

_UNREAL = re.compile(
    r"(?:不会|不要|不能|不是|如果|(?<!主)要是|万一|是否|会不会|是不是|(?<!特)别|不|没|没有|不算)$"
)
"""Before it: not said, but feared or ruled out (别太贵, 会不会太贵)."""
_ELABORATION = re.compile(r"[了啊吧呢]?[,。!~\s]{1,2}[^,。!?;\s]{0,8}")
"""Between an objection and what only spells it out: 交期太长，45天我们等不起 is one."""
_PUT_OFF = re.compile(
    r"(?:先|就|暂时|暂|现在|目前){1,2}(?:还|都)?不(?!急|着急|考虑|需要|用|缺)|以后再说"
)
"""What follows from a reason that was given: 比预期高出一大截，先不下单了 is one objection."""
_SUPPOSED = re.compile(r"吧?的话|[吗么]|不[?？]|的(?:不要|就|别|不)")


def extract(text: str, context: Context) -> Iterator[Entity]:
    spots = context.spots.get("objection")
    if not spots:
        return
    penniless = any(one.type == "budget_status" for one in context.found)
    last, over = "", 0
    for kind, start, end in CUES.find(text, spots):
        if context.sender == "rep" and kind not in QUOTED_BY_REPS:
            continue
        if kind == last and _ELABORATION.fullmatch(text, over, start):
            continue
        if kind == "need" and text[start] == "就":
            continue
        if (over or penniless) and _PUT_OFF.match(text, start):
            continue
        if _UNREAL.search(text[max(0, start - 4) : start]) or _SUPPOSED.match(text, end):
            continue
        last, over = kind, end
        yield context.entity("objection", start, end, kind, kind)

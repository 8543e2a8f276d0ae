"""What part somebody has in the decision: 拍板, 采购负责人, 使用科室, 财务那边要批."""

import re
from collections.abc import Iterator

from nlp.context import Context
from nlp.facts import Entity
from nlp.phrases.cues import Cues

CUES = Cues("role")

_DENIED = re.compile(
    r"(?:不是|没有?|无|不|非|不用|不需要?|无需|没法|不能|不归|谁|哪个|哪位|是否|有没有?)(?:我|他|她|你|您)?(?:来|能|可以|的)?$"
)
_ASKED = re.compile(r"(?:的|人)?(?:是谁|是哪|吗|么[?？]|[?？])|不了")


def extract(text: str, context: Context) -> Iterator[Entity]:
    spots = context.spots.get("role")
    if not spots:
        return
    for kind, start, end in CUES.find(text, spots):
        if _DENIED.search(text[max(0, start - 6) : start]) or _ASKED.match(text, end):
            continue
        yield context.entity("role", start, end, kind, kind)

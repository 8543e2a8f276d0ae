"""Products: the catalogue's words, and model numbers."""

import re
from collections.abc import Iterator

from nlp.boundaries import is_whole
from nlp.context import Context
from nlp.facts import Entity
from nlp.lexicon import Hit
from nlp.lexicon.model_numbers import model_numbers

TAILS = frozenset("机器仪片类款板剂系班课套盘") | {"系统", "设备", "软件", "课程", "服务"}
"""What may follow a product's word inside a dictionary's: 雨刷器 is a 雨刷, 电瓶车 no 电瓶."""
FIRM = re.compile(r"[\u4e00-\u9fff]{0,6}(?:有限|股份)(?:责任)?公司|集团(?!采购|客户|公司的)")
"""What makes a product a part of a firm's name: 瓦轴轴承有限公司."""
OTHER_THING = re.compile(
    r"铺子|铺(?![货开设天])|瓶[子盖身]|车(?![间上型队])|钢(?![的管])|座(?![机椅])|服务器|盒子|协会|展会|学校"
)
"""After a product's word: another thing, or somebody."""

ACROSS = re.compile(r"承受[不得住着]")
"""A verb that begins with a product's last character: 这根轴|承受不了 has no 轴承."""


def extract(text: str, context: Context) -> Iterator[Entity]:
    names_firms = "公司" in text or "集团" in text

    def stands(hit: Hit[str]) -> bool:
        # 环球雅思 is a competitor's name, not our course.
        return not (
            context.claimed("competitor", hit.start, hit.end)
            or (names_firms and FIRM.match(text, hit.end))
            or OTHER_THING.match(text, hit.end)
            or ACROSS.match(text, hit.end - 1)
        ) and (
            text[hit.start : hit.end].isascii()
            or is_whole(context.folded, hit.start, hit.end, context.words, TAILS)
        )

    known = bytearray(len(text))
    for hit in context.lexicon.products(text, stands):
        known[hit.start : hit.end] = b"\1" * (hit.end - hit.start)
        yield context.entity("product", hit.start, hit.end, {"name": hit.value}, "catalogue")
    for start, end in model_numbers(text):
        if 1 not in known[start:end] and not context.claimed("competitor", start, end):
            yield context.entity("product", start, end, {"name": text[start:end]}, "model")

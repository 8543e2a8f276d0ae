"""Provinces, cities and districts; what stands together is one place."""

import re
from collections.abc import Iterator
from functools import lru_cache

from nlp.context import Context
from nlp.facts import Entity
from nlp.folding import fold
from nlp.lexicon.matcher import Hit, Matcher
from nlp.lexicon.regions import Place, gazetteer
from nlp.segment import splits_a_word

STREET = re.compile(
    r"[东西南北中]?(?:路|街|大道|大街|弄|时间|银行|航空|啤酒|烤鸭|话|瓜|菜|牌|人寿|时代)"
)
"""南京路 is no Nanjing, 青岛啤酒 no Qingdao."""

DISTRICT = re.compile(r"[\u4e00-\u9fff]{2,4}?(?:新区|区|县|市)")
NOT_A_DISTRICT = re.compile(
    r".*(?:小区|园区|社区|地区|校区|院区|厂区|超市|上市|城市|门市|分|[的在和去到了给这那有])"
)


@lru_cache(maxsize=1)
def _matcher() -> Matcher[Place]:
    return Matcher(gazetteer().items())


def extract(text: str, context: Context) -> Iterator[Entity]:
    waiting: Hit[Place] | None = None
    for hit in _matcher().find(fold(text)):
        if waiting and hit.start == waiting.end and _refines(waiting.value, hit.value):
            waiting = Hit(waiting.start, hit.end, hit.value)
            continue
        if waiting:
            yield from _entity(waiting, text, context)
        waiting = hit
    if waiting:
        yield from _entity(waiting, text, context)


def _refines(whole: Place, part: Place) -> bool:
    return part != whole and part.lies_in(whole)


def _entity(hit: Hit[Place], text: str, context: Context) -> Iterator[Entity]:
    place, end = hit.value, hit.end
    if place.city and not place.district:
        found = DISTRICT.match(text, end)
        if found and text[end - 1] in "市" and not NOT_A_DISTRICT.match(found[0]):
            place, end = Place(place.province, place.city, found[0]), found.end()
    if (
        STREET.match(text, end)
        or splits_a_word(text, hit.start)
        or any(
            context.claimed(kind, hit.start, end) for kind in ("person", "competitor", "product")
        )
    ):
        return
    yield context.entity("region", hit.start, end, place.as_value(), "gazetteer")

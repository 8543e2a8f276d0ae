"""The place that a text begins with: a firm's name, an address."""

import re
from functools import lru_cache
from typing import NamedTuple

from nlp.lexicon.regions import SURE, Place, gazetteer

_DEEPEST = 4
"""省, 市, 区, and one that is said twice."""


_WHOLE = "省市区县旗州盟"
_ROAD = re.compile(r"[东南西北中]?[一二三四五]?(?:大?[路街道]|公路|巷|弄|桥|村|镇|广场)")
"""After the short name of a place: 南京西路 is not in 南京."""


class Head(NamedTuple):
    """What a text begins with, and where it goes on."""

    city: str = ""
    """City, or province where no city is named, as the region table writes it."""
    district: str = ""
    end: int = 0


@lru_cache(maxsize=2)
def _names(sure: bool) -> tuple[dict[str, int], frozenset[str]]:
    """The longest name that begins with two characters, and all names."""
    names = frozenset(
        name
        for name, readings in gazetteer().items()
        if not sure or any(one.worth == SURE for one in readings)
    )
    longest: dict[str, int] = {}
    for name in names:
        longest[name[:2]] = max(longest.get(name[:2], 0), len(name))
    return longest, names


def _name(text: str, start: int, sure: bool) -> str:
    """The longest name that stands there."""
    longest, names = _names(sure)
    for size in range(longest.get(text[start : start + 2], 0), 1, -1):
        if text[start : start + size] in names:
            return text[start : start + size]
    return ""


@lru_cache(maxsize=20_000)
def _reading(name: str, around: Place | None, sure: bool) -> Place | None:
    """What a name means after that of a place around it."""
    readings = gazetteer()[name]
    if around is not None:
        return next((one.place for one in readings if one.place.lies_in(around)), None)
    fitting = [one for one in readings if one.worth == SURE or not sure]
    if not fitting:
        return None
    return next((one for one in fitting if one.is_foremost), fitting[0]).place


def head(text: str, *, sure: bool) -> Head:
    """The place at the beginning; `sure` where any word may stand there, as in a firm's name."""
    around: Place | None = None
    end = 0
    for _ in range(_DEEPEST):
        found = _name(text, end, sure and around is None)
        place = _reading(found, around, sure) if found else None
        if place is None or (found[-1] not in _WHOLE and _ROAD.match(text, end + len(found))):
            break
        around, end = place, end + len(found)
    if around is None:
        return Head()
    return Head(around.city or around.province or "", around.district or "", end)


@lru_cache(maxsize=20_000)
def whole(text: str) -> Head | None:
    """The place that a text is, if it is nothing else: 上海, 浙江杭州."""
    found = head(text, sure=False)
    return found if found.end and found.end == len(text) else None

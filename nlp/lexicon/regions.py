"""The places of China by every name that people give them, out of places.txt."""

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

TABLE = Path(__file__).with_name("places.txt")

MUNICIPALITIES = frozenset({"北京市", "上海市", "天津市", "重庆市"})
SHORTEST = 2
"""Characters of the shortest name."""

SURE, LIKELY, INSIDE = 0, 1, 2
"""What a name is worth: it is the place; it is where the words around it say so; only after the
name of what it lies in."""

_WORTH = {"+": SURE, "?": LIKELY, "-": INSIDE, "!": INSIDE}
_SHORT_PROVINCES = {
    "内蒙古自治区": ("内蒙古", "内蒙"),
    "广西壮族自治区": ("广西",),
    "西藏自治区": ("西藏",),
    "宁夏回族自治区": ("宁夏",),
    "新疆维吾尔自治区": ("新疆",),
    "香港特别行政区": ("香港",),
    "澳门特别行政区": ("澳门",),
}
_BY_WORD_OF_MOUTH = {"呼和浩特市": "呼市", "乌鲁木齐市": "乌市"}
_WHOLE = re.compile(r"(?:新区|地区|林区|省|市|盟|区|县|旗)$")


class Place(NamedTuple):
    """A place by its full names; `city` of a municipality is the municipality."""

    province: str | None
    city: str | None = None
    district: str | None = None

    def as_value(self) -> dict[str, str | None]:
        return {"province": self.province, "city": self.city, "district": self.district}

    def lies_in(self, other: "Place") -> bool:
        """Whether this place is `other` or a part of it: 苏州 lies in 江苏."""
        return (
            other.province in (None, self.province)
            and other.city in (None, self.city)
            and other.district in (None, self.district)
        )

    @property
    def rank(self) -> int:
        """0 for a province, 1 for a city, 2 for a district."""
        if self.district:
            return 2
        return 1 if self.city and self.city != self.province else 0


class Reading(NamedTuple):
    """A place that a name may mean."""

    place: Place
    worth: int
    """SURE, LIKELY or INSIDE."""
    is_foremost: bool = False
    """Of several places of this name the one that people mean."""


def short(name: str) -> str:
    """苏州市 → 苏州, 江苏省 → 江苏. What would be left with one character stays: 忠县."""
    if name in _SHORT_PROVINCES:
        return _SHORT_PROVINCES[name][0]
    found = _WHOLE.search(name)
    return name[: found.start()] if found and found.start() >= SHORTEST else name


@lru_cache(maxsize=1)
def gazetteer() -> dict[str, tuple[Reading, ...]]:
    """Every name, full and short, and what it may mean, the greater place before the lesser."""
    found: dict[str, tuple[Reading, ...]] = {}
    shared: dict[str, list[Reading]] = {}
    for name, reading in _readings():
        if name in found:
            shared.setdefault(name, list(found[name])).append(reading)
        else:
            found[name] = (reading,)
    for name, readings in shared.items():
        found[name] = tuple(sorted(readings, key=lambda one: (one.place.rank, one.worth)))
    return found


def _readings() -> Iterator[tuple[str, Reading]]:
    province = ""
    for line in TABLE.read_text("utf-8").replace("\n  ", " ").splitlines():
        if line.startswith("= "):
            province = line[2:]
            yield from _province(province)
        elif not line.startswith("#"):
            first, *others = line.split(" ")
            city, mark, brief = _cell(first)
            whole = Place(province, city)
            if city != province:
                yield city, Reading(whole, SURE)
                for name in brief:
                    yield name, Reading(whole, _WORTH.get(mark, SURE))
            for cell in others:
                yield from _district(cell, whole)


def _province(name: str) -> Iterator[tuple[str, Reading]]:
    place = Place(name, name if name in MUNICIPALITIES else None)
    for called in (name, *_SHORT_PROVINCES.get(name, (short(name),))):
        yield called, Reading(place, SURE)


def _district(cell: str, city: Place) -> Iterator[tuple[str, Reading]]:
    name, mark, brief = _cell(cell)
    place = Place(city.province, city.city, name)
    worth = _WORTH.get(mark[:1], LIKELY)
    is_foremost = "^" in mark
    # 单县, 和县: two characters are too few to go by. 城区 is in every city.
    whole = worth if len(name) == SHORTEST or mark == "!" else SURE
    yield name, Reading(place, whole, is_foremost)
    if brief:
        reading = Reading(place, worth, is_foremost)
        for called in brief:
            yield called, reading


def _cell(cell: str) -> tuple[str, str, tuple[str, ...]]:
    """A name of the table, its mark, and its shorter forms."""
    name = cell.rstrip("+?-!^")
    mark = cell[len(name) :]
    if "|" in name:
        # 恩施土家族苗族自治州: 恩施, 恩施州.
        brief, _, rest = name.partition("|")
        return brief + rest, mark, (brief, brief + rest[-1])
    if name.endswith("新区"):
        cut = name.removesuffix("新区")
        return name, mark, (cut, f"{cut}区")
    cut = short(name)
    also = _BY_WORD_OF_MOUTH.get(name)
    return name, mark, () if cut == name else (cut, also) if also else (cut,)


def resolve(name: str) -> Place | None:
    """The place of that name, full or short: 上海, 江苏省, 昆山."""
    readings = gazetteer().get(name.strip())
    if not readings:
        return None
    return next((one for one in readings if one.is_foremost), readings[0]).place

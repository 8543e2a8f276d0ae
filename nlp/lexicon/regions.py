"""Provinces, prefectures and the better-known counties of China, as people name them."""

from dataclasses import dataclass
from functools import lru_cache

from nlp.lexicon.tables import families, words

TABLE = "regions"

PROVINCES = families(TABLE, "provinces")
MUNICIPALITIES = families(TABLE, "municipalities")
COUNTIES = families(TABLE, "counties")
SHORT_PROVINCES = {name: brief for name, (brief,) in families(TABLE, "short_provinces").items()}
SHORT_DISTRICTS = frozenset(words(TABLE, "short_districts"))
ORDINARY_WORDS = frozenset(words(TABLE, "ordinary_words"))
PEOPLES = words(TABLE, "peoples")


@dataclass(frozen=True)
class Place:
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


def short(name: str) -> str:
    """苏州市 → 苏州, 恩施土家族苗族自治州 → 恩施."""
    if name in SHORT_PROVINCES:
        return SHORT_PROVINCES[name]
    for people in PEOPLES:
        if name.endswith("自治州") and people in name:
            return name[: name.index(people)]
    for ending in ("新区", "地区", "省", "市", "盟", "区", "县"):
        if name.endswith(ending) and len(name) - len(ending) > 1:
            return name.removesuffix(ending)
    return name


@lru_cache(maxsize=1)
def gazetteer() -> dict[str, Place]:
    """Every name, full and short, and its place. The greater place goes before the lesser."""
    found: dict[str, Place] = {}
    homes: dict[str, str] = {}
    for province, cities in PROVINCES.items():
        _add(found, province, Place(province))
        for city in cities:
            homes[city] = province
            _add(found, city, Place(province, city))
    for city, districts in MUNICIPALITIES.items():
        _add(found, city, Place(city, city))
        for district in districts:
            _add(found, district, Place(city, city, district))
    for city, districts in COUNTIES.items():
        for district in districts:
            _add(found, district, Place(homes[city], city, district))
    return found


def _add(found: dict[str, Place], name: str, place: Place) -> None:
    found.setdefault(name, place)
    if place.district is None or name.endswith("市") or name in SHORT_DISTRICTS:
        brief = short(name)
        if brief not in ORDINARY_WORDS:
            found.setdefault(brief, place)


def resolve(name: str) -> Place | None:
    """The place of that name, full or short: 上海, 江苏省, 昆山."""
    return gazetteer().get(name.strip())

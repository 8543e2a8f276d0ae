"""The words of this house that a rule may use: products, people, documents, and what else there
is. A word may mean several things; where it stands decides.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property

from nlp.lexicon.regions import SURE, gazetteer, short
from nlp.ruling.rule import Fact

Sense = tuple[Fact | str, str]
"""What a word means: a fact with its value, or person/level/team with the id or name."""

PERSON, LEVEL, TEAM = "person", "level", "team"

AREAS: Mapping[str, tuple[str, ...]] = {
    "华东": ("上海", "江苏", "浙江", "安徽", "福建", "江西", "山东"),
    "华南": ("广东", "广西", "海南"),
    "华北": ("北京", "天津", "河北", "山西", "内蒙古"),
    "华中": ("河南", "湖北", "湖南"),
    "东北": ("辽宁", "吉林", "黑龙江"),
    "西南": ("重庆", "四川", "贵州", "云南", "西藏"),
    "西北": ("陕西", "甘肃", "青海", "宁夏", "新疆"),
    "江浙沪": ("江苏", "浙江", "上海"),
    "长三角": ("江苏", "浙江", "上海", "安徽"),
    "珠三角": ("广东",),
    "京津冀": ("北京", "天津", "河北"),
}
"""What people call together, as the provinces it is made of."""


@dataclass(frozen=True)
class Person:
    id: str
    name: str
    level: str = ""
    team: str = ""


@dataclass(frozen=True)
class Vocabulary:
    products: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Other spellings, by the name of the catalogue."""
    lines: tuple[str, ...] = ()
    people: tuple[Person, ...] = ()
    sources: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    competitors: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    """Titles."""

    @cached_property
    def table(self) -> Mapping[str, tuple[Sense, ...]]:
        """What each word means, by the word in lower case."""
        found: dict[str, list[Sense]] = {}
        for word, sense in self._words():
            senses = found.setdefault(word.casefold(), [])
            if word and sense not in senses:
                senses.append(sense)
        return {word: tuple(senses) for word, senses in found.items() if word}

    def _words(self) -> Iterable[tuple[str, Sense]]:
        for name, aliases in self.products.items():
            for word in (name, *aliases):
                yield word, (Fact.PRODUCT, name)
        for line in self.lines:
            yield line, (Fact.LINE, line)
        for name in self.competitors:
            yield name, (Fact.COMPETITOR, name)
        for tag in self.tags:
            yield tag, (Fact.TAG, tag)
        for source in self.sources:
            yield source, (Fact.SOURCE, source)
        for person in self.people:
            yield person.name, (PERSON, person.id)
            yield person.id, (PERSON, person.id)
            if person.level:
                yield person.level, (LEVEL, person.level)
            if person.team:
                yield person.team, (TEAM, person.team)

    @cached_property
    def longest(self) -> int:
        return max(map(len, self.table), default=0)

    @cached_property
    def by_id(self) -> Mapping[str, Person]:
        return {person.id: person for person in self.people}

    def named(self, name: str) -> list[Person]:
        return [person for person in self.people if person.name == name]

    def senses(self, word: str) -> tuple[Sense, ...]:
        """What the word means, places among it."""
        own = self.table.get(word.casefold(), ())
        place = region_called(word)
        return (*own, (Fact.REGION, place)) if place else own

    def document(self, title: str) -> str | None:
        """The title as it is written in the library."""
        folded = {known.casefold(): known for known in self.documents}
        return folded.get(title.strip().casefold())

    def nearest_document(self, title: str) -> str | None:
        close = get_close_matches(title, self.documents, n=1, cutoff=0.4)
        return close[0] if close else None

    def nearest(self, word: str, kinds: Iterable[Fact | str] = ()) -> str | None:
        """The word of the house that was probably meant."""
        wanted = set(kinds)
        words = [
            known
            for known, senses in self.table.items()
            if not wanted or any(kind in wanted for kind, _ in senses)
        ]
        close = get_close_matches(word.casefold(), words, n=1, cutoff=0.5)
        return close[0] if close else None


def region_called(word: str) -> str | None:
    """上海市 → 上海, 华东 → 华东; None for what is no place for certain."""
    if word in AREAS:
        return word
    readings = gazetteer().get(word)
    if not readings or not any(one.worth == SURE for one in readings):
        return None
    return short(word)


def places_in(region: str) -> tuple[str, ...]:
    return AREAS.get(region, (region,))

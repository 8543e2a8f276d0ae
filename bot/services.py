"""What every handler may ask for by type: the rules in force and what is made of them."""

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bot.names_model import trained_in
from config.calendar import WorkingCalendar
from config.clock import Clock
from config.rules import RuleBook, Rules
from config.settings import Settings
from handlers.ladder.standing import Ladder
from handlers.links import Links
from handlers.reading import Reader
from handlers.rhythm.parts import Around
from handlers.second_reading import SecondReadings
from nlp.lexicon import Lexicon


class Services:
    """Rebuilt when the rules were reloaded, else the same objects."""

    def __init__(self, settings: Settings, clock: Clock, rules: RuleBook, links: Links) -> None:
        self._settings = settings
        self._clock = clock
        self._book = rules
        self._links = links
        self._readings = SecondReadings()
        self._made_of: Rules | None = None
        self._provided: dict[Any, Any] = {}

    @property
    def types(self) -> set[Any]:
        return set(self.provide())

    def provide(self) -> Mapping[Any, Any]:
        rules = self._book.current
        if rules is not self._made_of:
            calendar = WorkingCalendar(rules.calendar, self._settings.zone)
            self._provided = {
                Rules: rules,
                Around: Around(rules, self._settings.zone, calendar, self._links),
                Clock: self._clock,
                Links: self._links,
                Settings: self._settings,
                SecondReadings: self._readings,
                WorkingCalendar: calendar,
                Ladder: Ladder.of(rules, calendar, self._settings),
                Reader: reader_by(rules, self._settings.rules_dir, self._settings.zone),
                **{field.type: getattr(rules, field.name) for field in fields(rules)},
            }
            self._made_of = rules
        return self._provided

    def get(self, kind: type[Any]) -> Any:
        return self.provide()[kind]


def reader_by(rules: Rules, rules_dir: Path | None, zone: ZoneInfo) -> Reader:
    """Reads with the words of these rules."""
    people = (member.name for member in rules.staff.members)
    names = trained_in(rules_dir)
    lexicon = Lexicon(rules.catalog, rules.keywords, people, rules.variants, names)
    return Reader(lexicon, rules.catalog, zone, _own(rules), rules.assignment.industries)


def _own(rules: Rules) -> frozenset[str]:
    """Our people and our company: named in a chat, they are not the client's."""
    ours = {*(m.name for m in rules.staff.members), *rules.catalog.staff}
    return frozenset(ours | {rules.catalog.own_company or ""})

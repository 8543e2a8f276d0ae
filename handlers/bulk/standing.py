"""What stands about clients and leads while a batch is written: without the session's rows.

The rules of a lead's growth are those of growing.py (`judge`) and opening.py; here they are applied
to plain values, and what they come to is handed on as rows.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from crm_store.models import LeadState, Priority
from crm_store.queries.fields import KnownField
from crm_store.vault import Cipher
from handlers.fields import MOST, SEVERAL, Slot, slots_of
from handlers.growing import Outcome, Statement, judge
from handlers.learning import amount_of, deadline_of, region_of
from handlers.reading import Product
from nlp.facts import Intent

_LEVEL_HIGH = "high"
_LONGEST_PRODUCT = 128
_LONGEST_COMPANY = 200


@dataclass(slots=True)
class Value:
    """A value of a lead's field, as `judge` looks at it."""

    id: int
    name: str
    value: Any
    last_said_at: datetime
    is_ambiguous: bool = False
    is_correction: bool = False

    @property
    def row(self) -> "Value":
        return self


@dataclass(frozen=True, slots=True)
class Heard:
    """A statement that is to be written, and what stood where it goes."""

    slot: Slot
    said: Statement
    outcome: Outcome
    before: Value | None


@dataclass(slots=True)
class StandingClient:
    id: int
    cipher: Cipher
    name: str = ""
    company: str = ""
    region: str = ""
    is_new: bool = True
    was: Mapping[str, Any] = field(default_factory=dict)
    """The columns as they were read, where he was there before."""
    leads: list["StandingLead"] = field(default_factory=list)
    """The open ones."""

    def fill(self, name: str, company: str) -> dict[str, str]:
        """What he did not have; what was filled in."""
        filled = {}
        if name and not self.name:
            filled["name"] = self.name = name
        if company and not self.company:
            filled["company"] = self.company = company
        return filled

    @property
    def columns(self) -> dict[str, Any]:
        """What may change."""
        return {"name": self.name, "company": self.company}

    @property
    def changes(self) -> dict[str, Any]:
        """The columns that are not as they were."""
        return _unlike(self.was, self.columns)

    def fitting(self, product: Product | None) -> "StandingLead | None":
        """As `opening.lead_for`: the open lead that takes the words."""
        _, line = product or ("", "")
        fitting = [lead for lead in self.leads if not line or lead.line in (line, "")]
        if not fitting:
            return None
        lead = max(fitting, key=lambda lead: (lead.line == line, lead.id))
        if line and not lead.line:
            lead.line = line
        return lead


@dataclass(slots=True)
class StandingLead:
    id: int
    client: StandingClient
    line: str = ""
    product: str | None = None
    region: str = ""
    priority: str = Priority.NORMAL
    tags: list[str] = field(default_factory=list)
    budget: int | None = None
    deadline_at: datetime | None = None
    state: str = LeadState.NEW
    last_client_at: datetime | None = None
    is_new: bool = True
    origin: int | None = None
    """The alias by which it came, where it is new."""
    was: Mapping[str, Any] = field(default_factory=dict)
    """The columns as they were read, where it was there before."""
    stands: dict[Slot, Value] = field(default_factory=dict)
    suggested: list[Value] = field(default_factory=list)
    taken_out: dict[str, set[Slot]] = field(default_factory=dict)
    """By field with several values, what a colleague took out of it."""
    said_again: dict[int, datetime] = field(default_factory=dict)
    """Rows that were there, by number: when they were last said."""

    @property
    def columns(self) -> dict[str, Any]:
        """What may change."""
        return {name: getattr(self, name) for name in _MAY_CHANGE}

    @property
    def changes(self) -> dict[str, Any]:
        """The columns that are not as they were."""
        return _unlike(self.was, self.columns)

    def hear(self, said: Sequence[Statement], now: datetime) -> Iterator[Heard]:
        """What a rule found: yields what is to be written. As `growing.Known.hear`."""
        for slot, one in {slots_of(s.name, s.value)[0]: s for s in said}.items():
            before = self._before(slot)
            outcome = judge(cast("KnownField | None", before), one)
            if outcome is Outcome.SAID_AGAIN and before is not None:
                if one.said_at > before.last_said_at:
                    before.last_said_at = self.said_again[before.id] = one.said_at
                continue
            if outcome is Outcome.NEW and self._count(one.name) >= MOST:
                continue
            if outcome is Outcome.SUGGESTS and self._is_suggested(one):
                continue
            yield Heard(slot, one, outcome, before)
            if outcome in (Outcome.NEW, Outcome.CHANGES):
                self._note(one, before, now)

    def _before(self, slot: Slot) -> Value | None:
        stands = self.stands.get(slot)
        if stands is None and slot in self.taken_out.get(slot[0], ()):
            return next((v for v in self.stands.values() if v.name == slot[0]), None)
        return stands

    def _count(self, name: str) -> int:
        return sum(slot[0] == name for slot in self.stands) if name in SEVERAL else 0

    def _is_suggested(self, said: Statement) -> bool:
        return any(one.name == said.name and one.value == said.value for one in self.suggested)

    def written(self, heard: Heard, row_id: int) -> None:
        """The statement has this number from now on."""
        said = heard.said
        value = Value(row_id, said.name, said.value, said.said_at, said.is_ambiguous)
        if heard.outcome in (Outcome.NEW, Outcome.CHANGES):
            self.stands[heard.slot] = value
        elif heard.outcome is Outcome.SUGGESTS:
            self.suggested.append(value)

    def _note(self, said: Statement, before: Value | None, now: datetime) -> None:
        """As `learning.note_columns`: what is ranked, assigned and searched by."""
        value = said.value
        match said.name:
            case "product":
                self.product = str(value["name"])[:_LONGEST_PRODUCT] if value else None
            case "budget":
                self.budget = amount_of(value)
            case "time":
                if not said.is_ambiguous:
                    self.deadline_at = deadline_of(value, after=now)
            case "region":
                self.region = region_of(value)
            case "company":
                was = str(before.value or "") if before is not None else ""
                if self.client.company in ("", was[:_LONGEST_COMPANY]):
                    self.client.company = str(value or "")[:_LONGEST_COMPANY]

    def raise_priority(self, intent: Intent) -> list[str] | None:
        """The new tags, where anything rose. As `learning.raise_priority`."""
        fresh = [tag for tag in intent.tags if tag not in self.tags]
        rises = intent.level == _LEVEL_HIGH and self.priority != Priority.HIGH
        if not fresh and not rises:
            return None
        self.tags = [*self.tags, *fresh]
        if rises:
            self.priority = Priority.HIGH
        return fresh

    def heard_at(self, sent_at: datetime) -> None:
        known = self.last_client_at
        self.last_client_at = sent_at if known is None else max(known, sent_at)


_MAY_CHANGE = (
    *("line", "product", "region", "priority", "tags", "budget", "deadline_at"),
    "last_client_at",
)


def _unlike(was: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in now.items() if was.get(name) != value}

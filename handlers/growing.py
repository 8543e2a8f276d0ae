"""线索成长: what becomes of a lead's fields when something more is said.

What is said later takes the place of what was said before, whenever it is heard. What a member
put right no rule changes: what the machine finds afterwards is kept beside it as a suggestion.
`judge` decides; `Known` holds what stands and writes what was decided.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

from crm_store.facts import FieldCorrected, FieldLearned, FieldSuggested
from crm_store.models import Lead, LeadField
from crm_store.queries import fields
from crm_store.queries.fields import KnownField, content_of
from crm_store.store import Transaction
from handlers.fields import MOST, SEVERAL, Slot, slots_of


@dataclass(frozen=True)
class Statement:
    """What somebody said of a lead, and where the words stand."""

    name: str
    value: Any
    words: str
    rule: str
    said_at: datetime
    message_id: int | None = None
    span: tuple[int, int] = (0, 0)
    is_ambiguous: bool = False
    by: str | None = None
    """The member who put it right, in another lead that is folded into this one."""


def said_before(known: KnownField) -> Statement:
    """What a value says that is kept already, to be judged anew."""
    return Statement(
        name=known.name,
        value=known.value,
        words=known.words,
        rule=known.rule,
        said_at=known.row.last_said_at,
        message_id=known.message_id,
        span=(known.start, known.end),
        is_ambiguous=known.is_ambiguous,
        by=known.row.by,
    )


class Outcome(Enum):
    """What a statement does to the value that stands in its slot."""

    SAID_AGAIN = "said again"
    NEW = "new"
    CHANGES = "changes"
    LATE = "late"
    """Said before what stands: it is kept as what was, and changes nothing."""
    SUGGESTS = "suggests"
    """It contradicts what a member put right."""


@dataclass(frozen=True)
class Change:
    """What a statement came to, as it is told to people."""

    outcome: Outcome
    now: KnownField
    before: KnownField | None


def judge(stands: KnownField | None, said: Statement) -> Outcome:
    """A later word wins over an earlier one; a member's correction over every rule."""
    if stands is None:
        return Outcome.NEW
    if said.by is not None and not stands.row.is_correction:
        return Outcome.CHANGES
    is_certain = stands.row.is_correction or not stands.is_ambiguous
    if stands.value == said.value and (said.is_ambiguous or is_certain):
        return Outcome.SAID_AGAIN
    if said.said_at < stands.row.last_said_at:
        return Outcome.LATE
    return Outcome.SUGGESTS if stands.row.is_correction else Outcome.CHANGES


@dataclass
class Known:
    """What is known of a lead, whose client is held: read once, then kept in step."""

    tx: Transaction
    lead: Lead
    by_slot: dict[Slot, KnownField]
    changes: list[Change] = field(default_factory=list)
    _taken_out: dict[str, dict[Slot, KnownField]] = field(default_factory=dict)

    @classmethod
    async def of(cls, tx: Transaction, lead: Lead) -> "Known":
        opened = await fields.open_all(tx, lead, await fields.in_force(tx, lead))
        return cls(tx, lead, {slot: f for f in opened for slot in slots_of(f.name, f.value)})

    def of_field(self, name: str) -> list[KnownField]:
        """Each row once, oldest first."""
        rows = {id(f.row): f for f in self.by_slot.values() if f.name == name}
        return sorted(rows.values(), key=lambda f: (f.row.id is None, f.row.id or 0))

    async def hear(
        self, statements: Sequence[Statement], *, told_by: str | None = None
    ) -> list[Change]:
        """Takes in what a rule found; the changes it makes to what stands. Of two statements for
        one slot the later in the list is meant. `told_by`: the member who handed them on."""
        made: list[Change] = []
        for slot, said in {slots_of(s.name, s.value)[0]: s for s in statements}.items():
            change = await self._hear_one(slot, said)
            if change is not None:
                made.append(change)
        if made:
            await self.tx.flush()
            for change in made:
                await self._record(change, told_by)
        return made

    async def _hear_one(self, slot: Slot, said: Statement) -> Change | None:
        stands = self.by_slot.get(slot)
        if stands is None and said.name in SEVERAL:
            stands = await self._removed(slot)
        outcome = judge(stands, said)
        if outcome is Outcome.SAID_AGAIN and stands is not None:
            await self._said_again(stands, said)
            return None
        if outcome is Outcome.NEW and len(self.of_field(said.name)) >= MOST:
            return None
        if outcome is Outcome.SUGGESTS and await self._is_suggested(said):
            return None
        now = await self._write(said, outcome, stands, by=said.by)
        if outcome in (Outcome.NEW, Outcome.CHANGES):
            self.by_slot[slot] = now
        return Change(outcome, now, stands)

    async def _said_again(self, stands: KnownField, said: Statement) -> None:
        if said.said_at <= stands.row.last_said_at:
            return
        stands.row.said_at = said.said_at
        self.tx.add(stands.row)
        if stands.row.is_correction and said.name not in SEVERAL:
            await self._drop_suggestions(said.name)

    async def _drop_suggestions(self, name: str) -> None:
        for row in await fields.suggested(self.tx, self.lead, name=name):
            row.superseded_at = self.tx.now
            self.tx.add(row)

    async def correct(self, by: str, statements: Sequence[Statement]) -> list[KnownField]:
        """Puts a member's values in place of all that stood in the field; what stood there.

        What had been suggested against it is decided with that.
        """
        name = statements[0].name
        before = self.of_field(name)
        for known in before:
            known.row.superseded_at = self.tx.now
            self.tx.add(known.row)
        await self._drop_suggestions(name)
        self.by_slot = {s: f for s, f in self.by_slot.items() if s[0] != name}
        self._taken_out.pop(name, None)
        written = []
        for said in statements:
            now = await self._write(said, Outcome.CHANGES, before[-1] if before else None, by=by)
            self.by_slot[slots_of(name, said.value)[0]] = now
            written.append(now)
        await self.tx.flush()
        for now in written:
            await self.tx.record(
                FieldCorrected(
                    at=self.tx.now,
                    client_id=self.lead.client_id,
                    lead_id=self.lead.id,
                    by=by,
                    field=name,
                    field_id=now.row.id,
                    replaced_id=now.row.replaces_id,
                )
            )
        return before

    async def _write(
        self, said: Statement, outcome: Outcome, stands: KnownField | None, *, by: str | None = None
    ) -> KnownField:
        content = content_of(said.value, said.words, is_ambiguous=said.is_ambiguous)
        is_in_force = outcome in (Outcome.NEW, Outcome.CHANGES)
        row = LeadField(
            lead_id=self.lead.id,
            origin_id=self.tx.origin_of(self.lead.client_id),
            name=said.name,
            value=await self.tx.seal(self.lead.client_id, content, purpose="field"),
            message_id=said.message_id,
            start=said.span[0],
            end=said.span[1],
            rule=said.rule,
            said_at=said.said_at,
            learned_at=self.tx.now,
            superseded_at=self.tx.now if outcome is Outcome.LATE else None,
            by=by,
            replaces_id=stands.row.id if stands is not None and is_in_force else None,
            against_id=stands.row.id if stands and outcome is Outcome.SUGGESTS else None,
        )
        if stands is not None and is_in_force:
            stands.row.superseded_at = stands.row.superseded_at or self.tx.now
            self.tx.add(stands.row)
        self.tx.add(row)
        return KnownField(
            said.name,
            said.value,
            said.words,
            said.message_id,
            *said.span,
            said.rule,
            row,
            said.is_ambiguous,
        )

    async def _record(self, change: Change, told_by: str | None) -> None:
        now, before = change.now.row, change.before
        about: dict[str, Any] = {
            "at": self.tx.now,
            "client_id": self.lead.client_id,
            "lead_id": self.lead.id,
            "by": told_by,
        }
        found: dict[str, Any] = {"field": now.name, "field_id": now.id, "rule": now.rule}
        if change.outcome is Outcome.SUGGESTS:
            assert now.against_id is not None
            await self.tx.record(
                FieldSuggested(
                    **about, **found, against_id=now.against_id, message_id=now.message_id
                )
            )
            return
        await self.tx.record(
            FieldLearned(
                **about,
                **found,
                replaced_id=before.row.id if before else None,
                message_id=now.message_id,
                late=change.outcome is Outcome.LATE,
            )
        )

    async def _removed(self, slot: Slot) -> KnownField | None:
        """The member's correction that took this value out of a field with several."""
        name = slot[0]
        corrections = [f for f in self.of_field(name) if f.row.is_correction]
        if not corrections:
            return None
        if name not in self._taken_out:
            rows = await fields.every(self.tx, self.lead, name=name)
            gone = [row for row in rows if row.superseded_at is not None]
            opened = await fields.open_all(self.tx, self.lead, gone)
            self._taken_out[name] = {
                each: corrections[0] for f in opened for each in slots_of(name, f.value)
            }
        return self._taken_out[name].get(slot)

    async def _is_suggested(self, said: Statement) -> bool:
        """Whether the same was suggested before and is not decided: nobody is told twice."""
        rows = await fields.suggested(self.tx, self.lead, name=said.name)
        opened = await fields.open_all(self.tx, self.lead, rows)
        return any(field.value == said.value for field in opened)

"""From a message to what it says of one lead. Pure: a reading in, statements out.

Of a field with one value a message makes one statement: what it comes back to last is meant, of
times the nearest that is still ahead. Numbers of things go with the product beside them, a part in
the decision with the person beside it.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from handlers.fields import LABELS, NEED, SEVERAL
from handlers.growing import Statement
from handlers.reading import Reading, person_name, product_name
from nlp.facts import Appointment, Entity

_BESIDE = 8
"""Characters between a number and its product, at most."""
_SENTENCE_ENDS = re.compile(r"[。！!？?；;\n]")
_CLAUSE_ENDS = re.compile(r"[，,、。\s]")
_BUDGET = "预算"


@dataclass(frozen=True)
class About:
    """The lead that the words are about."""

    line: str
    product: str | None


def statements(
    reading: Reading, about: About, *, said_at: datetime, message_id: int | None
) -> list[Statement]:
    """What the message says of this lead; other lines' products and their numbers are left out."""
    return list(_Findings(reading, about, said_at, message_id).all())


class _Findings:
    def __init__(
        self, reading: Reading, about: About, said_at: datetime, message_id: int | None
    ) -> None:
        self._reading = reading
        self._about = about
        self._said_at = said_at
        self._message_id = message_id
        entities = reading.found.entities
        self._products = [entity for entity in entities if entity.type == "product"]
        self._people = [entity for entity in entities if entity.type == "person"]

    def all(self) -> Iterator[Statement]:
        further: list[Entity] = []
        product = self._product(further)
        if product is not None:
            yield self._said(product)
        yield from self._needs(further)
        for name in ("budget", "time", "region", "company", "credit_code", "urgency"):
            entity = self._the_one(name)
            if entity is not None:
                yield self._said(entity)
        status = self._the_one("budget_status")
        if status is not None:
            yield self._said(status)
        for entity in self._reading.found.entities:
            if entity.type in SEVERAL and entity.type in LABELS:
                yield from self._one_of_several(entity)
        yield from self._next_contact()

    # -- products and needs -------------------------------------------------------------------

    def _product(self, further: list[Entity]) -> Entity | None:
        """The lead's product where it has none yet; else what is asked for is one more need."""
        mine = [entity for entity in self._products if self._is_of_line(product_name(entity))]
        first = next(iter(mine), None)
        wanted = self._about.product
        if first is not None and wanted is not None and product_name(first) != wanted:
            first = next((entity for entity in mine if product_name(entity) == wanted), None)
        further += [entity for entity in mine if entity is not first]
        return first

    def _is_of_line(self, name: str) -> bool:
        product = self._reading.catalog.by_name.get(name)
        return product is None or not self._about.line or product.line == self._about.line

    def _needs(self, further: Sequence[Entity]) -> Iterator[Statement]:
        said = {product_name(entity): entity for entity in further}
        for name, entity in said.items():
            if name != self._about.product:
                yield self._statement(NEED, name, entity)
        start = 0
        for word in dict.fromkeys(self._reading.found.intent.keywords):
            at = self._reading.text.find(word, start)
            if at < 0:
                at = self._reading.text.find(word)
            span = (at, at + len(word)) if at >= 0 else (0, 0)
            start = max(start, span[1])
            yield Statement(NEED, word, word, "intent", self._said_at, self._message_id, span)

    # -- fields with one value ----------------------------------------------------------------

    def _the_one(self, name: str) -> Entity | None:
        found = [entity for entity in self._reading.found.of(name) if not self._is_ours(entity)]
        if name == "time":
            return self._nearest(found)
        if name == "budget":
            # 「别家报50万，我们预算30万」: the amount that is called so, else the last.
            named = [entity for entity in found if _BUDGET in self._around(entity)]
            found = named or found
        return found[-1] if found else None

    def _nearest(self, times: Sequence[Entity]) -> Entity | None:
        """Of what is still ahead the nearest; what is not certain comes last. When we are to meet
        is not by when he needs it."""
        meetings = {
            (time.start, time.end)
            for one in self._meetings()
            for time in self._times_of(one)
            if not self._is_deadline(one)
        }
        ahead = [
            one
            for one in times
            if _end(one) > self._said_at and (one.start, one.end) not in meetings
        ]
        return min(ahead, key=lambda one: (one.ambiguous, _end(one)), default=None)

    def _around(self, entity: Entity) -> str:
        return self._reading.text[max(0, entity.start - len(_BUDGET) - 2) : entity.end]

    def _is_ours(self, entity: Entity) -> bool:
        return entity.type == "company" and str(entity.value) in self._reading.own

    # -- fields with several ------------------------------------------------------------------

    def _one_of_several(self, entity: Entity) -> Iterator[Statement]:
        if entity.type == "person":
            if entity in self._reading.people:
                yield self._said(entity)
        elif entity.type == "quantity":
            yield from self._quantity(entity)
        elif entity.type == "role":
            beside = self._beside(entity, self._people)
            value = {"role": entity.value, "person": person_name(beside) if beside else None}
            yield self._statement("role", value, entity)
        else:
            yield self._said(entity)

    def _quantity(self, entity: Entity) -> Iterator[Statement]:
        beside = self._beside(entity, self._products)
        product = product_name(beside) if beside is not None else self._about.product
        if product is not None and not self._is_of_line(product):
            return
        value = dict(entity.value) if not isinstance(entity.value, str) else {}
        yield self._statement("quantity", {**value, "product": product}, entity)

    def _beside(self, entity: Entity, others: Sequence[Entity]) -> Entity | None:
        """The nearest of the others in the same sentence, the one before it first."""
        near = [(self._gap(entity, other), other.start > entity.start, other) for other in others]
        within = [one for one in near if one[0] is not None and one[0] <= _BESIDE]
        best = min(within, key=lambda one: (one[0] or 0, one[1]), default=None)
        return best[2] if best is not None else None

    def _gap(self, one: Entity, other: Entity) -> int | None:
        """None where a sentence ends between them."""
        start, end = min(one.end, other.end), max(one.start, other.start)
        if end - start > _BESIDE or _SENTENCE_ENDS.search(self._reading.text[start:end]):
            return None
        return max(0, end - start)

    # -- dates of the client's own ------------------------------------------------------------

    def _next_contact(self) -> Iterator[Statement]:
        """#104: 「下周面谈」 is a date to meet again, the nearest where several are named."""
        ahead = [one for one in self._meetings() if _due(one) > self._said_at]
        nearest = min(ahead, key=_due, default=None)
        if nearest is None:
            return
        yield Statement(
            name="next_contact",
            value={"kind": nearest.kind, **nearest.due},
            words=nearest.text,
            rule="appointment",
            said_at=self._said_at,
            message_id=self._message_id,
            span=(nearest.start, nearest.end),
            is_ambiguous=any(time.ambiguous for time in self._times_of(nearest)),
        )

    def _meetings(self) -> list[Appointment]:
        """「下周三前要标书，电话138…」 is no date to talk: a deadline goes with its own clause."""
        return [
            one
            for one in self._reading.found.appointments
            if not (self._is_deadline(one) and _CLAUSE_ENDS.search(one.text))
        ]

    def _is_deadline(self, appointment: Appointment) -> bool:
        """It began when it was said: until then, not at that time."""
        return datetime.fromisoformat(appointment.due["start"]) <= self._said_at

    def _times_of(self, appointment: Appointment) -> list[Entity]:
        return [
            time
            for time in self._reading.found.of("time")
            if appointment.start <= time.start < appointment.end
        ]

    def _said(self, entity: Entity) -> Statement:
        value = entity.value if isinstance(entity.value, str) else dict(entity.value)
        return self._statement(entity.type, value, entity)

    def _statement(self, name: str, value: Any, entity: Entity) -> Statement:
        return Statement(
            name=name,
            value=value,
            words=entity.text,
            rule=entity.by,
            said_at=self._said_at,
            message_id=self._message_id,
            span=(entity.start, entity.end),
            is_ambiguous=entity.ambiguous,
        )


def _end(time: Entity) -> datetime:
    assert not isinstance(time.value, str)
    return datetime.fromisoformat(str(time.value["end"]))


def _due(appointment: Appointment) -> datetime:
    return datetime.fromisoformat(appointment.due["end"])

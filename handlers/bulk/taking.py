"""A batch of lines, taken in one transaction: clients, leads, words, fields and facts."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from config.rules import Rules
from crm_store.arrival import Arrival
from crm_store.errors import NotStored
from crm_store.facts import (
    ClientsMerged,
    FieldLearned,
    FieldSuggested,
    LeadOpened,
    LeadPooled,
    MessageIn,
    PriorityRaised,
)
from crm_store.identity.index import Entry, Match, resolve
from crm_store.identity.inflow import Inflow, take_turns
from crm_store.identity.verdict import Outcome, Verdict
from crm_store.models import Client, Direction, LeadState
from crm_store.queries.fields import content_of
from crm_store.store import Transaction
from crm_store.vault import Drawn
from handlers.bulk import rows as into
from handlers.bulk.present import hold, of_somebody_else, standing, taken_already
from handlers.bulk.reading import IN_THE_MESSAGE, ReadLine
from handlers.bulk.rows import Rows
from handlers.bulk.standing import Heard, StandingClient, StandingLead
from handlers.events import RecordedInBulk
from handlers.findings import About
from handlers.growing import Outcome as Growth
from handlers.identifying import catch_up_all, settle
from handlers.master_filling import look_later
from handlers.reading import Reader

_LOOKS = 10
"""At whom lines belong to: each time somebody else would have changed it meanwhile."""
IMPORTED = "imported"
"""Why a lead is in the pool."""


@dataclass
class Taken:
    """What became of a batch."""

    new: int = 0
    """Lines that opened a lead."""
    joined: int = 0
    """Lines that met an open one."""
    known: int = 0
    """Lines that were taken before."""
    others: list[str] = field(default_factory=list)
    """Lines, by their keys, whose id was another person's before: they are not taken."""
    clients: int = 0
    """New ones."""
    merged: int = 0
    """Records that were judged to be a client we had, or another line's."""
    asked: int = 0
    """Records of whom a person is asked whether they are somebody we have."""

    def add(self, other: "Taken") -> None:
        for name in vars(self):
            setattr(self, name, getattr(self, name) + getattr(other, name))


@dataclass(slots=True)
class _Case:
    line: ReadLine
    entry: Entry
    number: int
    """By which its record is known: a client's, or an alias'."""
    client_id: int
    verdict: Verdict | None
    """Why it is a client we have; None: it is a new one."""
    like: int | None = None
    """The record by which he was known."""
    doubts: list[Match] = field(default_factory=list)

    @property
    def origin(self) -> int | None:
        return None if self.number == self.client_id else self.number


def _of_records(cases: Sequence[_Case]) -> dict[int, int]:
    """Whose those records were of which clients were known, the batch's own left out."""
    own = {case.number for case in cases}
    return {
        case.like: case.client_id
        for case in cases
        if case.like is not None and case.like not in own and case.client_id not in own
    }


@dataclass(frozen=True)
class Batch:
    """Lines that are taken together."""

    source: str
    lines: Sequence[ReadLine]
    assigns: bool
    """Whether the leads find their owners and these hear of it, soon; else new leads lie in the
    pool and nobody is told."""


async def take_batch(batch: Batch, tx: Transaction, rules: Rules, reader: Reader) -> Taken:
    """Takes what is not known yet."""
    return await _Taking(batch, tx, rules, reader).take()


class _Taking:
    def __init__(self, batch: Batch, tx: Transaction, rules: Rules, reader: Reader) -> None:
        self._batch = batch
        self._tx = tx
        self._source = batch.source
        self._rules = rules
        self._reader = reader
        self._assigns = batch.assigns
        self._done = Taken()
        self._drawn = Drawn()
        self._clients: dict[int, StandingClient] = {}
        self._events: list[int] = []
        """Facts to which there will be reactions."""

    async def take(self) -> Taken:
        tx = self._tx
        lines = await self._unknown(self._batch.lines)
        if not lines:
            return self._done
        await catch_up_all(tx, {key for line in lines for _, _, key in line.identifiers})
        self._rows = Rows(await tx.session.connection())
        cases = await self._judged(lines)
        await self._ensure(cases)
        for case in cases:
            self._take_one(case)
        self._change()
        await self._rows.write()
        await self._tell()
        await look_later(self._tx, self._rules, self._clients)
        await self._settle(cases)
        return self._done

    async def _unknown(self, lines: Sequence[ReadLine]) -> list[ReadLine]:
        keyed = {line.key: line for line in lines}
        known = await taken_already(self._tx, self._source, list(keyed))
        given = {key: keyed[key].body for key in known if keyed[key].has_id}
        self._done.others = sorted(
            await of_somebody_else(self._tx, self._source, given, self._drawn)
        )
        self._done.known += len(lines) - len(keyed) + len(known) - len(self._done.others)
        return [line for key, line in keyed.items() if key not in known]

    # -- who they are ----------------------------------------------------------------------

    async def _judged(self, lines: Sequence[ReadLine]) -> list[_Case]:
        """Each line's client: one we have, one of a line before it, or a new one."""
        await take_turns(self._tx, [line.entry for line in lines])
        await self._rows.ensure(clients=len(lines))
        numbered = [(self._rows.number("clients"), line) for line in lines]
        cases = await self._compared(numbered)
        # While a client was waited for he may have been merged, parted or erased.
        for _ in range(_LOOKS):
            if await hold(self._tx, _of_records(cases)):
                break
            cases = await self._compared(numbered)
        else:
            raise NotStored("who the clients are changes all the time")
        new = {case.number for case in cases if case.verdict is None}
        ours = {case.client_id for case in cases} - new
        self._clients = await standing(self._tx, ours, self._drawn)
        for case in cases:
            if case.number in new:
                self._clients[case.number] = self._new_client(case.number, case.line)
        return cases

    async def _compared(self, numbered: Sequence[tuple[int, ReadLine]]) -> list[_Case]:
        inflow = Inflow(self._tx, self._rules.identity)
        await inflow.look_up([line.entry for _, line in numbered])
        cases = []
        for number, line in numbered:
            case = _Case(line, line.entry, number, number, None)
            for match in inflow.matches(case.entry):
                if match.verdict.outcome is Outcome.SAME and case.verdict is None:
                    case.client_id, case.verdict = match.client_id, match.verdict
                    case.like = match.record_id
                else:
                    case.doubts.append(match)
            inflow.add(number, case.client_id, case.entry)
            cases.append(case)
        return cases

    def _new_client(self, number: int, line: ReadLine) -> StandingClient:
        wrapped = self._tx.vault.fresh_client_key(number)
        self._rows.add(into.KEYS, number, number, wrapped)
        cipher = self._tx.vault.client_cipher([(number, wrapped)], random=self._drawn)
        return StandingClient(number, cipher, line.name, line.company)

    async def _ensure(self, cases: Sequence[_Case]) -> None:
        most = sum(
            len(case.line.plain) + 3 * len(case.line.found.entities) + len(case.line.boxed) + 40
            for case in cases
        )
        await self._rows.ensure(
            leads=len(cases),
            messages=len(cases),
            merges=len(cases),
            lead_fields=most,
            timeline=most + 6 * len(cases),
        )

    # -- one line --------------------------------------------------------------------------

    def _take_one(self, case: _Case) -> None:
        client, line = self._clients[case.client_id], case.line
        if case.verdict is None:
            self._done.clients += 1
        else:
            self._done.merged += 1
            self._note_alias(case, client)
        self._note_record(case)
        self._note_identities(case, client)
        lead = client.fitting(line.product)
        joined = lead is not None
        if lead is None:
            lead = self._open(case, client)
            self._done.new += 1
        else:
            self._done.joined += 1
        self._hear(case, lead)
        self._note_intake(case, lead, joined=joined)

    def _note_alias(self, case: _Case, client: StandingClient) -> None:
        line, verdict, now = case.line, case.verdict, self._tx.now
        assert verdict is not None
        self._rows.add(into.CLIENTS, case.number, line.name, line.company, "", now, client.id)
        evidence = [item.as_json() for item in verdict.evidence]
        merge_id = self._rows.number("merges")
        restore = {"filled": dict.fromkeys(client.fill(line.name, line.company), case.number)}
        self._rows.add(
            into.MERGES,
            merge_id,
            client.id,
            case.number,
            now,
            True,
            verdict.score,
            evidence,
            restore,
        )
        why = {"score": verdict.score, "outcome": verdict.outcome.value, "evidence": evidence}
        data = {"merge_id": merge_id, "merged_id": case.number, "is_new": True}
        self._fact(ClientsMerged.kind, case, None, data, why)

    def _note_record(self, case: _Case) -> None:
        self._rows.add(into.RECORDS, case.number, case.client_id, *case.line.kept)
        for key in case.entry.keys.all:
            self._rows.add(into.RECORD_KEYS, key, case.number)

    def _note_identities(self, case: _Case, client: StandingClient) -> None:
        now = self._tx.now
        for kind, value, lookup in case.line.identifiers:
            sealed = client.cipher.seal(value.encode("utf-8", "replace"), purpose="identity")
            self._rows.add(into.IDENTITIES, client.id, case.origin, kind, lookup, sealed, now)

    def _open(self, case: _Case, client: StandingClient) -> StandingLead:
        name, line = case.line.product or (None, "")
        lead = StandingLead(
            self._rows.number("leads"), client, line, name, client.region, origin=case.origin
        )
        client.leads.append(lead)
        fact = self._fact(LeadOpened.kind, case, lead, {"source": self._source})
        if self._assigns:
            self._events.append(fact)
        else:
            lead.state = LeadState.POOLED
            self._fact(LeadPooled.kind, case, lead, {"reason": IMPORTED})
        return lead

    def _hear(self, case: _Case, lead: StandingLead) -> None:
        """The client's words, and what was read in them."""
        tx, line = self._tx, case.line
        message = self._rows.number("messages")
        body = lead.client.cipher.seal(line.text.encode("utf-8", "replace"), purpose="message")
        self._rows.add(
            into.MESSAGES,
            *(message, lead.client.id, case.origin, Direction.IN.value, line.sent_at, "text"),
            *(body, {}, self._source),
        )
        data = {"message_id": message, "sent_at": line.sent_at.isoformat()}
        fact = self._fact(MessageIn.kind, case, lead, data)
        if self._assigns:
            self._events.append(fact)
        lead.heard_at(line.sent_at)
        for said in line.said(About(lead.line, lead.product), self._reader):
            for heard in lead.hear(said, tx.now):
                self._learn(case, lead, heard, message)
        tags = lead.raise_priority(line.found.intent)
        if tags is not None:
            self._fact(PriorityRaised.kind, case, lead, {"tags": tags, "to": lead.priority})

    def _learn(self, case: _Case, lead: StandingLead, heard: Heard, message: int) -> None:
        said, before, now = heard.said, heard.before, self._tx.now
        row_id = self._rows.number("lead_fields")
        in_force = heard.outcome in (Growth.NEW, Growth.CHANGES)
        suggests = heard.outcome is Growth.SUGGESTS
        replaces = before.id if before is not None and in_force else None
        against = before.id if before is not None and suggests else None
        content = content_of(said.value, said.words, is_ambiguous=said.is_ambiguous)
        message_id = message if said.message_id == IN_THE_MESSAGE else None
        self._rows.add(
            into.FIELDS,
            *(row_id, lead.id, case.origin, said.name),
            lead.client.cipher.seal(content.encode("utf-8", "replace"), purpose="field"),
            *(message_id, *said.span, said.rule, now),
            now if heard.outcome is Growth.LATE else None,
            *(said.said_at, replaces, against),
        )
        if replaces is not None:
            self._rows.add(into.SUPERSEDED, now, replaces)
        lead.written(heard, row_id)
        about: dict[str, Any] = {"field": said.name, "field_id": row_id, "rule": said.rule}
        about["message_id"] = message_id
        if suggests:
            self._fact(FieldSuggested.kind, case, lead, about | {"against_id": against})
        else:
            about |= {"replaced_id": before.id if before else None}
            about["late"] = heard.outcome is Growth.LATE
            self._fact(FieldLearned.kind, case, lead, about)

    def _note_intake(self, case: _Case, lead: StandingLead, *, joined: bool) -> None:
        line, tx = case.line, self._tx
        self._rows.add(
            into.INTAKE,
            *(self._source, line.key, lead.id),
            *(lead.client.id, case.origin, joined, line.campaign),
            lead.client.cipher.seal(line.body.encode(), purpose="intake"),
            tx.now,
        )

    def _fact(
        self,
        kind: str,
        case: _Case,
        lead: StandingLead | None,
        data: dict[str, Any],
        why: dict[str, Any] | None = None,
    ) -> int:
        number = self._rows.number("timeline")
        lead_id = lead.id if lead is not None else None
        self._rows.add(
            into.TIMELINE,
            *(number, kind, self._tx.now, case.client_id, case.origin, lead_id, data, why),
        )
        return number

    # -- the whole batch -------------------------------------------------------------------

    def _change(self) -> None:
        """What the clients and the leads have come to be in the end."""
        now = self._tx.now
        for client in self._clients.values():
            if client.is_new:
                self._rows.add(
                    into.CLIENTS, client.id, client.name, client.company, client.region, now, None
                )
            elif changes := client.changes:
                self._rows.change("clients", client.id, changes)
                before = (client.was["name"], client.was["company"])
                self._rows.rename(client.id, before, (client.name, client.company))
            for lead in client.leads:
                self._change_lead(client, lead)

    def _change_lead(self, client: StandingClient, lead: StandingLead) -> None:
        now = self._tx.now
        about = (lead.region, lead.priority, lead.tags, lead.budget, lead.deadline_at)
        if lead.is_new:
            self._rows.add(
                into.LEADS,
                *(lead.id, client.id, lead.origin, lead.line, lead.product, self._source),
                *(*about, now, lead.state, 0, [], lead.last_client_at, 0, False),
                now if lead.state == LeadState.POOLED else None,
            )
        elif changes := lead.changes:
            self._rows.change("leads", lead.id, changes)
        for row_id, said_at in lead.said_again.items():
            self._rows.add(into.SAID_AGAIN, said_at, row_id)

    async def _tell(self) -> None:
        """Colleagues hear of it in events of their own, one after the other."""
        lane = f"import:{self._source}"
        await self._tx.arrive(
            [
                Arrival(
                    kind=RecordedInBulk.kind,
                    key=f"recorded:{fact_id}",
                    lane=lane,
                    payload=RecordedInBulk(fact_id=fact_id).model_dump(mode="json"),
                )
                for fact_id in self._events
            ]
        )

    async def _settle(self, cases: Sequence[_Case]) -> None:
        """Who resembles somebody else as well: two we had are one, or a person is asked."""
        for case in cases:
            if not case.doubts:
                continue
            self._done.asked += 1
            client = await self._tx.get(Client, case.client_id)
            while client.merged_into_id is not None:
                client = await self._tx.get(Client, client.merged_into_id)
            matches = await resolve(self._tx, case.entry, self._rules.identity, own_id=client.id)
            await settle(self._tx, client, matches)

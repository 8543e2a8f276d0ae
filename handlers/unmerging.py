"""撤销合并: one client becomes two again, each with what came by his own numbers: what was there
before the merge, and what has come since.

Words go with the conversation or the form they came by, and facts with the words they tell of; what
a colleague did goes with the lead he did it on. A lead that was folded goes on where it stood.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlmodel import col, or_, select

from crm_store.errors import CrmError
from crm_store.facts import ClientsUnmerged, CollaboratorRemoved, LeadFolded, LeadUnfolded
from crm_store.identity import moving
from crm_store.models import (
    ChatMessage,
    Client,
    Collaborator,
    Intake,
    Lead,
    LeadField,
    Merge,
    Mute,
    Promise,
    Recording,
    TimelineEntry,
)
from crm_store.queries import aliases, fields, leads, merges
from crm_store.store import Transaction
from handlers.opening import open_lead
from handlers.settling import settle, settle_fields


class CannotPart(CrmError):
    """The merge was undone already, or there is nothing left to part."""


async def undo(tx: Transaction, merge: Merge, *, by: str | None) -> Client:
    """The client who is one of his own again; raises CannotPart."""
    kept, leaver = await _hold(tx, merge)
    merge.undone_at, merge.undone_by = tx.now, by
    leaver.merged_into_id = None
    tx.add(merge)
    tx.add(leaver)
    await moving.part(tx, kept.id, leaver.id)
    await _Parting(tx, merge, kept, leaver).sort()
    for client in (kept, leaver):
        await tx.record(
            ClientsUnmerged(
                at=tx.now, client_id=client.id, by=by, merge_id=merge.id, merged_id=leaver.id
            )
        )
    return leaver


async def _hold(tx: Transaction, merge: Merge) -> tuple[Client, Client]:
    while True:
        kept = await aliases.live(tx, merge.merged_id)
        for client_id in sorted({kept.id, merge.merged_id}):
            await tx.lock(Client, client_id)
        if (await aliases.live(tx, merge.merged_id)).id == kept.id:
            break
    leaver = await tx.get(Client, merge.merged_id)
    await tx.session.refresh(merge)
    if not merge.stands or leaver.merged_into_id is None:
        raise CannotPart("这次合并已经撤销过了")
    if kept.erased_at is not None:
        raise CannotPart("这位客户的资料已按要求删除，不能再拆开")
    return kept, leaver


def _stands_in_the_way(one: Lead, waking: Lead) -> bool:
    """A client has one open lead a line."""
    return one.client_id == waking.client_id and one.is_open and one.line == waking.line


class _Parting:
    """Puts what lies at one client's lead and is the other's where it belongs."""

    def __init__(self, tx: Transaction, merge: Merge, kept: Client, leaver: Client) -> None:
        self._tx = tx
        self._merge = merge
        self._kept = kept
        self._leaver = leaver
        self._numbers: frozenset[int] = frozenset()
        """The leaver's."""
        self._homes: dict[tuple[int, int], Lead] = {}
        """By (client, other client's lead): where what lies there goes."""
        self._changed: dict[int, Lead] = {}
        self._before = {one["lead_id"]: one for one in merge.restore.get("folded", ())}
        self._lent_a_line: dict[int, Lead] = {}
        """Leads that had no line of their own before the merge."""

    async def sort(self) -> None:
        numbers = await aliases.numbers_of(self._tx.session, self._leaver.id)
        self._numbers = frozenset(numbers)
        await self._wake()
        await self._sort_entries()
        refilled = await self._sort_fields()
        await self._sort_rows()
        # Only then can what lies there now be opened with its client's own keys.
        await moving.seal_anew(self._tx, self._kept.id, self._leaver.id)
        await moving.seal_anew(self._tx, self._leaver.id, self._kept.id)
        for lead in self._changed.values():
            await settle(self._tx, lead)
        for lead in refilled:
            await settle_fields(self._tx, lead)
        for lead in self._lent_a_line.values():
            await self._take_the_line_back(lead)
        await self._take_names_back()
        await self._dismiss_collaborators()
        await self._restore_mutes()

    # -- leads --------------------------------------------------------------------------------

    async def _all_leads(self) -> Sequence[Lead]:
        query = select(Lead).where(col(Lead.client_id).in_((self._kept.id, self._leaver.id)))
        return (await self._tx.session.exec(query.order_by(col(Lead.id)))).all()

    async def _wake(self) -> None:
        """Leads that were folded into one that is another client's now go on by themselves; where
        their client has opened another for the line since, in that one."""
        of = {lead.id: lead for lead in await self._all_leads()}
        for lead in of.values():
            into = of.get(lead.folded_into_id or 0)
            if into is None or into.client_id == lead.client_id:
                continue
            rival = next((one for one in of.values() if _stands_in_the_way(one, lead)), None)
            self._homes.setdefault((lead.client_id, into.id), rival or lead)
            self._note(lead, into)
            about: dict[str, Any] = {
                "at": self._tx.now,
                "client_id": lead.client_id,
                "lead_id": lead.id,
            }
            if rival is not None:
                await self._tx.record(LeadFolded(**about, into_id=rival.id))
                continue
            was = self._before.get(lead.id, {})
            state = was.get("state") or ("assigned" if lead.owner_id else "new")
            await self._tx.record(LeadUnfolded(**about, state=state))
            for timer in was.get("timers", ()):
                due = datetime.fromisoformat(timer["due_at"])
                await self._tx.set_timer(timer["kind"], lead.ref, due, data=timer["data"])
            if was:
                into.product = was["product"]
                self._lent_a_line |= {into.id: into} if not was["line"] else {}

    async def _take_the_line_back(self, lead: Lead) -> None:
        """Unless its own client has named a product since."""
        known = await fields.known(self._tx, lead)
        if not any(field.name == "product" for field in known):
            lead.line = ""
            self._tx.add(lead)

    def _note(self, *changed: Lead) -> None:
        self._changed |= {lead.id: lead for lead in changed}

    async def _home(self, client: Client, foreign: Lead) -> Lead:
        """The client's own lead for what lies at the other's: the one that woke, an open one of
        the same line, or a new one."""
        key = (client.id, foreign.id)
        if key not in self._homes:
            open_leads = await leads.open_of_client(self._tx, client.id)
            same = next((lead for lead in open_leads if lead.line == foreign.line), None)
            if same is None:
                source = await merges.source_of(self._tx, client.id, client.id)
                product = ("", foreign.line) if foreign.line else None
                same = await open_lead(
                    self._tx, client, product=product, source=source or foreign.source
                )
            self._homes[key] = same
        self._note(self._homes[key], foreign)
        return self._homes[key]

    # -- facts --------------------------------------------------------------------------------

    async def _sort_entries(self) -> None:
        tx, of = self._tx, {lead.id: lead for lead in await self._all_leads()}
        query = select(TimelineEntry).where(
            or_(
                col(TimelineEntry.lead_id).in_(of),
                col(TimelineEntry.client_id).in_((self._kept.id, self._leaver.id)),
            ),
            col(TimelineEntry.lead_id).is_not(None),
        )
        entries = (await tx.session.exec(query.order_by(col(TimelineEntry.id)))).all()
        speakers = await self._speakers(entry.data.get("message_id") for entry in entries)
        moving_to: dict[int, list[TimelineEntry]] = defaultdict(list)
        for entry in entries:
            lead = of[entry.lead_id or 0]
            whose = speakers.get(entry.data.get("message_id"))
            whose = whose or self._by_origin(entry.origin_id) or lead.client_id
            if whose != lead.client_id:
                home = await self._home(self._client(whose), lead)
                moving_to[home.id].append(entry)
            elif entry.client_id != lead.client_id:
                moving_to[lead.id].append(entry)
                self._note(lead)
        for lead_id, those in moving_to.items():
            await moving.readdress(tx, those, lead_id)

    def _client(self, client_id: int) -> Client:
        return self._kept if client_id == self._kept.id else self._leaver

    def _by_origin(self, origin_id: int | None) -> int | None:
        """Whose it is by the number it came by; None where that tells nothing."""
        if origin_id is None:
            return None
        return self._leaver.id if origin_id in self._numbers else self._kept.id

    async def _speakers(self, message_ids: Iterable[int | None]) -> dict[int | None, int]:
        """By message, whose client's it is."""
        wanted = {number for number in message_ids if number is not None}
        query = select(ChatMessage).where(col(ChatMessage.id).in_(wanted))
        rows = (await self._tx.session.exec(query)).all() if wanted else ()
        return {row.id: row.client_id for row in rows}

    async def _sort_fields(self) -> list[Lead]:
        """Values go with the words they were read in; the leads that have others now."""
        tx, of = self._tx, {lead.id: lead for lead in await self._all_leads()}
        query = select(LeadField).where(col(LeadField.lead_id).in_(of))
        rows = (await tx.session.exec(query.order_by(col(LeadField.id)))).all()
        speakers = await self._speakers(row.message_id for row in rows)
        changed: dict[int, Lead] = {}
        for row in rows:
            lead = of[row.lead_id]
            whose = speakers.get(row.message_id) or self._by_origin(row.origin_id)
            if whose is not None and whose != lead.client_id:
                home = await self._home(self._client(whose), lead)
                row.lead_id = home.id
                tx.add(row)
                changed |= {lead.id: lead, home.id: home}
        await tx.flush()
        return [lead for lead in changed.values() if lead.id not in self._changed]

    async def _sort_rows(self) -> None:
        """Forms and recordings name the lead they became, promises the one they were made on."""
        of = {lead.id: lead for lead in await self._all_leads()}
        both = (self._kept.id, self._leaver.id)
        intake = select(Intake).where(col(Intake.client_id).in_(both))
        recordings = select(Recording).where(col(Recording.client_id).in_(both))
        for query in (intake, recordings):
            rows: Sequence[Intake | Recording] = (await self._tx.session.exec(query)).all()
            for row in rows:
                lead = of.get(row.lead_id)
                if lead is not None and lead.client_id != row.client_id:
                    row.lead_id = (await self._home(self._client(row.client_id), lead)).id
                    self._tx.add(row)
        promised = select(Promise).where(col(Promise.client_id).in_(both))
        for promise in (await self._tx.session.exec(promised)).all():
            lead = of.get(promise.lead_id or 0)
            if lead is not None and lead.client_id != promise.client_id:
                home = await self._home(self._client(promise.client_id), lead)
                promise.lead_id, promise.owner_id = home.id, home.owner_id or promise.owner_id
                self._tx.add(promise)

    # -- what no row tells --------------------------------------------------------------------

    async def _take_names_back(self) -> None:
        """What whoever stays was lent by whoever leaves, at whatever remove."""
        staying = await merges.of_client(self._tx, self._kept.id)
        for row in (self._merge, *(row for row in staying if row.stands)):
            borrower = await self._tx.get(Client, row.kept_id)
            lent = row.restore.get("filled", {})
            for name, number in list(lent.items()):
                if number not in self._numbers:
                    continue
                owner = await self._tx.get(Client, number)
                if getattr(borrower, name) == getattr(owner, name):
                    setattr(borrower, name, "")
                    self._tx.add(borrower)
                lent = {key: value for key, value in lent.items() if key != name}
            if row is not self._merge and lent != row.restore.get("filled", {}):
                row.restore = {**row.restore, "filled": lent}
                self._tx.add(row)

    async def _dismiss_collaborators(self) -> None:
        query = select(Collaborator).where(Collaborator.merge_id == self._merge.id)
        for row in (await self._tx.session.exec(query)).all():
            lead = await self._tx.get(Lead, row.lead_id)
            await self._tx.session.delete(row)
            await self._tx.record(
                CollaboratorRemoved(
                    at=self._tx.now,
                    client_id=lead.client_id,
                    lead_id=lead.id,
                    member_id=row.member_id,
                )
            )

    async def _restore_mutes(self) -> None:
        mutes = self._merge.restore.get("mutes", {})
        # Merges of before there were kinds noted who, and nothing of what.
        rows = mutes.get("rows") or [[who, "", at] for who, at in mutes.get("since", {}).items()]
        for one in mutes.get("added", ()):
            member_id, what = one if isinstance(one, list) else (one, "")
            mute = await self._tx.find(Mute, (member_id, self._kept.id, what))
            if mute is not None:
                await self._tx.session.delete(mute)
        for member_id, what, since in rows:
            if await self._tx.find(Mute, (member_id, self._leaver.id, what)) is None:
                muted_since = datetime.fromisoformat(since)
                self._tx.add(
                    Mute(
                        member_id=member_id,
                        client_id=self._leaver.id,
                        what=what,
                        since=muted_since,
                    )
                )
        await self._tx.flush()

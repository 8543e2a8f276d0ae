"""跟进，不用说“跟进”: a colleague tells that he spoke with his client; it is noted, he is told so,
and can take it back. Where it is not sure, he is asked: 建线索, 归档到 X, 忽略."""

import re
from datetime import datetime
from typing import cast

from config.rules import Rules
from crm_store.errors import CrmError
from crm_store.facts import FollowedUp, FollowUpWithdrawn
from crm_store.models import Member, TimelineEntry
from crm_store.queries import leads
from crm_store.store import Transaction
from crm_store.timeline import read_fact, without
from handlers import entering
from handlers.events import CardPress
from handlers.finding import Found, find_lead, look_up
from handlers.ladder.standing import Ladder
from handlers.presses import ALREADY, settle_press, take_press
from handlers.reading import Reader
from handlers.requests.whom import note_named
from handlers.rights import scope_of
from handlers.router import Reply, Router
from handlers.showing import shortened
from nlp.requests import Request
from nlp.requests.reading import SURE
from notifiers.cards.choices import noted

router = Router("noting")

_NUMBER = re.compile(r"[0-9]{1,15}")
_GONE = "这条跟进已经撤销过了"
_MOST = 1000


async def note(
    tx: Transaction, sender: Member, text: str, told: Request, reader: Reader, rules: Rules
) -> Reply:
    """What he tells of a contact with one client of his own is a follow-up of it. A new contact or
    another product in it makes it a matter to be asked about, as ever."""
    client = told.slot("client")
    found = await _his(tx, sender, client.text) if client is not None else None
    product = found.lead.product if found is not None else None
    if entering.tells_of_something_new(reader.read(text, tx.now), but=product):
        return None
    if found is None or told.confidence < SURE:
        return await entering.ask_about(tx, sender, text, reader, about=found)
    return await note_of(tx, sender, text, found)


async def note_of(tx: Transaction, sender: Member, text: str, found: Found) -> Reply:
    """A follow-up of this client, with 撤销 beside it."""
    found = await find_lead(tx, sender, found.lead.ref)
    lead = found.lead
    entry = await tx.record(
        FollowedUp(
            at=tx.now,
            client_id=lead.client_id,
            lead_id=lead.id,
            by=sender.id,
            how="note",
            words=text,
        )
    )
    await tx.flush()
    await note_named(tx, sender, lead.ref)
    return noted(entry.id, found.client.display, shortened(text))


async def _his(tx: Transaction, sender: Member, name: str) -> Found | None:
    """The one client of this name whose open lead is his own; another's needs a command."""
    try:
        found = await look_up(tx, sender, name)
    except CrmError:
        return None
    return found if found.lead.is_open and found.lead.owner_id == sender.id else None


@router.button("unnote")
async def withdrawn(argument: str, press: CardPress, sender: Member, tx: Transaction) -> Reply:
    """撤销"""
    entry = await _own_note(tx, sender, argument)
    if await take_press(tx, press) is ALREADY:
        return None
    await _withdraw(tx, sender, entry)
    await settle_press(tx, press, _TITLE, "已撤销，没有记跟进", client_id=entry.client_id)
    return None


@router.button("renote")
async def entered_instead(
    argument: str, press: CardPress, sender: Member, tx: Transaction, reader: Reader, rules: Rules
) -> Reply:
    """建线索: it was about somebody new."""
    entry = await _own_note(tx, sender, argument)
    if await take_press(tx, press) is ALREADY:
        return None
    text = (await read_fact(tx, entry)).words or ""
    await _withdraw(tx, sender, entry)
    await settle_press(tx, press, _TITLE, "已撤销，改建线索", client_id=entry.client_id)
    return await entering.create_lead(tx, sender, text, reader, rules)


_TITLE = "记成了跟进"
"""The title of notifiers' card, which a settled one keeps."""


async def _own_note(tx: Transaction, sender: Member, argument: str) -> TimelineEntry:
    """The follow-up that he told of himself, on a lead that he still sees."""
    number = int(argument) if _NUMBER.fullmatch(argument) else None
    entry = await tx.find(TimelineEntry, number) if number is not None else None
    if entry is None or entry.by != sender.id or entry.kind != FollowedUp.kind:
        raise CrmError(_GONE)
    lead = await tx.lock_lead(cast(int, entry.lead_id))
    if not (await scope_of(tx, sender)).covers(lead) or not lead.is_open:
        raise CrmError("这条线索已经不在您手上，跟进没有撤销")
    taken_back = await leads.entries(tx, lead, FollowUpWithdrawn.kind, last=_MOST)
    if any(one.data["follow_up_id"] == entry.id for one in taken_back):
        raise CrmError(_GONE)
    return entry


async def _withdraw(tx: Transaction, sender: Member, entry: TimelineEntry) -> None:
    lead = await tx.lock_lead(cast(int, entry.lead_id))
    stands = await without(tx, lead, entry.id)
    await tx.record(
        FollowUpWithdrawn(
            at=tx.now,
            client_id=lead.client_id,
            lead_id=lead.id,
            by=sender.id,
            follow_up_id=entry.id,
            stands={
                name: value.isoformat() if isinstance(value, datetime) else value
                for name, value in stands.columns_by_fact().items()
                if value != getattr(lead, name)
            },
        )
    )


@router.on(FollowUpWithdrawn)
async def clocks_as_before(fact: FollowUpWithdrawn, tx: Transaction, ladder: Ladder) -> None:
    """What waits for a follow-up waits on."""
    await ladder.settle(tx, await tx.lock_lead(cast(int, fact.lead_id)))

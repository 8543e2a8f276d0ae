"""承诺: what a colleague commits himself to in his words to a client becomes a task (#51, #76).

Recorded with the message, each clause once. What says the same again is no second task.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from config.calendar import WorkingCalendar
from config.rules import Rules
from crm_store.facts import PromiseMade
from crm_store.models import ChatMessage, Lead, Member, Promise
from crm_store.queries import collaborators, promises
from crm_store.store import Transaction
from crm_store.timers import set_once
from handlers.promises.clocks import set_clocks
from handlers.promises.keeping import kept_already
from handlers.promises.standing import move
from handlers.reading import Reader, Reading
from handlers.router import Router

router = Router("promising")

SHOWN = "promises_shown"
_MANY_KINDS = frozenset({"other", "document"})
"""Of these one may owe several at once: another time is another promise."""
_OTHER = "other"


async def note_promises(
    tx: Transaction, about: Sequence[Lead], reading: Reading, *, message_id: int, by: str | None
) -> None:
    """Records each promise on one of the client's open leads, which are locked, newest first."""
    lead = _lead_of(about, reading, by)
    if lead is None:
        return
    for promise in reading.found.promises:
        await tx.record(
            PromiseMade(
                at=tx.now,
                client_id=lead.client_id,
                lead_id=lead.id,
                by=by,
                action=promise.action,
                due=dict(promise.due) if promise.due else None,
                message_id=message_id,
                start=promise.start,
                end=promise.end,
                words=promise.text,
            )
        )


def _lead_of(about: Sequence[Lead], reading: Reading, by: str | None) -> Lead | None:
    """The lead whose line is spoken of, else the speaker's own, else the newest."""
    lines = {line for _, line in reading.products}
    for fits in (lambda lead: lead.line in lines, lambda lead: by and lead.owner_id == by):
        for lead in about:
            if fits(lead):
                return lead
    return next(iter(about), None)


@router.on(PromiseMade)
async def keep_track(
    fact: PromiseMade, tx: Transaction, rules: Rules, calendar: WorkingCalendar, reader: Reader
) -> None:
    """What was found in a message; what the assistant was told of is kept track of already."""
    if fact.message_id is None or fact.lead_id is None:
        return
    lead = await tx.lock_lead(fact.lead_id)
    message = await tx.find(ChatMessage, fact.message_id)
    if message is None or await promises.of_message(tx, fact.message_id, fact.start) is not None:
        return
    owner_id = await _keeper(tx, lead, fact.by)
    due = due_of(fact)
    if await _says_it_again(tx, lead, fact, owner_id, due, rules, calendar):
        return
    row = await add(
        tx,
        lead,
        owner_id=owner_id,
        action=fact.action,
        words=fact.words or "",
        due=due,
        made_at=message.sent_at,
        rules=rules,
        calendar=calendar,
        message=(message.id, fact.start),
    )
    if await kept_already(tx, row, reader) or owner_id is None:
        return
    await show_soon(tx, owner_id, rules)


def due_of(fact: PromiseMade) -> datetime | None:
    return datetime.fromisoformat(fact.due["end"]) if fact.due else None


async def add(
    tx: Transaction,
    lead: Lead,
    *,
    owner_id: str | None,
    action: str,
    words: str,
    due: datetime | None,
    made_at: datetime,
    rules: Rules,
    calendar: WorkingCalendar,
    message: tuple[int, int] | None = None,
    follow_up_id: int | None = None,
) -> Promise:
    """The task with its clocks. `message`: its number, and where the promise begins in it."""
    row = Promise(
        client_id=lead.client_id,
        # What was told goes with the lead it is about, should the client be parted again.
        origin_id=lead.origin_id,
        lead_id=lead.id,
        fact_id=follow_up_id,
        message_id=message[0] if message else None,
        starts=message[1] if message else None,
        owner_id=owner_id,
        action=action[:16],
        words=await tx.seal(lead.client_id, words, purpose="promise"),
        made_at=made_at,
        due_at=due,
    )
    if message is not None:
        row.origin_id = (await tx.get(ChatMessage, message[0])).origin_id
    tx.add(row)
    await tx.flush()
    owner = await tx.find(Member, owner_id) if owner_id else None
    await set_clocks(tx, row, owner, rules, calendar, since=made_at)
    return row


async def show_soon(tx: Transaction, owner_id: str, rules: Rules) -> None:
    """One card for all that he promises within minutes."""
    due = tx.now + timedelta(minutes=rules.promises.show_after_minutes)
    await set_once(tx.session, SHOWN, owner_id, due)


async def _keeper(tx: Transaction, lead: Lead, by: str | None) -> str | None:
    """Who made it keeps it where he works on the lead; else the lead's owner does."""
    if by is not None and by != lead.owner_id:
        beside = {one.member_id for one in await collaborators.on_leads(tx, [lead.id])}
        return by if by in beside else lead.owner_id or by
    return lead.owner_id


async def _says_it_again(
    tx: Transaction,
    lead: Lead,
    fact: PromiseMade,
    owner_id: str | None,
    due: datetime | None,
    rules: Rules,
    calendar: WorkingCalendar,
) -> bool:
    """Whether the same is owed already: for the same time, or named again without one. A first
    time for what had none is given to that one."""
    alike = [
        one
        for one in await promises.pending_of_lead(tx, lead.id)
        if (one.action, one.owner_id) == (fact.action, owner_id)
    ]
    if fact.action == _OTHER:
        opened = [await tx.open(one.client_id, one.words, purpose="promise") for one in alike]
        return fact.words in opened and due in [one.due_at for one in alike]
    if any(due in (None, one.due_at) for one in alike):
        return True
    undated = next((one for one in alike if one.due_at is None), None)
    if undated is None or due is None or fact.action in _MANY_KINDS:
        return False
    undated.words = await tx.seal(undated.client_id, fact.words or "", purpose="promise")
    await move(tx, undated, due, by=fact.by, rules=rules, calendar=calendar)
    return True

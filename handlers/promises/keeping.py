"""兑现: a message, a file, a note or a tap shows that a promise was kept.

Only where it is clear which one is meant: with several that fit, the owner is asked. What was
said or sent before a promise does not keep it, in whatever order the two arrive.
"""

import re
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from config.calendar import WorkingCalendar
from config.rules import Rules
from crm_store.facts import FollowedUp, FollowUpWithdrawn
from crm_store.models import ChatMessage, Client, Lead, Member, Promise, PromiseState, TimelineEntry
from crm_store.queries import promises
from crm_store.store import Transaction
from handlers.events import Form, TimerDue
from handlers.promises.standing import drop, held, keep, reopen
from handlers.promises.views import all_drawn
from handlers.reading import Reader, Reading
from handlers.router import Router
from nlp.commitments.keeping import PARCEL, SENT
from nlp.facts import Kept
from notifiers.cards.promises import which_kept

router = Router("keeping")

_ON_PAPER = frozenset({"quote", "document", "contract", "invoice"})
_MEANS = {
    SENT: _ON_PAPER | {"sample"},
    PARCEL: frozenset({"sample", "delivery", "contract", "invoice"}),
    "delivery": frozenset({"delivery", "sample"}),
}
"""What may have been meant where the words leave it open."""
_BY_FILE = frozenset({"quote", "document", "contract", "invoice"})
_BY_TAP = {"material": ("document", "quote"), "contacted": ("call",)}
"""By what was tapped, the promises that it may keep, the likelier first."""
_FILES = frozenset({Form.FILE, Form.LINK})
_MOST_LOOKED_AT = 50
WHICH = "promises_which"
_A_MOMENT = timedelta(minutes=1)


async def note_kept(tx: Transaction, row: ChatMessage, reading: Reading, *, by: str | None) -> None:
    """What a colleague's message in the conversation shows. The client is held."""
    if by is None:
        return
    pending = [
        one
        for one in await promises.pending_of_client(tx, row.client_id)
        if one.owner_id == by and one.made_at < row.sent_at
    ]
    if pending:
        await _note(tx, pending, row, reading.found.kept, by=by)


async def _note(
    tx: Transaction, pending: Sequence[Promise], row: ChatMessage, kept: Sequence[Kept], *, by: str
) -> None:
    left = list(pending)
    if row.form in _FILES and not kept:
        left = await _settle(tx, left, _BY_FILE, by=by, how="file", message_id=row.id)
    for one in kept:
        meant = _MEANS.get(one.action, frozenset({one.action}))
        before = [each for each in left if one.by is None or each.made_at < one.by]
        rest = [each for each in left if each not in before]
        exact = [each for each in before if each.action == one.action]
        fits = frozenset({one.action}) if exact else meant
        left = rest + await _settle(tx, before, fits, by=by, how="message", message_id=row.id)


async def _settle(
    tx: Transaction,
    pending: Sequence[Promise],
    actions: Collection[str],
    *,
    by: str,
    how: str,
    message_id: int | None = None,
    follow_up_id: int | None = None,
) -> list[Promise]:
    """What is still pending afterwards."""
    fits = [one for one in pending if one.action in actions]
    if len(fits) == 1:
        await keep(tx, fits[0], how=how, by=by, message_id=message_id, follow_up_id=follow_up_id)
    elif fits:
        await _ask_which(tx, fits, by)
    return [one for one in pending if one.is_pending]


async def _ask_which(tx: Transaction, fits: Sequence[Promise], by: str) -> None:
    """Asked in a moment: a file is often followed by the words that tell. What he did for another
    client in that moment is a question of its own."""
    numbers = sorted(one.id for one in fits)
    data = {"by": by, "promises": numbers}
    await tx.set_timer(WHICH, f"P{numbers[0]}", tx.now + _A_MOMENT, data=data)


@router.timer(WHICH)
async def ask_which(due: TimerDue, tx: Transaction) -> None:
    rows = [await tx.find(Promise, number) for number in due.data["promises"]]
    open_ones = [one for one in rows if one is not None and one.is_pending]
    owner = await tx.find(Member, due.data["by"])
    if owner is not None and len(open_ones) == len(rows):
        card = which_kept(await all_drawn(tx, open_ones))
        await tx.notify(owner, card, purpose="promises", client_id=open_ones[0].client_id)


async def kept_already(tx: Transaction, promise: Promise, reader: Reader) -> bool:
    """Whether what he wrote after it, and what arrived before it, shows that it was kept."""
    if promise.owner_id is None:
        return False
    later = await promises.said_later(
        tx, promise.client_id, promise.owner_id, after=promise.made_at, last=_MOST_LOOKED_AT
    )
    for row in later:
        text = await tx.open(promise.client_id, row.body, purpose="message")
        reading = reader.read(text, row.sent_at, sender="rep")
        await _note(tx, [promise], row, reading.found.kept, by=promise.owner_id)
        if not promise.is_pending:
            return True
    return False


@router.on(FollowedUp)
async def kept_by_follow_up(
    fact: FollowedUp, entry: TimelineEntry, tx: Transaction, reader: Reader
) -> None:
    """A tap on 发送资料 or 已联系, or a note: 跟进 康源 报价单已发."""
    if fact.by is None or fact.lead_id is None:
        return
    lead = await tx.lock_lead(fact.lead_id)
    await tx.flush()  # the entry's number
    pending = [
        one
        for one in await promises.pending_of_lead(tx, lead.id)
        if one.owner_id == fact.by and one.made_at < fact.at
    ]
    if not pending:
        return
    for action in _BY_TAP.get(fact.how, ()):
        fits = [one for one in pending if one.action == action]
        if len(fits) == 1:
            await keep(tx, fits[0], how="tap", by=fact.by, follow_up_id=entry.id)
        if fits:
            return
    if fact.words:
        words = await _as_to_him(tx, lead, fact.words)
        kept = reader.read(words, fact.at, sender="rep").found.kept
        for one in kept:
            await _settle(
                tx,
                _before(pending, one.by),
                {one.action},
                by=fact.by,
                how="note",
                follow_up_id=entry.id,
            )


async def _as_to_him(tx: Transaction, lead: Lead, words: str) -> str:
    """吴主任的报价发他了, told of the client, as it would be said to himself: 报价发您了."""
    name = re.escape((await tx.get(Client, lead.client_id)).display)
    words = re.sub(rf"(?:给?{name}(?:那边|他们)?|[他她]们?|客户|对方)的", "", words)
    return re.sub(rf"{name}|(?<!其)[他她]们?|客户|对方", "您", words)


@router.on(FollowUpWithdrawn)
async def taken_back(
    fact: FollowUpWithdrawn, tx: Transaction, rules: Rules, calendar: WorkingCalendar
) -> None:
    """What was promised in the note was not, and what it seemed to keep is owed still."""
    if fact.lead_id is None:
        return
    lead = await tx.lock_lead(fact.lead_id)
    for one in await promises.told_in(tx, fact.follow_up_id):
        row = await held(tx, one.id)
        if row is not None and row.is_pending:
            await drop(tx, row, by=fact.by)
    for number in await promises.kept_by(tx, lead.id, fact.follow_up_id):
        row = await held(tx, number)
        if row is not None and row.state == PromiseState.KEPT:
            await reopen(tx, row, by=fact.by, rules=rules, calendar=calendar)


def _before(pending: Sequence[Promise], moment: datetime | None) -> list[Promise]:
    return [one for one in pending if one.is_pending and (moment is None or one.made_at < moment)]

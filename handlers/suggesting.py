"""您记的和客户说的不同: the owner is told once, and decides; the record stays as he put it.

In the notice of the client's further words where one goes out, by itself where he reads the
conversation himself.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from config.rules import Rules
from config.settings import Settings
from crm_store.facts import FieldSuggested
from crm_store.models import ChatMessage, Client, Direction, Lead, Member
from crm_store.queries import fields, members
from crm_store.queries.fields import KnownField
from crm_store.store import Transaction
from crm_store.timers import set_once
from crm_store.view import View
from handlers.events import TimerDue
from handlers.fields import LABELS, value_in_words
from handlers.growing import Change, Outcome
from handlers.hours import at_any_hour
from handlers.router import Router
from notifiers.card import Text

router = Router("suggesting")

_KIND = "suggestion"
_AFTER_THE_WORDS = timedelta(seconds=1)
"""The notice of the words goes first, and takes this along."""


@router.on(FieldSuggested)
async def tell_soon(fact: FieldSuggested, tx: Transaction, rules: Rules) -> None:
    lead = await tx.get(Lead, fact.lead_id)
    if lead.owner_id is None:
        return
    wait = timedelta(seconds=rules.escalation.client_words_notice_seconds) + _AFTER_THE_WORDS
    data = {"owner_id": lead.owner_id}
    await set_once(tx.session, _KIND, lead.ref, tx.now + wait, data=data)


@router.timer(_KIND)
async def tell_by_itself(due: TimerDue, tx: Transaction, settings: Settings) -> None:
    lead = await tx.lock_lead(int(due.subject[1:]))
    owner = await members.acting_for(tx, lead.owner_id) if lead.owner_id else None
    if owner is None or not lead.is_open:
        return
    ahead = at_any_hour(owner, tx.now, settings.zone)
    if ahead > tx.now:
        await tx.set_timer(_KIND, lead.ref, ahead + _AFTER_THE_WORDS, data=due.data)
        return
    client = await tx.get(Client, lead.client_id)
    lines = await tell_untold(tx, lead, client, owner)
    if lines:
        await tx.notify(owner, Text(text="\n".join(lines)), client_id=client.id, lead_id=lead.id)


async def tell_untold(tx: Transaction, lead: Lead, client: Client, reader: Member) -> list[str]:
    """What he was not told of yet, a line each; from now on he was."""
    rows = await fields.suggested(tx, lead, untold=True)
    return await _lines(tx, client, await fields.open_all(tx, lead, rows), reader)


async def tell_now(tx: Transaction, client: Client, changes: Iterable[Change]) -> list[str]:
    """The same for what a colleague's own words just came to: he is answered at once."""
    against = [change for change in changes if change.outcome is Outcome.SUGGESTS]
    return await _lines(tx, client, [change.now for change in against], None)


async def _lines(
    tx: Transaction, client: Client, suggested: Sequence[KnownField], reader: Member | None
) -> list[str]:
    lines = []
    for field in suggested:
        field.row.told_at = tx.now
        tx.add(field.row)
        noted = await _noted(tx, client, field, reader)
        if noted is None:
            continue
        said, name = value_in_words(field), LABELS[field.name]
        message = await tx.find(ChatMessage, field.message_id) if field.message_id else None
        is_noted = message is not None and message.direction == Direction.NOTE
        who = "这里说" if reader is None else "归档里说" if is_noted else "客户说"
        lines.append(f"{who}{name}{said}，{noted}。要改请回复：更正 {client.display} {name} {said}")
    return lines


async def _noted(
    view: View, client: Client, field: KnownField, reader: Member | None
) -> str | None:
    """您记的是30万; None where it does not stand any more."""
    row = await view.find(type(field.row), field.row.against_id)
    stands = await fields.open_row(view, client.id, row) if row is not None else None
    if row is None or stands is None or row.superseded_at is not None:
        return None
    by = await view.find(Member, row.by) if row.by else None
    is_his = reader is None or by is None or by.id == reader.id
    return f"{'您' if is_his or by is None else by.name}记的是{value_in_words(stands)}"

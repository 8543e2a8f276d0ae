"""点名就是看过: whoever speaks of a client of his, in whatever words, has seen the lead."""

from sqlalchemy import ColumnElement
from sqlmodel import col, select

from crm_store.models import Client, Lead, LeadState, Member
from crm_store.models.lead import IS_OPEN
from crm_store.store import Transaction
from handlers.commands import Words
from handlers.finding import note_view
from handlers.requests.whom import called
from handlers.router import Reply

_SHORTEST = 2
_HOW = "named"


async def speaks_of(words: Words, sender: Member, tx: Transaction) -> Reply:
    """Answers nothing: what he wants is for others to find out."""
    await note_named_leads(tx, sender, words.tidy)
    return None


async def note_named_leads(tx: Transaction, sender: Member, words: str) -> None:
    """Of the leads that wait to be seen by him, those whose client his words name. A name that
    fits several of his clients, seen or not, names none."""
    if not sender.may_own:
        return
    unseen = await _named(tx, sender, words, col(Lead.state) == LeadState.ASSIGNED.value)
    if not unseen:
        return
    named = await _named(tx, sender, words, IS_OPEN)
    for client, lead in unseen:
        if all(other.id == client.id for other, _ in named if called(other) & called(client)):
            await note_view(tx, await tx.lock_lead(lead.id), sender, how=_HOW)


async def _named(
    tx: Transaction, sender: Member, words: str, which: ColumnElement[bool]
) -> list[tuple[Client, Lead]]:
    query = (
        select(Client, Lead)
        .join(Lead, col(Lead.client_id) == col(Client.id))
        .where(Lead.owner_id == sender.id, which)
    )
    return [
        (client, lead)
        for client, lead in (await tx.session.exec(query)).all()
        if any(len(name) >= _SHORTEST and name in words for name in called(client))
    ]

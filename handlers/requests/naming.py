"""点名就是看过: whoever speaks of a client of his, in whatever words, has seen the lead."""

from sqlmodel import col, select

from crm_store.models import Client, Lead, LeadState, Member
from crm_store.store import Transaction
from handlers.commands import Words
from handlers.finding import note_view
from handlers.requests.whom import called
from handlers.router import Reply, Router

router = Router("naming")

_SHORTEST = 2
_HOW = "named"


@router.otherwise()
async def speaks_of(words: Words, sender: Member, tx: Transaction) -> Reply:
    """Answers nothing: what he wants is for others to find out."""
    await note_named_leads(tx, sender, words.tidy)
    return None


async def note_named_leads(tx: Transaction, sender: Member, words: str) -> None:
    """Of the leads that wait to be seen by him, those whose client his words name. A name that
    fits several of them names none."""
    if not sender.may_own:
        return
    query = (
        select(Client, Lead)
        .join(Lead, col(Lead.client_id) == col(Client.id))
        .where(Lead.owner_id == sender.id, Lead.state == LeadState.ASSIGNED.value)
    )
    named = [
        (client, lead)
        for client, lead in (await tx.session.exec(query)).all()
        if any(len(name) >= _SHORTEST and name in words for name in called(client))
    ]
    for client, lead in named:
        if all(other.id == client.id for other, _ in named if called(other) & called(client)):
            await note_view(tx, await tx.lock_lead(lead.id), sender, how=_HOW)

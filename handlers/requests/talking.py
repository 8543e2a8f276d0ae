"""What a command that went well leaves of the talk: whom it was about, and no open question."""

from crm_store.errors import CrmError
from crm_store.models import Member
from crm_store.store import Transaction
from handlers.finding import look_up
from handlers.requests.asking import move_on
from handlers.requests.naming import note_named_leads
from handlers.requests.whom import note_named
from handlers.router import Instead

_LONGEST_NAME = 64


async def went_well(tx: Transaction, sender: Member, instead: Instead) -> None:
    name = next((instead.slots[slot] for slot in _WHOM if instead.slots.get(slot)), "")
    if instead.is_written:
        # He went on to something else; a question that this very command asked stays.
        await move_on(tx, sender)
        await note_named_leads(tx, sender, instead.words)
    if not 0 < len(name) <= _LONGEST_NAME:
        return
    try:
        found = await look_up(tx, sender, name)
    except CrmError:
        return  # a phone, or a name with more words around it: he is asked whom he means
    await note_named(tx, sender, found.lead.ref)


_WHOM = ("client", "person")
"""What commands call the slot that names a client."""

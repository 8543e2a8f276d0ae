"""Which client is asked about, whatever of his leads: by name, firm, number, phone or mailbox.

As in `handlers/finding.py`, "not found" and "not yours" are one sentence.
"""

from collections.abc import Sequence

from crm_store.errors import NotYours
from crm_store.models import Client, Lead, Member
from crm_store.queries import clients, leads
from crm_store.view import Known, View
from handlers.finding import MOST_CHOICES, QUOTES, REF, Found, WhichOne, told_apart
from handlers.reading import REACHABLE, Reader
from handlers.rights import Scope, scope_of

_LONGEST_IDENTIFIER = 128


async def look_up_client(
    view: View, sender: Member, name: str, reader: Reader
) -> tuple[Client, Scope]:
    """The live client meant, and what the asker sees of him. Raises NotYours and WhichOne.

    `name` may be C12, also the number of somebody who was merged into him, or L7.
    """
    wanted = name.strip(QUOTES)
    scope = await scope_of(view, sender)
    found: dict[int, Found] = {}
    if wanted and not scope.is_empty:
        for lead in await _leads_of(view, scope, wanted, reader):
            client = await view.get(Client, lead.client_id)
            if scope.covers(lead) and client.erased_at is None:
                found.setdefault(client.id, Found(client, lead))
    if not found:
        raise NotYours(wanted)
    if len(found) > 1:
        options = [(one, one.client.ref) for one in found.values()]
        raise WhichOne(wanted, told_apart(options[:MOST_CHOICES]))
    return next(iter(found.values())).client, scope


async def _leads_of(view: View, scope: Scope, wanted: str, reader: Reader) -> Sequence[Lead]:
    """The leads of whoever is meant; those beyond the scope may be among them."""
    known = _identifiers(view, wanted, reader)
    if known:
        return await clients.leads_known_by(view, known)
    reference = REF.fullmatch(wanted)
    if reference is None:
        rows = await leads.named(
            view,
            wanted,
            owners=scope.owners,
            with_won=scope.with_won,
            with_pool=scope.with_pool,
            shared=scope.shared,
        )
        return [lead for _, lead in rows]
    letter, number = reference[1].upper(), int(reference[2])
    if letter == "C":
        return await clients.leads_of_number(view, number)
    lead = await leads.going_on(view, number)
    return [lead] if lead else []


def _identifiers(view: View, wanted: str, reader: Reader) -> Sequence[Known]:
    """What somebody is known by, where the words are nothing but that."""
    if len(wanted) > _LONGEST_IDENTIFIER:
        return ()
    read = reader.read(wanted, view.now).found
    return [
        (REACHABLE[entity.type], str(entity.value))
        for entity in read.entities
        if entity.type in REACHABLE and entity.end - entity.start == len(wanted)
    ]

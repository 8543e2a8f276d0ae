"""Which client this is: found by whatever identifies him, or made new."""

from collections.abc import Mapping, Sequence

from crm_store.models import Client, Identity
from crm_store.store import Transaction
from crm_store.view import Known


async def _first_client(
    tx: Transaction, identifiers: Sequence[Known], taken: Mapping[Known, Sequence[Identity]]
) -> Client | None:
    """The client of the first identifier that is known."""
    for identity in (row for known in identifiers for row in taken.get(known, ())):
        client = await tx.get(Client, identity.client_id)
        if client.erased_at is None:
            return client
    return None


async def find_or_add(
    tx: Transaction, identifiers: Sequence[Known], *, name: str = "", company: str = ""
) -> Client:
    """The client these identifiers belong to, made new where none is known; locked.

    #15: of two events that bring the same identifier at once, one commits; the other fails on
    the unique index, is tried again, and finds him.
    """
    taken = await tx.identities(identifiers)
    client = await _first_client(tx, identifiers, taken)
    if client is None:
        client = await tx.new_client(name=name, company=company)
    else:
        client = await tx.lock(Client, client.id)
        client.name = client.name or name
        client.company = client.company or company
        tx.add(client)
    await _add_free(tx, client, identifiers, taken)
    tx.touched_client = client.id
    return client


async def tie(tx: Transaction, client: Client, identifiers: Sequence[Known]) -> None:
    """Adds the identifiers that nobody has yet; another client's stay with him (#11 merges)."""
    await _add_free(tx, client, identifiers, await tx.identities(identifiers))


async def _add_free(
    tx: Transaction,
    client: Client,
    identifiers: Sequence[Known],
    taken: Mapping[Known, Sequence[Identity]],
) -> None:
    for kind, value in dict.fromkeys(identifiers):
        if (kind, value) not in taken:
            await tx.add_identity(client.id, kind, value)

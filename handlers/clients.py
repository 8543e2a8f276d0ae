"""Which client this is: found by whatever identifies him, or made new."""

from collections.abc import Sequence

from crm_store.models import Client, IdentityKind
from crm_store.store import Transaction

Known = tuple[IdentityKind, str]


async def find_client(tx: Transaction, identifiers: Sequence[Known]) -> Client | None:
    """The client of the first identifier that is known."""
    for kind, value in identifiers:
        identity = await tx.identity(kind, value)
        if identity is not None:
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
    client = await find_client(tx, identifiers)
    if client is None:
        client = await tx.new_client(name=name, company=company)
    else:
        client = await tx.lock(Client, client.id)
        client.name = client.name or name
        client.company = client.company or company
        tx.add(client)
    await tie(tx, client, identifiers)
    tx.touched_client = client.id
    return client


async def tie(tx: Transaction, client: Client, identifiers: Sequence[Known]) -> None:
    """Adds the identifiers that nobody has yet; another client's stay with him (#11 merges)."""
    for kind, value in identifiers:
        if await tx.identity(kind, value) is None:
            await tx.add_identity(client.id, kind, value)

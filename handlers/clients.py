"""Which client this is: known by an id of a platform's or a source's, judged to be one we have, or
made new."""

from collections.abc import Mapping, Sequence

from config.rules import Rules
from crm_store.models import Client, Conversation, Identity, IdentityKind
from crm_store.store import Transaction
from crm_store.view import Known
from handlers import merging, reviewing
from handlers.identifying import SAME_ACCOUNT, catch_up, entry_of, identify, merge_older, same_as
from handlers.records import RawClient

HIS_ALONE = frozenset({IdentityKind.KF, IdentityKind.UNIONID, IdentityKind.FORM})
"""Kinds of which one value is one client's; a phone may be several clients'."""
_NOTHING = RawClient()


async def find_or_add(
    tx: Transaction,
    rules: Rules,
    identifiers: Sequence[Known],
    *,
    name: str = "",
    company: str = "",
    said: RawClient = _NOTHING,
) -> Client:
    """The client these identifiers belong to, or whom `said` describes, made new where nobody fits;
    held. What is added about him from now on is known to have come by this source.

    #15: of two that bring the same client at once, the second waits and finds him; of two with the
    same platform id one commits, and the other fails on the unique index and is tried again.
    """
    entry = entry_of(tx, said, identifiers)
    taken = await tx.identities(identifiers)
    await catch_up(tx, taken)
    client = await _known(tx, identifiers, taken)
    if client is None:
        found = await same_as(tx, entry, rules)
        if found is None:
            client = await tx.new_client(name=name, company=company)
        else:
            client, verdict = found
            await merging.add_alias(tx, client, verdict, name=name, company=company)
    else:
        client.name = client.name or name
        client.company = client.company or company
        tx.add(client)
    number = tx.origin_of(client.id) or client.id
    await _add_missing(tx, client, number, identifiers, taken)
    client = await identify(tx, client, number, entry, rules)
    tx.touched_client = client.id
    return client


async def tie(
    tx: Transaction, rules: Rules, client: Client, identifiers: Sequence[Known]
) -> Client:
    """Notes further identifiers of the client, who is held; the client who he turns out to be."""
    taken = await tx.identities(identifiers)
    await catch_up(tx, taken)
    for (kind, _), rows in taken.items():
        for row in rows if kind in HIS_ALONE else ():
            other = await hold_owner(tx, row)
            if other.id == client.id or other.erased_at is not None:
                continue
            # Whom a person told apart stays apart, whatever the platform says of the two.
            if not await reviewing.are_distinct(tx, client, other):
                client = await merge_older(tx, client, other, SAME_ACCOUNT)
    number = tx.origin_of(client.id) or client.id
    await _add_missing(tx, client, number, identifiers, taken)
    return await identify(tx, client, number, entry_of(tx, _NOTHING, identifiers), rules)


_Taken = Mapping[Known, Sequence[Identity]]


async def _known(tx: Transaction, identifiers: Sequence[Known], taken: _Taken) -> Client | None:
    """By what only one client can have; held."""
    wanted = [known for known in identifiers if known[0] in HIS_ALONE]
    for identity in (row for known in wanted for row in taken.get(known, ())):
        client = await hold_owner(tx, identity)
        if client.erased_at is None:
            tx.came_by(client.id, identity.origin_id)
            return client
    return None


async def hold_owner(tx: Transaction, row: Identity | Conversation) -> Client:
    """Whose the row is, held; the row as it is then. Who held him before may have merged him, or
    parted him from another."""
    while True:
        client = await tx.lock_client(row.client_id)
        await tx.read_again(row)
        if client.id == row.client_id:
            return client


async def _add_missing(
    tx: Transaction,
    client: Client,
    number: int,
    identifiers: Sequence[Known],
    taken: _Taken,
) -> None:
    """Each identifier once a number: what an alias brought stays with him when he parts."""
    for kind, value in dict.fromkeys(identifiers):
        rows = taken.get((kind, value), ())
        is_there = any(
            row.client_id == client.id and (row.origin_id or client.id) == number for row in rows
        )
        if not is_there and not (rows and kind in HIS_ALONE):
            await tx.add_identity(client.id, kind, value)

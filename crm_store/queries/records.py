"""Questions about the records that clients are compared with, for going through all of them."""

from collections.abc import AsyncIterator, Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import func
from sqlalchemy import select as columns
from sqlmodel import col, select

from crm_store.identity.record import Record
from crm_store.identity.veil import read
from crm_store.models import Client, Identity, IdentityKind
from crm_store.models.client_record import client_records
from crm_store.store import Store
from crm_store.view import View

_PAGE = 2_000


@dataclass(frozen=True, slots=True)
class Kept:
    number: int
    client_id: int
    """Whose number it is by now."""
    record: Record
    """Veiled."""


async def count(view: View) -> int:
    query = columns(func.count()).select_from(client_records)
    return int((await view.session.execute(query)).scalar_one())


async def all_kept(store: Store) -> AsyncIterator[list[Kept]]:
    """Every record, oldest number first, in pages: nobody who writes waits for it."""
    table, after = client_records.c, 0
    while True:
        query = columns(table.id, table.client_id, table.clear, table.veiled)
        async with store.view() as view:
            rows = (
                await view.session.execute(
                    query.where(table.id > after).order_by(table.id).limit(_PAGE)
                )
            ).all()
        if not rows:
            return
        after = rows[-1].id
        yield [Kept(row.id, row.client_id, read(row.clear, row.veiled)) for row in rows]


async def without(view: View, *, after: int, limit: int) -> list[int]:
    """Numbers beyond `after` of which the index has no record, and of which something is known."""
    known = select(col(Identity.id)).where(
        func.coalesce(col(Identity.origin_id), col(Identity.client_id)) == col(Client.id)
    )
    query = (
        columns(col(Client.id))
        .outerjoin(client_records, client_records.c.id == col(Client.id))
        .where(
            client_records.c.id.is_(None),
            col(Client.erased_at).is_(None),
            col(Client.id) > after,
            known.exists() | (col(Client.company) != ""),
        )
    )
    rows = await view.session.execute(query.order_by(col(Client.id)).limit(limit))
    return list(rows.scalars())


async def lacking(view: View, numbers: Collection[int]) -> list[int]:
    """Those of which the index has no record."""
    if not numbers:
        return []
    query = columns(client_records.c.id).where(client_records.c.id.in_(numbers))
    return sorted(set(numbers).difference((await view.session.execute(query)).scalars()))


async def lacking_with(
    view: View, kinds: Collection[IdentityKind], lookups: Collection[str]
) -> list[int]:
    """Numbers by which such an identifier came, and of which the index has no record."""
    number = func.coalesce(col(Identity.origin_id), col(Identity.client_id))
    query = (
        columns(number)
        .distinct()
        .outerjoin(client_records, client_records.c.id == number)
        .where(
            col(Identity.kind).in_(kinds),
            col(Identity.lookup).in_(lookups),
            client_records.c.id.is_(None),
        )
    )
    return sorted((await view.session.execute(query)).scalars())


async def identities_by(view: View, number: int, client_id: int) -> Iterable[Identity]:
    """The identifiers that came by this number, which is the client's by now."""
    query = select(Identity).where(
        Identity.client_id == client_id,
        func.coalesce(col(Identity.origin_id), col(Identity.client_id)) == number,
    )
    return (await view.session.exec(query.order_by(col(Identity.id)))).all()

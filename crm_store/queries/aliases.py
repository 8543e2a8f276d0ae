"""Questions about a client's numbers: his own, and those that were merged into him."""

from collections.abc import Sequence

from sqlalchemy import bindparam
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from crm_store.models import Client
from crm_store.view import View


async def numbers_of(session: AsyncSession | AsyncConnection, client_id: int) -> list[int]:
    """The number itself, and all that were merged into it, at whatever remove; ascending."""
    rows = await session.execute(_BELOW, {"client_id": client_id})
    return sorted(rows.scalars())


async def live(view: View, client_id: int) -> Client:
    """Who the number stands for now: the client it was merged into at last, or its own.
    LookupError where there is no such number."""
    client = await view.get(Client, client_id)
    while client.merged_into_id is not None:
        client = await view.get(Client, client.merged_into_id)
    return client


async def live_id(view: View, number: int) -> int:
    """The same for a number that somebody wrote, which may be nobody's."""
    client = await view.find(Client, number)
    return number if client is None else (await live(view, number)).id


async def of_client(view: View, client_id: int) -> Sequence[Client]:
    """The aliases themselves, the oldest first."""
    numbers = await numbers_of(view.session, client_id)
    query = select(Client).where(col(Client.id).in_(numbers), Client.id != client_id)
    return (await view.session.exec(query.order_by(col(Client.id)))).all()


_START = select(col(Client.id)).where(Client.id == bindparam("client_id")).cte(recursive=True)
_BELOW = select(
    _START.union(select(col(Client.id)).where(col(Client.merged_into_id) == _START.c.id)).c.id
)

"""熔断: an app whose settings are wrong, or that lacks the right to one API. What needs it waits,
one order goes out a minute to see, the admin is told once."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Column, String, Table, Text, delete, select, update
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from crm_store.types import Moment
from crm_store.upsert import changed_rows, insert_into

PROBE_EVERY = timedelta(minutes=1)
WHOLE_APP = ""

breakers = Table(
    "breakers",
    SQLModel.metadata,
    Column("app", String(40), primary_key=True),
    Column("api", String(60), primary_key=True),
    Column("opened_at", Moment, nullable=False),
    Column("probe_at", Moment, nullable=False),
    Column("reason", Text, nullable=False),
    Column("advice", Text, nullable=False),
)


@dataclass(frozen=True)
class Breaker:
    """`api` is what the app may not do (`Order.api`); WHOLE_APP where it can do nothing."""

    app: str
    api: str
    opened_at: datetime
    probe_at: datetime
    reason: str
    advice: str

    @property
    def name(self) -> str:
        return named(self.app, self.api)

    def holds(self, app: str, api: str) -> bool:
        """Whether an order of this app that needs this API waits for it."""
        return self.app == app and self.api in (WHOLE_APP, api)

    def may_be_probed(self, now: datetime) -> bool:
        """A probe further off than one can be waits for a clock that was set back."""
        return not now < self.probe_at <= now + PROBE_EVERY


def named(app: str, api: str) -> str:
    """As the admin reads it: "wecom.kf", "wecom.kf kf/send_msg"."""
    return f"{app} {api}".rstrip()


async def opened(session: AsyncSession) -> list[Breaker]:
    return [Breaker(**row) for row in (await session.execute(_OPENED)).mappings()]


_OPENED = select(breakers).order_by(breakers.c.app, breakers.c.api)


async def trip(
    session: AsyncSession, app: str, api: str, *, reason: str, advice: str, now: datetime
) -> bool:
    """Opens the breaker, or sets its next probe; True where it was closed before."""
    insert = insert_into(breakers, session.get_bind().dialect.name)
    statement = insert.values(
        app=app, api=api, opened_at=now, probe_at=now + PROBE_EVERY, reason=reason, advice=advice
    ).on_conflict_do_nothing()
    if changed_rows(await session.execute(statement)):
        return True
    await session.execute(
        update(breakers)
        .where(breakers.c.app == app, breakers.c.api == api)
        .values(probe_at=now + PROBE_EVERY, reason=reason, advice=advice)
    )
    return False


async def probing(session: AsyncSession, app: str, api: str, *, now: datetime) -> None:
    """A probe is under way; the next one a minute later."""
    await session.execute(
        update(breakers)
        .where(breakers.c.app == app, breakers.c.api.in_((WHOLE_APP, api)))
        .values(probe_at=now + PROBE_EVERY)
    )


async def close(session: AsyncSession, app: str, api: str) -> list[str]:
    """This API was allowed, and so the app is in order: the names of those that were open."""
    closed = await session.execute(
        delete(breakers)
        .where(breakers.c.app == app, breakers.c.api.in_((WHOLE_APP, api)))
        .returning(breakers.c.api)
    )
    return [named(app, each) for each in sorted(closed.scalars())]

"""Promises in a test: made, read back, and what of them is on somebody's screen."""

from datetime import timedelta

from sqlmodel import col, select

from crm_store.models import Promise, TimelineEntry
from tests.world import Shown, World, in_plain

A_MOMENT = timedelta(minutes=4)
A_DAY = timedelta(days=1)


async def a_client(office: World, ref: str = "wmZhao", name: str = "赵主任") -> None:
    await office.client_writes(ref, "想要CT设备", nickname=name)
    await office.passes(timedelta(minutes=1))


async def rows(office: World) -> list[Promise]:
    async with office.store.view() as view:
        return list((await view.session.exec(select(Promise).order_by(col(Promise.id)))).all())


async def states(office: World) -> list[tuple[str, str]]:
    return [(one.action, one.state) for one in await rows(office)]


async def facts(office: World, kind: str) -> list[TimelineEntry]:
    async with office.store.view() as view:
        query = select(TimelineEntry).where(TimelineEntry.kind == kind)
        return list((await view.session.exec(query)).all())


_TITLES = ("记下您", "答应客户", "刚才办好")


def about_promises(shown: list[Shown]) -> list[str]:
    """The cards and texts that speak of promises, in words."""
    words = [in_plain(one.now) for one in shown]
    return [text for text in words if any(sign in text.splitlines()[0] for sign in _TITLES)]

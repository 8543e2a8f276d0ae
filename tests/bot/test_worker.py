"""The loop that handles events: whoever dies leaves the event as it was, and nothing is logged
that somebody said."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
import structlog
from sqlalchemy import text
from sqlmodel import SQLModel, select

from bot.worker import Puller
from crm_store import inbox
from crm_store.arrival import Arrival, Route
from crm_store.facts import Muted
from crm_store.inbox import Waiting
from crm_store.models import Client, TimelineEntry
from crm_store.store import Transaction
from crm_store.wakeup import LocalWakeup
from handlers.events import DirectoryChange, MemberMessage, Platform
from handlers.router import Reply, Router
from tests.databases import sqlite_only
from tests.eventually import eventually
from tests.world import STORY, World

pytestmark = pytest.mark.both

SECOND = timedelta(seconds=1)


class Killed(BaseException):
    """As a process ends that is killed: no handler of errors sees it."""


async def count(office: World, table: str) -> int:
    async with office.store.view() as view:
        found = await view.session.execute(text(f"SELECT count(*) FROM {table}"))
        return int(found.scalar_one())


async def arrive(office: World, *arrivals: Arrival) -> None:
    async with office.store.transaction() as tx:
        await tx.arrive(arrivals)


def something(office: World, key: str, *, lane: str = "x") -> Arrival:
    event = DirectoryChange(
        platform=Platform.DINGTALK, change="user_add_org", happened_at=office.clock.now()
    )
    payload = event.model_dump(mode="json")
    return Arrival(kind=event.kind, key=key, lane=lane, payload=payload)


async def test_a_crash_in_a_handler_leaves_nothing_behind(
    office: World, runs: Callable[..., None]
) -> None:
    router, is_killed = Router("test"), True

    @router.on(DirectoryChange)
    async def act(event: DirectoryChange, tx: Transaction) -> None:
        await tx.new_client(name="张总")
        await tx.record(Muted(at=tx.now, member_id="lina"))
        await tx.set_timer("quiet", "L1", tx.now)
        await tx.arrive([something(office, "another")])
        if is_killed:
            raise Killed

    runs(router)
    await arrive(office, something(office, "m1"))
    with pytest.raises(Killed):
        await office.worker.handle_one()

    for table in ("clients", "timeline", "timers"):
        assert await count(office, table) == 0
    assert await count(office, "inbox") == 1
    is_killed = False
    assert await office.worker.handle_one()
    assert await count(office, "clients") == 1
    assert await count(office, "inbox") == 2


@sqlite_only
async def test_a_full_disk_costs_no_event(office: World, runs: Callable[..., None]) -> None:
    router = Router("test")

    @router.on(DirectoryChange)
    async def act(event: DirectoryChange, tx: Transaction) -> None:
        await tx.record(Muted(at=tx.now, member_id="lina" * 5_000))

    runs(router)
    await arrive(office, something(office, "m1"))
    await limit_pages(office, 1)
    for _ in range(40):
        await office.worker.handle_one()
        office.clock.forward(10 * SECOND)
    assert office.worker.failed > 5
    assert await count(office, "timeline") == 0

    await limit_pages(office, 1_000_000)
    office.clock.forward(timedelta(minutes=1))
    assert await office.worker.handle_one()
    assert await count(office, "timeline") == 1


async def limit_pages(office: World, most: int) -> None:
    """A disk with so much room and no more (SQLite never goes below what it has)."""
    async with office.store.database.writing() as session:
        await session.execute(text(f"PRAGMA max_page_count={most}"))


@asynccontextmanager
async def running(office: World) -> AsyncIterator[None]:
    stopping = asyncio.Event()
    task = asyncio.create_task(office.worker.run(stopping))
    try:
        yield
    finally:
        stopping.set()
        office.worker.wakeup.everything()
        await task


async def test_the_loop_goes_on_past_events_that_fail(
    office: World, runs: Callable[..., None]
) -> None:
    router = Router("test")

    @router.on(DirectoryChange)
    async def act(event: DirectoryChange, tx: Transaction) -> None:
        if not await count(office, "inbox") % 2:
            raise ValueError
        await tx.record(Muted(at=tx.now, member_id="lina"))

    runs(router)
    async with running(office):
        await arrive(office, something(office, "m1"), something(office, "m2", lane="y"))
        await eventually(lambda: office.worker.failed == 2)
        await arrive(office, something(office, "m3", lane="z"))
        await eventually(lambda: office.worker.handled == 1)


async def test_the_loop_outlives_a_database_without_tables(
    office: World, runs: Callable[..., None]
) -> None:
    router = Router("test")

    @router.on(DirectoryChange)
    async def act(event: DirectoryChange) -> None: ...

    runs(router)
    with structlog.testing.capture_logs() as logs:
        async with office.store.database.writing() as session:
            await session.execute(text("ALTER TABLE inbox RENAME TO gone"))
        async with running(office):
            await eventually(lambda: "worker_without_database" in [e["event"] for e in logs])
            async with office.store.database.writing() as session:
                await session.execute(text("ALTER TABLE gone RENAME TO inbox"))
            await arrive(office, something(office, "m1"))
            await eventually(lambda: office.worker.handled == 1)


async def test_stopping_finishes_the_event_in_hand(
    office: World, runs: Callable[..., None]
) -> None:
    router, began, gate = Router("test"), asyncio.Event(), asyncio.Event()

    @router.on(DirectoryChange)
    async def act(event: DirectoryChange, tx: Transaction) -> None:
        began.set()
        await gate.wait()
        await tx.record(Muted(at=tx.now, member_id="lina"))

    runs(router)
    stopping = asyncio.Event()
    await arrive(office, something(office, "m1"), something(office, "m2"))
    task = asyncio.create_task(office.worker.run(stopping))
    await began.wait()
    stopping.set()
    gate.set()
    await task

    assert await count(office, "timeline") == 1


async def test_nothing_that_was_said_is_in_the_log(
    office: World, runs: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither where everything works nor where a handler, a reaction or the database fails."""
    said = "我是王小明，电话13800001234，邮箱wang@example.com"
    with structlog.testing.capture_logs() as logs:
        await office.client_writes("wmZhao", f"{STORY}，{said}", nickname="赵主任")
        await office.hears("lina", f"跟进 赵主任 {said}")
        await office.hears("lina", said)

        router = Router("test")

        @router.otherwise()
        async def quotes(message: MemberMessage, tx: Transaction) -> Reply:
            if "库" in message.text:
                await tx.session.execute(text(f"SELECT '{message.text}' FROM nowhere"))
            await tx.record(Muted(at=tx.now, member_id=message.text))
            if "反" not in message.text:
                raise ValueError(message.text)
            return None

        @router.on(Muted)
        async def fails(fact: Muted) -> None:
            raise KeyError(fact.member_id)

        runs(router)
        for words in (said, f"库{said}", f"反{said}"):
            await office.hears("lina", words)
            for _ in range(65):
                office.clock.forward(SECOND)
                await office.worker.handle_one()

    events = {entry["event"] for entry in logs}
    assert {"event_failed", "reaction_failed"} <= events
    everything = repr(logs) + "".join(capsys.readouterr())
    for secret in ("13800001234", "王小明", "wang@example.com", "招标", "赵主任"):
        assert secret not in everything
    async with office.store.view() as view:
        letters = repr(await inbox.dead_letters(view.session))
    assert "13800001234" not in letters


async def test_personal_data_is_in_no_table_in_clear(office: World) -> None:
    await office.client_writes("wmZhao", f"{STORY}，邮箱wang@example.com", nickname="赵主任")
    await office.hears("lina", "跟进 赵主任 打了13800001234没人接")
    await office.hears("lina", "李总 13911112222 想看CT")

    raw = await _all_that_is_stored(office)
    for secret in ("13800001234", "wang@example.com", "招标文件", "没人接", "13911112222"):
        assert secret.encode() not in raw
    async with office.store.view() as view:
        assert (await view.session.exec(select(Client))).first() is not None
        assert (await view.session.exec(select(TimelineEntry))).first() is not None


async def _all_that_is_stored(office: World) -> bytes:
    """SQLite's file; every value of every table of PostgreSQL."""
    if office.store.database.is_sqlite:
        file = office.settings.database_url.removeprefix("sqlite+aiosqlite:///")
        return await asyncio.to_thread(_read, file)
    values: list[bytes] = []
    async with office.store.view() as view:
        for table in SQLModel.metadata.sorted_tables:
            for row in await view.session.execute(text(f'SELECT * FROM "{table.name}"')):
                values += [v if isinstance(v, bytes) else str(v).encode() for v in row]
    return b"\n".join(values)


def _read(file: str) -> bytes:
    with open(file, "rb") as database:  # noqa: PTH123 (a name from an address)
        return database.read()


# -- pointers -----------------------------------------------------------------------------------


def pointer(key: str, account: str = "wk1") -> Arrival:
    return Arrival("kf_pointer", key, f"kf-pull:{account}", {"open_kfid": account}, Route.PULL)


async def finish(office: World, row: Waiting) -> None:
    async with office.store.transaction() as tx:
        await inbox.done_up_to(tx.session, row.lane, row.id, now=tx.now)


async def test_a_slow_pull_holds_up_no_event_and_a_failed_one_is_tried_again(
    office: World,
) -> None:
    tries: list[str] = []

    async def pull(row: Waiting) -> None:
        tries.append(row.key)
        if len(tries) < 3:
            raise TimeoutError
        await finish(office, row)

    puller = Puller(office.store, LocalWakeup(), {"kf_pointer": pull})
    await arrive(office, pointer("p1"))
    assert await puller.pull_one()
    assert not await puller.pull_one()
    for _ in range(10):
        office.clock.forward(SECOND)
        await puller.pull_one()

    assert tries == ["p1", "p1", "p1"]
    assert not await puller.pull_one()


async def test_a_pull_that_fails_for_hours_is_not_given_up(office: World) -> None:
    async def pull(row: Waiting) -> None:
        raise TimeoutError

    puller = Puller(office.store, LocalWakeup(), {"kf_pointer": pull})
    await arrive(office, pointer("p1"))
    for _ in range(48):
        await puller.pull_one()
        office.clock.forward(timedelta(hours=1))

    async with office.store.view() as view:
        assert await inbox.dead_letters(view.session) == []


async def test_the_pull_of_a_process_that_died_is_taken_over(office: World) -> None:
    done: list[str] = []

    async def dies(row: Waiting) -> None:
        raise Killed

    async def pull(row: Waiting) -> None:
        done.append(row.key)
        await finish(office, row)

    await arrive(office, pointer("p1"))
    with pytest.raises(Killed):
        await Puller(office.store, LocalWakeup(), {"kf_pointer": dies}).pull_one()

    other = Puller(office.store, LocalWakeup(), {"kf_pointer": pull})
    assert not await other.pull_one()
    office.clock.forward(timedelta(minutes=2))
    assert await other.pull_one()
    assert done == ["p1"]

"""Events that share a commit, and loops side by side: one that fails costs the others nothing."""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlmodel import col, select

from bot.worker import Worker, note_failure
from crm_store import inbox
from crm_store.arrival import Arrival
from crm_store.facts import Muted
from crm_store.models import ChatMessage, IdentityKind
from crm_store.queries import operations
from crm_store.store import Transaction
from handlers.events import ClientMessage, DirectoryChange, MemberMessage, Platform, Speaker
from handlers.router import Router
from tests.bot.test_worker import arrive, count, something
from tests.databases import postgresql_only, sqlite_only
from tests.eventually import eventually
from tests.world import World

pytestmark = pytest.mark.both


async def handled_in(office: World) -> list[int]:
    """How many events each commit handled, until nothing is due."""
    sizes: list[int] = []
    while True:
        before = office.worker.handled
        if not await office.worker.handle_some():
            return sizes
        sizes.append(office.worker.handled - before)


async def test_what_fails_is_set_aside_alone(office: World, runs: Callable[..., None]) -> None:
    router, seen = Router("test"), Counter[str]()

    @router.on(DirectoryChange)
    async def act(event: DirectoryChange, tx: Transaction) -> None:
        seen[event.change] += 1
        await tx.record(Muted(at=tx.now, member_id=event.change))
        if event.change == "bad":
            raise ValueError

    runs(router)
    await arrive(office, *(change(office, name) for name in ("one", "bad", "two", "three")))
    sizes = await handled_in(office)

    assert (sum(sizes), office.worker.failed) == (3, 1)
    assert await count(office, "timeline") == 3
    assert seen["bad"] == 2


async def test_a_reaction_that_fails_still_lets_its_fact_stand(
    office: World, runs: Callable[..., None]
) -> None:
    router = Router("test")

    @router.on(DirectoryChange)
    async def act(event: DirectoryChange, tx: Transaction) -> None:
        await tx.record(Muted(at=tx.now, member_id=event.change))

    @router.on(Muted)
    async def react(fact: Muted, tx: Transaction) -> None:
        await tx.set_timer("quiet", fact.member_id, tx.now)
        if fact.member_id == "bad":
            raise ValueError

    runs(router)
    await arrive(office, *(change(office, name) for name in ("one", "bad", "two")))
    for _ in range(6):
        await office.worker.handle_some()

    assert await count(office, "timeline") == 3
    assert await count(office, "timers") == 2


@sqlite_only
async def test_lanes_share_a_commit_and_a_lane_keeps_its_order(
    office: World, runs: Callable[..., None]
) -> None:
    router, order = Router("test"), list[str]()

    @router.on(DirectoryChange)
    async def act(event: DirectoryChange, tx: Transaction) -> None:
        order.append(event.change)

    runs(router)
    office.worker.together_for = 60.0
    first = [change(office, f"{lane}1", lane=lane) for lane in "abc"]
    second = [change(office, f"{lane}2", lane=lane) for lane in "abc"]
    await arrive(office, *first, *second)

    # The second of a lane is nobody's head before the first is done.
    assert await handled_in(office) == [3, 3]
    assert order == ["a1", "b1", "c1", "a2", "b2", "c2"]


async def test_a_failure_that_another_loop_has_noted_is_noted_once(
    office: World, runs: Callable[..., None]
) -> None:
    runs(Router("test"))
    await arrive(office, change(office, "bad"))
    async with office.store.transaction() as tx:
        row = await inbox.claim(tx.session, now=tx.now, vault=tx.vault)
    assert row is not None

    long_ago = replace(row, first_failed_at=office.clock.now() - inbox.HOLDS_LANE)
    for _ in range(2):
        await note_failure(office.store, long_ago, ValueError())

    async with office.store.view() as view:
        assert len(await inbox.dead_letters(view.session)) == 1
    # One letter to the admins: they hear of it once.
    assert await count(office, "inbox") == 2


@sqlite_only
async def test_a_long_commit_lets_the_callbacks_in(
    office: World, runs: Callable[..., None]
) -> None:
    router = Router("test")

    @router.on(DirectoryChange)
    async def act(event: DirectoryChange, tx: Transaction) -> None: ...

    runs(router)
    office.worker.together_for = 0.0
    await arrive(office, *(change(office, name) for name in "abc"))

    assert await handled_in(office) == [1, 1, 1]


def change(office: World, name: str, *, lane: str | None = None) -> Arrival:
    arrival = something(office, f"key {name}", lane=lane or name)
    return Arrival(
        kind=arrival.kind,
        key=arrival.key,
        lane=arrival.lane,
        payload={**arrival.payload, "change": name},
    )


_OTHER = {"lina": "wanglei", "wanglei": "lina"}
_NAMES = {"lina": "李娜", "wanglei": "王磊"}


@postgresql_only
async def test_many_at_once_about_the_same_clients_come_to_the_same_end(office: World) -> None:
    """Two processes of four loops each; clients, owner and manager all speak of the same three
    clients at the same time."""
    clients = [f"wm{number}" for number in range(3)]
    for number, ref in enumerate(clients):
        await office.client_writes(
            ref, f"想了解CT设备，电话1390000000{number}", nickname=f"赵{ref}"
        )
    leads = [await office.lead(number) for number in (1, 2, 3)]
    owner = leads[0].owner_id or ""

    said: list[Arrival] = []
    for round_ in range(8):
        said += [_client_says(office, ref, round_) for ref in clients]
        said += [
            _member_says(office, "LiNa", f"跟进 L{n} 第{round_}次", round_ * 10 + n) for n in (1, 2)
        ]
        said += [_member_says(office, "WangLei", f"为什么 L{n}", round_ * 10 + n) for n in (2, 3)]
    said.append(
        _member_says(office, "chenjl01", f"转派 L1 给 {_NAMES[_OTHER[owner]]}", 99, "dingtalk")
    )
    await arrive(office, *said)

    stopping = asyncio.Event()
    workers = [
        Worker(office.store, office.dispatcher, office.worker.wakeup, together=1, at_once=4)
        for _ in "12"
    ]
    running = [asyncio.create_task(worker.run(stopping)) for worker in workers]
    await eventually(lambda: sum(worker.handled for worker in workers) >= len(said), within=60)
    stopping.set()
    await asyncio.gather(*running)
    await office.settle()

    assert await _dead(office) == 0
    assert (await office.lead(1)).owner_id == _OTHER[owner]
    for ref in clients:
        assert await _words_of(office, ref) == [f"又想到一件事 {n}" for n in range(8)]


def _client_says(office: World, ref: str, round_: int) -> Arrival:
    message = ClientMessage(
        account="wkShop",
        client_ref=ref,
        message_id=f"{ref}-{round_}",
        sent_at=office.clock.now(),
        speaker=Speaker.CLIENT,
        text=f"又想到一件事 {round_}",
    )
    return Arrival(
        kind=message.kind,
        key=f"again:{ref}:{round_}",
        lane=f"kf:wkShop:{ref}",
        payload=message.model_dump(mode="json"),
    )


def _member_says(
    office: World, account: str, text: str, number: int, platform: str = "wecom"
) -> Arrival:
    message = MemberMessage(
        platform=Platform(platform),
        account=account,
        message_id=f"{account}-{number}-{text}",
        sent_at=office.clock.now(),
        text=text,
    )
    return Arrival(
        kind=message.kind,
        key=f"member:{account}:{number}:{text}",
        lane=f"member:{platform}:{account}",
        payload=message.model_dump(mode="json"),
    )


async def _dead(office: World) -> int:
    async with office.store.view() as view:
        return await operations.dead_letters(view)


async def _words_of(office: World, ref: str) -> list[str]:
    """What the client said after his first words, in the order it was filed."""
    async with office.store.view() as view:
        identity = await view.identity(IdentityKind.KF, ref)
        assert identity is not None
        query = (
            select(ChatMessage)
            .where(ChatMessage.client_id == identity.client_id, ChatMessage.direction == "in")
            .order_by(col(ChatMessage.id))
        )
        rows = (await view.session.exec(query)).all()
        return [await view.open(row.client_id, row.body, purpose="message") for row in rows][1:]

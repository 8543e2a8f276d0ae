from datetime import timedelta

from bot.scheduler import Scheduler
from crm_store import inbox
from crm_store.arrival import Arrival, Route
from crm_store.wakeup import LocalWakeup
from handlers.events import DeadLetter, SlotDue
from notifiers.card import Text
from tests.world import World

MINUTE = timedelta(minutes=1)


async def _a_pointer_waits(office: World) -> None:
    async with office.store.transaction() as tx:
        payload = {"open_kfid": "wkShop"}
        pointer = Arrival(kind="kf_pointer", key="p1", lane="kf", payload=payload, route=Route.PULL)
        await tx.arrive([pointer])
    await _somebody_fetches_in_vain(office)


async def _somebody_fetches_in_vain(office: World) -> None:
    async with office.store.transaction() as tx:
        pointer = await inbox.newest_waiting(tx.session, "kf")
        if pointer is not None:
            until = tx.now + 3 * MINUTE
            await inbox.lease(tx.session, pointer, until=until, attempts=1)


async def _the_pointer_is_done(office: World) -> None:
    async with office.store.transaction() as tx:
        newest = await inbox.newest_waiting(tx.session, "kf")
        assert newest is not None
        await inbox.done(tx.session, newest, now=tx.now)


async def _an_event_dies(office: World, key: str) -> int:
    async with office.store.transaction() as tx:
        await tx.arrive(
            [Arrival(kind="client_message", key=key, lane=key, payload={}, route=Route.DEAD)]
        )
        return max(int(letter["id"]) for letter in await inbox.dead_letters(tx.session))


async def _look_after(office: World, *spans: timedelta) -> None:
    """Time goes on by each span; then comes the look of the minute."""
    for span in spans:
        office.clock.forward(span)
        await _somebody_fetches_in_vain(office)
        look = SlotDue(job="watching.look_at_backlog", slot=office.clock.now())
        await office.happens(look, lane="cron:watching")


async def test_events_that_wait_are_told_once_and_their_end_once(office: World) -> None:
    await _look_after(office, MINUTE)
    await _a_pointer_waits(office)
    await _look_after(office, MINUTE)
    (told,) = office.texts("root")
    assert told.startswith("⚠ 有事件等了 60 秒还没有处理")
    await _look_after(office, MINUTE, MINUTE, MINUTE, MINUTE, MINUTE)
    assert len(office.texts("root")) == 1

    await _the_pointer_is_done(office)
    await _look_after(office, MINUTE, MINUTE, MINUTE)

    assert office.texts("root")[1:] == ["⚠ 积压的事件处理完了"]


async def test_what_stays_late_is_told_again_after_a_while(office: World) -> None:
    await _look_after(office, MINUTE)
    await _a_pointer_waits(office)
    await _look_after(office, *[MINUTE] * 62)

    first, second = office.texts("root")
    assert "60 秒" in first
    assert "6" in second
    assert "分钟" in second


async def test_messages_that_wait_are_told_and_their_end(office: World) -> None:
    await _look_after(office, MINUTE)
    async with office.store.transaction() as tx:
        await tx.say("wecom", "LiNa", Text(text="早"), due_at=tx.now - 5 * MINUTE)
        await tx.say("wecom", "LiNa", Text(text="晚上再说"), due_at=tx.now + timedelta(hours=9))

    await _look_after(office, MINUTE, MINUTE, MINUTE)

    first, second = office.texts("root")
    assert first.startswith("⚠ 有消息等了 6 分钟还没有发出")
    assert second == "⚠ 积压的消息都发出了"


async def test_a_clock_that_jumped_makes_nothing_late(office: World) -> None:
    await _look_after(office, MINUTE)
    await _a_pointer_waits(office)

    await _look_after(office, timedelta(days=1))
    await _the_pointer_is_done(office)
    await _look_after(office, MINUTE)

    assert office.texts("root") == []


async def test_what_is_late_when_the_looks_begin_again_is_told_a_minute_later(
    office: World,
) -> None:
    await _look_after(office, MINUTE)
    await _a_pointer_waits(office)

    await _look_after(office, timedelta(days=1), MINUTE)

    (told,) = office.texts("root")
    assert told.startswith("⚠ 有事件等了 1441 分钟还没有处理")


async def test_what_nobody_could_read_is_told_within_the_minute(office: World) -> None:
    number = await _an_event_dies(office, "broken")

    await _look_after(office, MINUTE, MINUTE, MINUTE)

    (told,) = office.texts("root")
    assert f"#{number}" in told
    assert "genjin dead list" in told


async def test_a_dead_letter_is_told_once_and_a_new_one_again(office: World) -> None:
    number = await _an_event_dies(office, "first")
    letter = DeadLetter(inbox_id=number, event="client_message", happened_at=office.clock.now())
    await office.happens(letter, lane="alarms")
    await _look_after(office, MINUTE, 61 * MINUTE)
    assert len(office.texts("root")) == 1

    await _an_event_dies(office, "second")
    await _look_after(office, MINUTE, MINUTE)

    assert len(office.texts("root")) == 2
    assert office.texts("root")[1].startswith("⚠ 有 2 个事件处理不了")


async def test_what_dies_after_the_clock_was_put_back_is_told(office: World) -> None:
    await _an_event_dies(office, "before")
    await _look_after(office, MINUTE)
    assert len(office.texts("root")) == 1

    office.clock.forward(timedelta(hours=-9))
    await _look_after(office, MINUTE)
    assert len(office.texts("root")) == 1
    number = await _an_event_dies(office, "after")
    await _look_after(office, MINUTE, MINUTE, MINUTE)

    assert len(office.texts("root")) == 2
    assert f"#{number}" in office.texts("root")[1]


async def test_a_look_stops_no_clock(office: World) -> None:
    schedules = office.dispatcher.schedules
    scheduler = Scheduler(office.store, LocalWakeup(), schedules, office.settings.zone)

    ahead = await scheduler.next_due(after=office.clock.now() + timedelta(seconds=1))

    assert ahead is not None
    assert ahead > office.clock.now() + MINUTE

"""DingTalk's monthly quotas: counted over restarts and processes, told at 80 % and 100 %, once."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from config.schemas.alarms import Alarms
from config.schemas.staff import Role
from notifiers.quotas import CALLS, PUSHES, Usage, UsageWatch
from tests.world import World, company

ALARMS = Alarms(
    roles=(Role.ADMIN,),
    inbox_wait_seconds=60,
    outbox_wait_seconds=300,
    dead_letters=1,
    repeat_minutes=60,
    dingtalk_calls_a_month=100,
    dingtalk_pushes_a_month=50,
)

NOTHING_ALLOWED = ALARMS.model_copy(update={"dingtalk_calls_a_month": 0})


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[World]:
    async with company(tmp_path) as world:
        yield world


async def uses(office: World, quota: str, times: int, *, alarms: Alarms = ALARMS) -> None:
    """By a process that has just started."""
    usage = Usage()
    usage.note(quota, times)
    await UsageWatch(office.store, usage, lambda: alarms).write_down()
    await office.settle()


def told(office: World) -> list[str]:
    return [words for words in office.texts("root") if "额度" in words]


async def test_the_admins_hear_once_at_eighty_per_cent_and_once_at_a_hundred(
    office: World,
) -> None:
    for _ in range(15):
        await uses(office, CALLS, 5)
    assert told(office) == []

    await uses(office, CALLS, 5)
    assert "接口调用额度已用到 80%（仅本助手就用了 80 次" in told(office)[0]
    office.clock.forward(timedelta(hours=2))
    for _ in range(10):
        await uses(office, CALLS, 5)

    assert len(told(office)) == 2
    assert "已用到 100%" in told(office)[1]


async def test_the_admins_hear_again_when_a_raised_limit_is_reached_as_well(office: World) -> None:
    await uses(office, CALLS, 100)
    assert len(told(office)) == 1

    raised = ALARMS.model_copy(update={"dingtalk_calls_a_month": 200})
    office.clock.forward(timedelta(hours=2))
    await uses(office, CALLS, 59, alarms=raised)
    assert len(told(office)) == 1
    await uses(office, CALLS, 1, alarms=raised)
    office.clock.forward(timedelta(hours=2))
    await uses(office, CALLS, 40, alarms=raised)

    assert "已用到 80%（仅本助手就用了 160 次" in told(office)[1]
    assert "已用到 100%（仅本助手就用了 200 次" in told(office)[2]


async def test_calls_and_callbacks_are_counted_apart(office: World) -> None:
    await uses(office, CALLS, 79)
    await uses(office, PUSHES, 50)

    (words,) = told(office)
    assert "回调额度已用到 100%" in words


async def test_a_new_month_begins_at_nought_in_china(office: World) -> None:
    await uses(office, CALLS, 80)
    # 16:00 UTC on the 31st is midnight in Shanghai.
    office.clock.turn_to(office.clock.now().replace(day=31, hour=15, minute=59))
    await uses(office, CALLS, 10)
    office.clock.forward(timedelta(minutes=1))
    await uses(office, CALLS, 79)
    assert len(told(office)) == 1

    await uses(office, CALLS, 1)
    assert len(told(office)) == 2


async def test_what_was_used_last_is_counted_at_the_end(office: World) -> None:
    usage = Usage()
    task = asyncio.create_task(UsageWatch(office.store, usage, lambda: ALARMS).run())
    await asyncio.sleep(0)
    usage.note(CALLS, 80)
    task.cancel()
    await asyncio.wait([task])
    await office.settle()

    assert "用了 80 次" in told(office)[0]


async def test_what_could_not_be_written_down_is_not_forgotten(office: World) -> None:
    usage = Usage()
    usage.note(CALLS, 79)
    with pytest.raises(ZeroDivisionError):
        await UsageWatch(office.store, usage, lambda: NOTHING_ALLOWED).write_down()

    usage.note(CALLS, 1)
    await UsageWatch(office.store, usage, lambda: ALARMS).write_down()
    await office.settle()

    assert "用了 80 次" in told(office)[0]

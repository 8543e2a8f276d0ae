"""Alarms that nobody waits for: stored before the end, and never why a process fails."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import cast

import pytest
from sqlalchemy import select

from bot.alarms import Alarms
from config.clock import TurnedClock
from crm_store.inbox import inbox
from crm_store.store import Store, Transaction
from tests.crm_store.conftest import TUESDAY, Spine, spine_over


@pytest.fixture
async def spine(database_url: str) -> AsyncIterator[Spine]:
    async with spine_over(database_url, TurnedClock(TUESDAY)) as one:
        yield one


class Unwell:
    """A store that fails in a way nobody foresaw, or never answers."""

    def __init__(self, *, answers: bool) -> None:
        self._answers = answers

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        if not self._answers:
            await asyncio.Event().wait()
        raise RuntimeError("nobody foresaw this")
        yield


async def _stored(spine: Spine) -> int:
    async with spine.store.view() as view:
        return len((await view.session.execute(select(inbox.c.id))).all())


async def test_what_is_on_its_way_is_stored_before_the_end(spine: Spine) -> None:
    alarms = Alarms(spine.store)
    for number in range(3):
        alarms.raise_later(f"subject {number}", "出了点事")

    await alarms.close()

    assert await _stored(spine) == 3


async def test_an_alarm_that_fails_ends_nothing_and_is_logged(
    capsys: pytest.CaptureFixture[str],
) -> None:
    alarms = Alarms(cast(Store, Unwell(answers=True)))
    alarms.raise_later("subject", "出了点事")

    await alarms.close()

    assert "alarm_failed" in capsys.readouterr().out


async def test_an_alarm_that_nobody_takes_does_not_keep_the_process() -> None:
    alarms = Alarms(cast(Store, Unwell(answers=False)))
    alarms.raise_later("subject", "出了点事")

    await alarms.close(timedelta(milliseconds=10))

    assert [task for task in asyncio.all_tasks() if task is not asyncio.current_task()] == []

"""What only helps never stands in the way of what people wait for."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from crm_store import outbox
from crm_store.models import Member
from crm_store.outbox import BESIDE
from crm_store.queries.operations import outbox_lag
from notifiers.card import Text
from notifiers.delivery import Delivery
from tests.eventually import eventually
from tests.world import Desk, Opens, World


class SlowModel(Desk):
    def __init__(self, world: World) -> None:
        super().__init__("llm", world.clock)
        self.asked = 0
        self.may_answer = asyncio.Event()

    async def call(self, api: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        self.asked += 1
        await self.may_answer.wait()
        return {"found": []}


@pytest.fixture
async def staged(opens: Opens) -> AsyncIterator[tuple[World, SlowModel]]:
    async with opens() as office:
        model = SlowModel(office)
        messengers = {"wecom": office.wecom, "dingtalk": office.dingtalk, "llm": model}
        office.delivery = Delivery(office.store, messengers, office.worker.wakeup)
        yield office, model


async def _ask(office: World, times: int) -> None:
    async with office.store.transaction() as tx:
        for number in range(times):
            await tx.call(
                "read",
                {"text": "手头三五十", "said_at": "", "fields": []},
                lane=f"llm:C{number}",
                account="llm",
                platform="llm",
                app="llm",
            )


async def _tell(office: World, words: str) -> None:
    async with office.store.transaction() as tx:
        await tx.notify(await tx.get(Member, "lina"), Text(text=words))


async def test_a_slow_model_leaves_room_for_messages(staged: tuple[World, SlowModel]) -> None:
    office, model = staged
    await _ask(office, 40)
    stopping = asyncio.Event()
    carrying = asyncio.create_task(office.delivery.run(stopping))
    await eventually(lambda: model.asked == BESIDE["llm"])

    await _tell(office, "新线索")

    await eventually(lambda: office.texts("lina") == ["新线索"])
    assert model.asked == BESIDE["llm"]
    model.may_answer.set()
    await eventually(lambda: model.asked == 40)
    stopping.set()
    await carrying


async def test_what_waits_for_a_model_is_not_late(staged: tuple[World, SlowModel]) -> None:
    office, _ = staged
    await _ask(office, 1)
    office.clock.forward(timedelta(minutes=9))

    async with office.store.view() as view:
        assert await outbox_lag(view) == 0


async def test_a_question_that_cannot_be_opened_alarms_nobody(
    staged: tuple[World, SlowModel],
) -> None:
    office, model = staged
    await _ask(office, 1)
    async with office.store.transaction() as tx:
        await tx.session.execute(update(outbox.outbox).values(payload=b"no seal of ours"))

    await office.settle()

    assert model.asked == 0
    assert office.screen("root") == []

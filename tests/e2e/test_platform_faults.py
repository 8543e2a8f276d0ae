"""What a platform or the machine's clock does wrong for longer: timeouts, a day of 60020, a clock
that is set, the same client from two sides at once."""

import asyncio
from datetime import timedelta
from itertools import pairwise

import aiohttp
import pytest
from pydantic import SecretStr

from bot.demo import Stage
from bot.sandbox.cast import demo_cast
from bot.sandbox.ledger import Outcome
from notifiers.wecom import WeComMessenger
from tests.e2e.conftest import Opens
from tests.e2e.crowd import Driver, Judge, twice_on_the_wire
from tests.e2e.test_ledger import by_turning_the_clock, everything_arrives, no_harm_was_done
from tests.eventually import eventually

HOUR = timedelta(hours=1)
SEND = "message/send"


def impatient(on: Stage) -> None:
    """The bot's client of WeCom waits a second, where it waits ten elsewhere."""
    settings = on.bot.settings.wecom
    assert settings is not None
    on.bot.messengers["wecom"] = WeComMessenger(
        on.bot.session, settings, on.bot.tokens, on.clock, patience=timedelta(seconds=1)
    )


async def test_an_answer_that_comes_too_late_is_asked_for_again_and_shown_once(on: Stage) -> None:
    impatient(on)
    late = asyncio.Event()
    on.sandbox.faults.slow(SEND, late, times=4)
    driver = Driver(on.sandbox)

    await driver.everybody_speaks(questions=2)
    # They gave up waiting, and what they asked for is done all the same, after the repeat.
    await eventually(lambda: len(on.sandbox.ledger.of(SEND)) > 4)
    judge = Judge(on.sandbox)
    await eventually(lambda: judge.has_every_card() and judge.answered(2), within=40)
    late.set()
    await eventually(
        lambda: Outcome.PENDING not in [call.outcome for call in on.sandbox.ledger.of(SEND)]
    )

    assert judge.has_every_card()
    assert judge.answered(2)
    assert twice_on_the_wire(on.sandbox.ledger) == []
    assert on.sandbox.ledger.violations == []


async def test_a_wrong_address_for_a_day_is_probed_told_once_and_given_up(opens: Opens) -> None:
    async with opens(cast=demo_cast()) as on:
        on.sandbox.faults.refuse_ip(SEND, times=10_000)
        await on.sandbox.member_writes("lina", "静音 编号A00-00")
        await eventually(lambda: len(on.sandbox.ledger.of(SEND)) >= 1)
        await eventually(lambda: len(_told(on, "企业可信IP")) == 1)

        # A probe a minute and no more, however many wait.
        await on.sandbox.member_writes("wanglei", "静音 编号B00-00")
        await by_turning_the_clock(
            on, timedelta(seconds=61), lambda: len(on.sandbox.ledger.of(SEND)) >= 4
        )
        moments = [call.at for call in on.sandbox.ledger.of(SEND)]
        assert all(b - a >= timedelta(seconds=59) for a, b in pairwise(moments))
        assert len(_told(on, "企业可信IP")) == 1

        on.clock.forward(timedelta(hours=24))
        await eventually(lambda: _told(on, "没有送达") != [], what="given up")
        on.sandbox.faults.heal(SEND)
        on.clock.forward(timedelta(seconds=61))
        await on.sandbox.member_writes("lina", "静音 编号A00-01")
        judge = Judge(on.sandbox)
        await eventually(lambda: judge.answers("lina") == ["编号A00-01"])
        assert on.sandbox.ledger.violations == []


async def test_one_missing_right_holds_up_only_what_needs_it(opens: Opens) -> None:
    async with opens(cast=demo_cast()) as on:
        on.sandbox.faults.without_callback.add("assistant")
        ask = "你好，我们医院想了解CT设备，编号K00-00，电话13900000000"
        await on.sandbox.client_writes("zhao", ask)
        await eventually(lambda: any("接收消息" in i.text for i in on.sandbox.screen("chen")))
        for number in range(3):
            await on.sandbox.member_writes("wanglei", f"静音 编号B00-{number:02}")
        judge = Judge(on.sandbox)
        # Words go out while the card waits, and are no sign that cards may.
        await eventually(lambda: len(judge.answers("wanglei")) == 3)
        assert judge.lead_cards().total() == 0

        on.sandbox.faults.without_callback.clear()
        await by_turning_the_clock(
            on, timedelta(seconds=61), lambda: judge.lead_cards().total() == 1
        )
        assert on.sandbox.ledger.violations == []


def _told(on: Stage, words: str) -> list[str]:
    """What the admin read of it."""
    return [item.text for item in on.sandbox.screen("chen") if words in item.text]


@pytest.mark.parametrize("hours", [-1, 1])
async def test_a_clock_that_is_set_loses_nothing_and_holds_nothing_up(
    on: Stage, hours: int
) -> None:
    driver = Driver(on.sandbox)
    on.sandbox.faults.will_answer(SEND, 45009, "api freq out of limit", times=2)
    speaking = asyncio.create_task(driver.everybody_speaks())
    await eventually(lambda: len(on.sandbox.ledger.of(SEND)) > 4)

    if hours < 0:
        on.clock.turn_to(on.clock.now() - HOUR)
    else:
        on.clock.set_forward(HOUR)
    await speaking

    # 45009 asks for a minute: it is waited for at most, not for an hour.
    await everything_arrives(on, by_turning=timedelta(seconds=61))
    assert driver.refused == []
    no_harm_was_done(on.sandbox)


async def test_the_same_client_from_two_sides_at_once_is_one_client_with_one_lead(
    opens: Opens,
) -> None:
    async with opens(cast=demo_cast()) as on, aiohttp.ClientSession() as web:
        on.bot.settings.api_keys["website"] = SecretStr("k" * 32)
        words = "你好，想了解CT设备，编号K00-00，电话13912345678"

        async def hands_in(number: int) -> tuple[str, str]:
            form = {"external_id": f"form-{number}", "phone": "139 1234 5678", "need": "CT设备"}
            headers = {"Authorization": f"Bearer {'k' * 32}"}
            url = f"{on.bot.address}/api/leads"
            async with web.post(url, json=form, headers=headers) as answer:
                assert answer.status == 201
                taken = await answer.json()
                return taken["id"], taken["client"]

        entered = "线索 赵主任 想了解CT设备 电话13912345678"
        forms = [asyncio.create_task(hands_in(number)) for number in range(3)]
        await asyncio.gather(
            on.sandbox.client_writes("zhao", words),
            on.sandbox.member_writes("lina", entered),
            on.sandbox.member_writes("chen", entered),
        )
        async with web.get(f"{on.bot.address}/demo/quiet", params={"wait": "20"}) as answer:
            assert answer.status == 200

        ((number, _),) = {await form for form in forms}
        async with web.get(f"{on.bot.address}/demo/knowledge") as answer:
            (lead,) = (await answer.json())["leads"]
        assert number in str(lead)
        assert on.sandbox.ledger.violations == []

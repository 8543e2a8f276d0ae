"""What was told 200 arrives: once, in order, under every fault of the platforms.

The driver counts what was answered 200; the sandbox's ledger and screens say what arrived.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.demo import Stage
from bot.sandbox.ledger import Outcome
from bot.sandbox.server import Sandbox
from tests.e2e.crowd import Driver, Judge, twice_on_the_wire
from tests.eventually import eventually


async def everything_arrives(on: Stage, *, by_turning: timedelta | None = None) -> None:
    """Every client's card and every answer comes up."""
    judge = Judge(on.sandbox)

    def is_there() -> bool:
        return judge.has_every_card() and judge.answered()

    if by_turning is None:
        await eventually(is_there, within=30, what="every card and every answer")
    else:
        await by_turning_the_clock(on, by_turning, is_there)


async def by_turning_the_clock(
    on: Stage, step: timedelta, condition: Callable[[], bool], *, times: int = 12
) -> None:
    """Lets time pass, a step whenever nothing more seems to happen."""
    for _ in range(times):
        try:
            await eventually(condition, within=1.0)
        except AssertionError:
            on.clock.forward(step)
        else:
            return
    await eventually(condition)


def no_harm_was_done(sandbox: Sandbox) -> None:
    assert sandbox.ledger.violations == []
    assert twice_on_the_wire(sandbox.ledger) == []
    assert sandbox.ledger.dropped() == []
    judge = Judge(sandbox)
    assert judge.has_every_card()
    assert judge.answered()


def nothing(_on: Stage) -> None: ...


def server_errors(on: Stage) -> None:
    for path in ("message/send", "kf/sync_msg", "kf/customer/batchget", "gettoken"):
        on.sandbox.faults.http_status(path, 500, times=2)


def connections_reset(on: Stage) -> None:
    for path in ("message/send", "kf/sync_msg", "kf/customer/batchget", "gettoken"):
        on.sandbox.faults.reset(path, times=2)


def answers_lost_after_delivery(on: Stage) -> None:
    on.sandbox.faults.drop_after_delivery("message/send", times=4)
    on.sandbox.faults.drop_after_delivery("kf/sync_msg", times=1)


def revoked_tokens(on: Stage) -> None:
    on.sandbox.faults.will_answer("message/send", 42001, "access_token expired", times=2)
    on.sandbox.faults.will_answer("kf/sync_msg", 40014, "invalid access_token", times=1)


def odd_pages(on: Stage) -> None:
    on.sandbox.faults.kf_page = 2
    on.sandbox.faults.kf_empty_pages = 3
    on.sandbox.faults.kf_repeats = 3


def pages_out_of_order(on: Stage) -> None:
    on.sandbox.faults.kf_reversed_pages = 3


@pytest.mark.parametrize(
    "fault",
    [
        nothing,
        server_errors,
        connections_reset,
        answers_lost_after_delivery,
        revoked_tokens,
        odd_pages,
        pages_out_of_order,
    ],
)
async def test_everybody_gets_his_answer_and_every_client_one_card(
    on: Stage, fault: Callable[[Stage], None]
) -> None:
    driver = Driver(on.sandbox)
    fault(on)

    await driver.everybody_speaks()
    await everything_arrives(on)
    await on.sandbox.settled()

    assert driver.refused == []
    no_harm_was_done(on.sandbox)


async def test_tokens_revoked_in_the_middle_are_fetched_anew(on: Stage) -> None:
    driver = Driver(on.sandbox)
    speaking = asyncio.create_task(driver.everybody_speaks())
    await eventually(lambda: len(on.sandbox.ledger.delivered()) > 3)
    on.sandbox.faults.revoke_tokens()
    await speaking

    await everything_arrives(on)
    no_harm_was_done(on.sandbox)
    for app in ("assistant", "kf"):
        assert on.sandbox.ledger.token_fetches(app) <= 3


@pytest.mark.parametrize("code", [45009, 60020])
async def test_a_limit_and_a_wrong_ip_hold_messages_up_and_lose_none(on: Stage, code: int) -> None:
    driver = Driver(on.sandbox)
    on.sandbox.faults.will_answer("message/send", code, "not now, from ip: 203.0.113.9", times=6)

    await driver.everybody_speaks()
    await everything_arrives(on, by_turning=timedelta(seconds=61))

    no_harm_was_done(on.sandbox)
    alarms = [i.text for i in on.sandbox.screen("chen") if "企业微信应用「assistant」" in i.text]
    if code == 60020:
        assert "203.0.113.9" in alarms[0]
        await eventually(
            lambda: len([i for i in on.sandbox.screen("chen") if "已恢复" in i.text]) == 1
        )
    else:
        assert alarms == []


async def test_a_slow_platform_holds_up_one_receiver_only(on: Stage) -> None:
    gate = asyncio.Event()
    on.sandbox.faults.slow("message/send", gate, times=1)
    await on.sandbox.member_writes("lina", "静音 编号A00-00")
    await eventually(lambda: Outcome.PENDING in [c.outcome for c in on.sandbox.ledger.calls])

    await on.sandbox.member_writes("lina", "静音 编号A00-01")
    await on.sandbox.member_writes("wanglei", "静音 编号B00-00")
    judge = Judge(on.sandbox)
    await eventually(lambda: judge.answers("wanglei") == ["编号B00-00"])
    assert judge.answers("lina") == []

    gate.set()
    await eventually(lambda: judge.answers("lina") == ["编号A00-00", "编号A00-01"])
    assert on.sandbox.ledger.violations == []


async def test_further_words_are_told_once_each_and_in_order(on: Stage) -> None:
    driver = Driver(on.sandbox)
    await driver.everybody_speaks()
    await everything_arrives(on)

    await driver.everybody_speaks(rounds=(1, 2, 3), questions=0)
    further = [mark for mark in driver.told if "K" in mark and not mark.endswith("-00")]
    assert len(further) == 3 * len(on.sandbox.cast.clients)

    judge = Judge(on.sandbox)
    all_told = Counter(further)
    await by_turning_the_clock(
        on, timedelta(minutes=2), lambda: judge.notices() >= all_told, times=5
    )
    assert judge.notices() == all_told
    for member in on.sandbox.cast.members:
        for item in on.sandbox.screen(member.id):
            marks = [mark for mark in further if mark in item.text]
            assert sorted(marks, key=item.text.index) == sorted(marks)
    no_harm_was_done(on.sandbox)


async def test_a_callback_told_again_with_a_fresh_nonce_does_nothing_more(on: Stage) -> None:
    driver = Driver(on.sandbox)
    await driver.everybody_speaks()
    await everything_arrives(on)

    again = [push for push in on.sandbox.ledger.told_200() if push.platform == "wecom"]
    repeats = await asyncio.gather(
        *(
            on.sandbox.wecom.callbacks.push(push.target, push.content)
            for push in again
            for _ in "12"
        )
    )
    assert all(push.accepted for push in repeats)
    # One more question behind them: when it is answered, they have been through.
    for member in ("lina", "wanglei", "zhouting", "sunhao"):
        await driver.member_asks(member, 99)
    judge = Judge(on.sandbox)
    await eventually(lambda: judge.answers("sunhao")[-1].endswith("-99"))
    await eventually(lambda: judge.answers("lina")[-1].endswith("-99"))

    assert [len(judge.answers(member)) for member in ("lina", "sunhao")] == [5, 5]
    assert judge.has_every_card()
    assert twice_on_the_wire(on.sandbox.ledger) == []
    assert on.sandbox.ledger.violations == []


async def test_a_press_told_twice_counts_once(on: Stage) -> None:
    await on.sandbox.client_writes("client00", "你好，想了解CT设备，编号K00-00，电话13900000000")
    judge = Judge(on.sandbox)
    await eventually(lambda: sum(judge.lead_cards().values()) == 1)
    owner, card = next(
        (member.id, item)
        for member in on.sandbox.cast.members
        for item in on.sandbox.screen(member.id)
        if item.card is not None and "CT设备" in item.card.title
    )
    assert card.card is not None
    button = next(b for b in card.card.buttons if b.text == "已联系")

    press = await on.sandbox.member_presses(owner, card.id, button.key)
    assert press.accepted
    await on.sandbox.wecom.callbacks.push(press.target, press.content)
    await on.sandbox.member_writes(owner, "静音 编号A00-00")
    await eventually(lambda: judge.answers(owner) == ["编号A00-00"])

    updates = [call for call in on.sandbox.ledger.calls if call.kind == "update"]
    assert len(updates) == 1
    assert on.sandbox.ledger.violations == []

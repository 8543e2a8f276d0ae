"""From the outbox to the platforms: what is late, refused or misconfigured, and what a crash costs.

The platforms' clients are the company's desks, and desks that fail as they are told to.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
import structlog
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError

from crm_store import breakers, inbox, outbox
from crm_store.database import Database
from crm_store.models import Member, SentCard
from crm_store.outbox import LEASE
from crm_store.saying import ReplyTo
from crm_store.store import Store, Transaction
from crm_store.wakeup import LocalWakeup
from notifiers.card import Button, Card, Message, Text
from notifiers.delivery import Delivery
from notifiers.errors import CardCodeGone, DeliveryError, Misconfigured, Retryable, Undeliverable
from notifiers.messenger import Receipt, ReplyAddress
from notifiers.outcomes import MOST_TRIES_OF_A_BUG, Unchanged, write_down
from tests.eventually import eventually
from tests.world import TEAM, Desk, Opens, World

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
BOTH = {
    "id": "both",
    "name": "双平台",
    "roles": ["rep"],
    "wecom": "Both",
    "dingtalk": "both01",
    "prefer": "wecom",
}
WRONG_IP = Misconfigured(
    "not allow to access from your ip",
    app="wecom.assistant",
    advice="在应用的“企业可信IP”里加上这台服务器的地址",
    code="60020",
)


class Recorder(Desk):
    """A desk that writes down every try on the wire, and may hold one up."""

    def __init__(self, platform: str, world: World) -> None:
        super().__init__(platform, world.clock)
        self.tries: list[tuple[str, str, int]] = []
        """(to, key, repeat)."""
        self.gates: dict[str, asyncio.Event] = {}

    async def send(
        self, to: str, message: Message, *, key: str, repeat: int, reply: ReplyAddress | None = None
    ) -> Receipt:
        self.tries.append((to, key, repeat))
        if to in self.gates:
            await self.gates[to].wait()
        receipt = await super().send(to, message, key=key, repeat=repeat, reply=reply)
        return replace(receipt, by_reply=reply is not None)

    def said(self, to: str) -> list[str]:
        shown = [item.now for item in self.screens.get(to, [])]
        return [item.text for item in shown if isinstance(item, Text)]


@asynccontextmanager
async def staffed(opens: Opens) -> AsyncIterator[tuple[World, Recorder, Recorder]]:
    async with opens(team=[*TEAM, BOTH]) as office:
        wecom, dingtalk = Recorder("wecom", office), Recorder("dingtalk", office)
        office.wecom, office.dingtalk = wecom, dingtalk
        office.delivery = Delivery(
            office.store, {"wecom": wecom, "dingtalk": dingtalk}, office.worker.wakeup
        )
        yield office, wecom, dingtalk


@pytest.fixture
async def staged(opens: Opens) -> AsyncIterator[tuple[World, Recorder, Recorder]]:
    async with staffed(opens) as both:
        yield both


@pytest.fixture
def office(staged: tuple[World, Recorder, Recorder]) -> World:
    return staged[0]


@pytest.fixture
def wecom(staged: tuple[World, Recorder, Recorder]) -> Recorder:
    return staged[1]


@pytest.fixture
def dingtalk(staged: tuple[World, Recorder, Recorder]) -> Recorder:
    return staged[2]


async def tell(office: World, member: str, *messages: str) -> None:
    async with office.store.transaction() as tx:
        person = await tx.get(Member, member)
        for words in messages:
            await tx.notify(person, Text(text=words))


async def show(office: World, member: str, card: Card) -> str:
    async with office.store.transaction() as tx:
        key = await tx.notify(await tx.get(Member, member), card)
    assert key is not None
    return key


async def goes_on(office: World, span: timedelta) -> None:
    """As the loops would, which look after a second, every few seconds and at the very end."""
    until, step = office.clock.now() + span, SECOND
    while office.clock.now() < until:
        office.clock.forward(min(step, until - office.clock.now()))
        await office.delivery.deliver_due()
        step = 5 * SECOND


async def states(office: World) -> list[str]:
    async with office.store.view() as view:
        query = select(outbox.outbox.c.state).order_by(outbox.outbox.c.id)
        return list((await view.session.execute(query)).scalars())


# -- late ---------------------------------------------------------------------------------------


async def test_a_busy_platform_is_asked_again_ever_more_slowly(
    office: World, wecom: Recorder
) -> None:
    began, moments = office.clock.now(), []
    wecom.errors = [Retryable("busy", code="-1") for _ in range(5)]
    await tell(office, "lina", "一", "二")
    while len(wecom.tries) < 6:
        tries = len(wecom.tries)
        await office.delivery.deliver_due()
        if len(wecom.tries) > tries:
            moments.append((office.clock.now() - began).seconds)
        office.clock.forward(SECOND)

    assert moments == [0, 1, 3, 7, 15, 31]
    assert wecom.said("LiNa") == ["一", "二"]
    # The same message each time: the key is what makes a repeat harmless.
    assert len({key for _, key, _ in wecom.tries[:6]}) == 1


async def test_what_the_platform_asks_for_is_waited(office: World, wecom: Recorder) -> None:
    wecom.errors = [Retryable("45009", after=timedelta(minutes=5))]
    await tell(office, "lina", "一")
    await office.delivery.deliver_due()

    await goes_on(office, 5 * MINUTE - SECOND)
    assert len(wecom.tries) == 1
    await goes_on(office, SECOND)
    assert wecom.said("LiNa") == ["一"]


async def test_one_receivers_trouble_is_nobody_elses(office: World, wecom: Recorder) -> None:
    wecom.gates["LiNa"] = asyncio.Event()
    stopping = asyncio.Event()
    task = asyncio.create_task(office.delivery.run(stopping))
    await tell(office, "lina", "一", "二")
    await tell(office, "wanglei", "一", "二", "三")

    await eventually(lambda: wecom.said("WangLei") == ["一", "二", "三"])
    assert wecom.said("LiNa") == []

    stopping.set()
    wecom.gates["LiNa"].set()
    await task
    # What was on its way arrived; what was not waits for the next start.
    assert wecom.said("LiNa") == ["一"]


async def test_nobody_else_carries_what_takes_a_living_process_long(
    office: World, wecom: Recorder
) -> None:
    wecom.gates["LiNa"] = asyncio.Event()
    stopping = asyncio.Event()
    task = asyncio.create_task(office.delivery.run(stopping))
    await tell(office, "lina", "一")
    await eventually(lambda: len(wecom.tries) == 1)

    for _ in range(4):
        office.clock.forward(LEASE / 2)
        await eventually(partial(is_leased_for, office, LEASE))
    other = Delivery(office.store, {"wecom": wecom}, LocalWakeup())
    await other.deliver_due()
    assert len(wecom.tries) == 1

    stopping.set()
    wecom.gates["LiNa"].set()
    await task
    assert wecom.said("LiNa") == ["一"]


async def is_leased_for(office: World, span: timedelta) -> bool:
    office.worker.wakeup.outbox()
    async with office.store.view() as view:
        leased = await view.session.execute(select(outbox.outbox.c.lease_until))
        return bool(leased.scalar_one() == view.now + span)


async def test_stopping_without_patience_leaves_no_task_behind(
    office: World, wecom: Recorder
) -> None:
    wecom.gates["LiNa"] = asyncio.Event()
    task = asyncio.create_task(office.delivery.run(asyncio.Event()))
    await tell(office, "lina", "一")
    await eventually(lambda: len(wecom.tries) == 1)

    task.cancel()
    await asyncio.wait([task])

    assert office.delivery.is_idle
    assert not [t for t in asyncio.all_tasks() if t.get_name().startswith("carry")]


# -- refused ------------------------------------------------------------------------------------


async def test_who_cannot_be_reached_here_is_told_on_his_other_platform(
    office: World, wecom: Recorder, dingtalk: Recorder
) -> None:
    wecom.errors = [Undeliverable("no such user", code="81013")]
    await tell(office, "both", "有新线索")
    await office.settle()

    assert dingtalk.said("both01") == ["有新线索"]
    assert wecom.said("root01") == []


async def test_who_cannot_be_reached_at_all_is_an_alarm(
    office: World, wecom: Recorder, dingtalk: Recorder
) -> None:
    wecom.errors = [Undeliverable("no such user", code="81013")]
    dingtalk.errors = [Undeliverable("no such staff", code="staffId.notExisted")]
    await tell(office, "both", "有新线索", "另一条")
    await office.settle()

    (alarm,) = wecom.said("root01")
    assert "双平台" in alarm
    assert "钉钉" in alarm
    assert wecom.said("Both") == ["另一条"]


async def test_what_could_not_be_sent_in_a_day_is_given_up(
    office: World, wecom: Recorder, dingtalk: Recorder
) -> None:
    class Busy(Recorder):
        async def send(self, *args: Any, **named: Any) -> Receipt:
            raise Retryable("busy")

    busy = Busy("wecom", office)
    office.delivery = Delivery(office.store, {"wecom": busy, "dingtalk": dingtalk}, LocalWakeup())
    await tell(office, "both", "有新线索")
    for _ in range(25):
        await office.delivery.deliver_due()
        office.clock.forward(timedelta(hours=1))
    await office.delivery.deliver_due()

    assert dingtalk.said("both01") == ["有新线索"]
    assert (await states(office))[:2] == ["dead", "sent"]


async def test_a_platform_that_is_not_connected_is_no_endless_wait(
    office: World, dingtalk: Recorder
) -> None:
    office.delivery = Delivery(office.store, {"dingtalk": dingtalk}, LocalWakeup())
    await tell(office, "both", "有新线索")
    await office.settle()

    assert dingtalk.said("both01") == ["有新线索"]


# -- wrong settings -----------------------------------------------------------------------------


async def test_a_wrong_setting_holds_the_app_and_is_probed_once_a_minute(
    office: World, wecom: Recorder, dingtalk: Recorder
) -> None:
    wecom.errors = [WRONG_IP] * 3
    await tell(office, "lina", "一", "二")
    await tell(office, "wanglei", "一")
    await tell(office, "chen", "在钉钉")
    await office.delivery.deliver_due()
    # Both rows that were on their way met it; no other was tried.
    assert len(wecom.tries) == 2
    assert dingtalk.said("chenjl01") == ["在钉钉"]

    await goes_on(office, MINUTE - SECOND)
    assert len(wecom.tries) == 2
    await goes_on(office, 2 * SECOND)
    assert len(wecom.tries) == 3

    await goes_on(office, 2 * MINUTE)
    assert wecom.said("LiNa") == ["一", "二"]
    assert wecom.said("WangLei") == ["一"]
    assert "dead" not in await states(office)


async def test_the_admins_hear_of_a_breaker_once_and_when_it_closed(
    opens: Opens,
) -> None:
    rep = {"id": "lina", "name": "李娜", "roles": ["rep"], "wecom": "LiNa"}
    admin = {"id": "admin2", "name": "管理员二", "roles": ["admin"], "dingtalk": "admin02"}
    async with opens(team=[rep, admin]) as office:
        wecom, dingtalk = Recorder("wecom", office), Recorder("dingtalk", office)
        office.delivery = Delivery(
            office.store, {"wecom": wecom, "dingtalk": dingtalk}, LocalWakeup()
        )
        wecom.errors = [WRONG_IP] * 4
        await tell(office, "lina", "一")
        await office.settle()
        for _ in range(3):
            office.clock.forward(MINUTE)
            await office.settle()
        (alarm,) = dingtalk.said("admin02")
        assert "企业可信IP" in alarm

        office.clock.forward(MINUTE)
        await office.settle()
        assert wecom.said("LiNa") == ["一"]
        assert dingtalk.said("admin02")[1:] == [
            "⚠ 企业微信应用「assistant」已恢复，积压的消息正在发出"
        ]


async def test_a_refusal_of_one_message_shows_that_the_settings_are_right(
    office: World, wecom: Recorder
) -> None:
    wecom.errors = [WRONG_IP, Undeliverable("no such user", by_platform=True)]
    await tell(office, "lina", "一")
    await office.delivery.deliver_due()
    await tell(office, "wanglei", "一")
    await goes_on(office, MINUTE)

    # The probe was refused for its own sake: the breaker is closed, and the next goes out.
    assert wecom.said("WangLei") == ["一"]


@pytest.mark.parametrize(
    "unasked", [Undeliverable("no account of a member"), CardCodeGone("the code is not known")]
)
async def test_what_was_never_asked_of_the_platform_says_nothing_of_the_settings(
    office: World, wecom: Recorder, unasked: DeliveryError
) -> None:
    key = await show(office, "lina", CARD)
    await office.delivery.deliver_due()
    wecom.errors = [WRONG_IP, unasked]
    await tell(office, "wanglei", "一")
    await office.delivery.deliver_due()
    office.clock.forward(MINUTE)
    await redraw(office, key)
    await take_back(office, "wanglei")
    await office.delivery.deliver_due()

    assert await open_breakers(office) == ["wecom.assistant"]


async def take_back(office: World, member: str) -> None:
    """Nothing waits for him any more."""
    async with office.store.transaction() as tx:
        row = outbox.outbox
        await tx.session.execute(
            update(row).where(row.c.lane == f"to:wecom:{member}").values(state=outbox.DEAD)
        )


async def test_an_answer_needs_no_setting_passes_the_breaker_and_leaves_it_open(
    office: World, dingtalk: Recorder
) -> None:
    dingtalk.errors = [replace_app(WRONG_IP, "dingtalk")]
    await tell(office, "chen", "一")
    await office.delivery.deliver_due()
    async with office.store.transaction() as tx:
        reply = ReplyTo("https://oapi.dingtalk.com/robot/sendBySession", tx.now + MINUTE)
        both = await tx.get(Member, "both")
        await tx.notify(both, Text(text="答"), on="dingtalk", reply=reply)
        await tx.notify(both, Text(text="二"), on="dingtalk")
    await office.delivery.deliver_due()

    assert dingtalk.said("both01") == ["答"]
    assert await open_breakers(office) == ["dingtalk"]
    await goes_on(office, MINUTE)
    assert dingtalk.said("chenjl01") == ["一"]
    assert dingtalk.said("both01") == ["答", "二"]


async def test_an_answer_whose_address_is_refused_waits_like_any_other(
    office: World, dingtalk: Recorder
) -> None:
    no_right = replace_app(WRONG_IP, "dingtalk", only_this_api=True)
    dingtalk.errors = [no_right]
    async with office.store.transaction() as tx:
        reply = ReplyTo("https://oapi.dingtalk.com/robot/sendBySession", tx.now + MINUTE)
        await tx.notify(await tx.get(Member, "chen"), Text(text="答"), reply=reply)
    await office.delivery.deliver_due()

    assert await open_breakers(office) == ["dingtalk text"]
    await goes_on(office, MINUTE - SECOND)
    assert len(dingtalk.tries) == 1
    await goes_on(office, SECOND)
    assert dingtalk.said("chenjl01") == ["答"]


def replace_app(error: Misconfigured, app: str, *, only_this_api: bool = False) -> Misconfigured:
    return Misconfigured(
        error.reason, app=app, advice=error.advice, code=error.code, only_this_api=only_this_api
    )


async def open_breakers(office: World) -> list[str]:
    async with office.store.view() as view:
        return [breaker.name for breaker in await breakers.opened(view.session)]


async def test_a_missing_right_holds_what_needs_it_and_opens_and_closes_no_more(
    office: World, wecom: Recorder
) -> None:
    no_cards = Misconfigured(
        "no callback URL",
        app="wecom.assistant",
        advice="先填好回调地址",
        code="43012",
        only_this_api=True,
    )
    wecom.errors = [no_cards]
    await show(office, "lina", CARD)
    await office.delivery.deliver_due()
    await tell(office, "wanglei", "一", "二")
    await tell(office, "chen", "三")
    await office.delivery.deliver_due()

    # Words of the same app go out, and do not look like the card's right.
    assert wecom.said("WangLei") == ["一", "二"]
    async with office.store.view() as view:
        (breaker,) = await breakers.opened(view.session)
    assert breaker.name == "wecom.assistant card"

    await goes_on(office, MINUTE)
    assert len(office.cards("lina")) == 1
    async with office.store.view() as view:
        assert await breakers.opened(view.session) == []


async def test_a_right_is_known_of_orders_that_were_written_before_they_named_it(
    office: World, wecom: Recorder
) -> None:
    no_cards = replace_app(WRONG_IP, "wecom.assistant", only_this_api=True)
    wecom.errors = [no_cards]
    await show(office, "lina", CARD)
    async with office.store.transaction() as tx:
        await tx.session.execute(update(outbox.outbox).values(api=""))
    await office.delivery.deliver_due()

    assert await open_breakers(office) == ["wecom.assistant card"]
    await goes_on(office, MINUTE)
    assert len(office.cards("lina")) == 1
    assert await open_breakers(office) == []


async def test_rows_wait_a_day_for_a_setting_and_are_then_given_up(
    office: World, wecom: Recorder
) -> None:
    wecom.errors = [WRONG_IP] * 30
    await tell(office, "lina", "一", "二")
    for _ in range(26):
        await office.delivery.deliver_due()
        office.clock.forward(timedelta(hours=1))

    assert await states(office) == ["dead", "dead"]


# -- limits -------------------------------------------------------------------------------------


async def test_no_member_gets_more_than_thirty_in_a_minute_over_a_restart_either(
    office: World, wecom: Recorder
) -> None:
    await tell(office, "lina", *(f"第{n}条" for n in range(70)))
    await tell(office, "wanglei", "一")
    moments: list[timedelta] = []
    began = office.clock.now()
    for second in range(0, 200, 2):
        if second == 30:
            office.delivery = Delivery(office.store, {"wecom": wecom}, LocalWakeup())
        tries = len(wecom.said("LiNa"))
        await office.delivery.deliver_due()
        new = len(wecom.said("LiNa")) - tries
        moments += [office.clock.now() - began] * new
        office.clock.forward(2 * SECOND)

    assert wecom.said("LiNa") == [f"第{n}条" for n in range(70)]
    for at in moments:
        assert len([m for m in moments if at - MINUTE < m <= at]) <= 30
    assert wecom.said("WangLei") == ["一"]


async def test_tries_that_failed_count_as_well(office: World, wecom: Recorder) -> None:
    async with office.store.transaction() as tx:
        lane = "to:wecom:lina"
        await tx.notify(await tx.get(Member, "lina"), Text(text="一"))
        (row,) = await outbox.heads(tx.session, now=tx.now, vault=tx.vault)
        for _ in range(30):
            await outbox.lease(tx.session, [row], now=tx.now)
        tries = await outbox.tries_since(tx.session, [lane], since=tx.now - MINUTE)
        assert len(tries[lane]) == 30

    await goes_on(office, MINUTE - SECOND)
    assert wecom.tries == []
    await goes_on(office, MINUTE)
    assert wecom.said("LiNa") == ["一"]


# -- the machine's clock --------------------------------------------------------------------------


@pytest.mark.parametrize("hours", [-1, 1])
async def test_a_clock_that_is_set_holds_nothing_up_and_breaks_no_limit(
    office: World, wecom: Recorder, hours: int
) -> None:
    wecom.errors = [Retryable("busy", after=MINUTE)]
    await tell(office, "lina", *(f"第{n}条" for n in range(40)))
    await goes_on(office, MINUTE + SECOND)
    assert len(wecom.said("LiNa")) == 30

    if hours < 0:
        office.clock.turn_to(office.clock.now() + timedelta(hours=hours))
    else:
        office.clock.set_forward(timedelta(hours=hours))
    await office.delivery.deliver_due()

    # Thirty went out a moment ago, whatever the clock says now.
    assert len(wecom.said("LiNa")) == 30
    await goes_on(office, MINUTE + SECOND)
    assert wecom.said("LiNa") == [f"第{n}条" for n in range(40)]


async def test_a_clock_set_back_puts_off_no_probe_and_no_answer(
    office: World, wecom: Recorder
) -> None:
    wecom.errors = [WRONG_IP]
    await tell(office, "lina", "一")
    await office.delivery.deliver_due()
    office.clock.turn_to(office.clock.now() - timedelta(hours=1))
    await tell(office, "wanglei", "一")

    await goes_on(office, MINUTE)

    assert wecom.said("LiNa") == ["一"]
    assert wecom.said("WangLei") == ["一"]


async def test_a_cards_code_that_the_clock_misjudges_costs_a_new_card_at_most(
    office: World, wecom: Recorder
) -> None:
    key = await show(office, "lina", CARD)
    await office.delivery.deliver_due()
    office.clock.forward(timedelta(hours=72) + MINUTE)
    office.clock.turn_to(office.clock.now() - timedelta(hours=1))
    wecom.errors = [CardCodeGone("expired by the platform's clock")]
    await redraw(office, key)
    await office.delivery.deliver_due()

    old, new = office.cards("lina")
    assert (old.status, new.status) == ("", "已转给王磊")


# -- crashes ------------------------------------------------------------------------------------


class Forgetful(Store):
    """The store of a process that dies after the wire, before it could write anything down."""

    def __init__(self, store: Store, wire: Recorder) -> None:
        super().__init__(
            store.database, store.vault, store.clock, store.wakeup, fresh_id=lambda: "never"
        )
        self._wire = wire

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        if self._wire.tries:
            raise OperationalError("BEGIN", {}, OSError("killed"))
        async with super().transaction() as tx:
            yield tx


async def test_a_crash_after_the_wire_repeats_under_the_same_key(
    office: World, wecom: Recorder
) -> None:
    await tell(office, "lina", "一", "二")
    dying = Delivery(Forgetful(office.store, wecom), {"wecom": wecom}, LocalWakeup())
    await dying.deliver_due()
    assert len(wecom.tries) == 1

    await office.delivery.deliver_due()
    assert len(wecom.tries) == 1  # leased
    office.clock.forward(LEASE)
    await office.delivery.deliver_due()

    (first, second, third) = wecom.tries
    assert first == second
    assert third != first
    assert wecom.said("LiNa") == ["一", "一", "二"]


class Away(Store):
    """The store while the database is away."""

    def __init__(self, store: Store) -> None:
        super().__init__(
            store.database, store.vault, store.clock, store.wakeup, fresh_id=lambda: "never"
        )
        self.is_away = False

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        if self.is_away:
            raise ConnectionRefusedError
        async with super().transaction() as tx:
            yield tx


async def test_what_arrived_while_the_database_was_away_is_not_sent_again(
    office: World, wecom: Recorder
) -> None:
    wecom.gates["LiNa"] = asyncio.Event()
    store = Away(office.store)
    delivery = Delivery(store, {"wecom": wecom}, LocalWakeup())
    await tell(office, "lina", "一", "二")
    stopping = asyncio.Event()
    task = asyncio.create_task(delivery.run(stopping))
    await eventually(lambda: len(wecom.tries) == 1)

    store.is_away = True
    wecom.gates.pop("LiNa").set()
    await eventually(lambda: wecom.said("LiNa") == ["一"])
    office.clock.forward(10 * LEASE)
    store.is_away = False

    await eventually(lambda: wecom.said("LiNa") == ["一", "二"])
    stopping.set()
    await task
    assert len(wecom.tries) == 2


async def test_an_order_that_breaks_our_own_code_does_not_block_its_receiver(
    office: World, wecom: Recorder
) -> None:
    await tell(office, "lina", "一", "二")
    async with office.store.transaction() as tx:
        broken = tx.vault.service.seal_json({"message": {"form": "?"}}, purpose=outbox.PURPOSE)
        await tx.session.execute(
            update(outbox.outbox).where(outbox.outbox.c.id == 1).values(payload=broken)
        )
    await goes_on(office, timedelta(seconds=2**MOST_TRIES_OF_A_BUG))
    await office.settle()

    assert wecom.said("LiNa") == ["二"]
    assert "ValidationError" in wecom.said("root01")[0]


async def test_an_order_that_cannot_be_opened_is_set_aside_at_once(
    office: World, wecom: Recorder
) -> None:
    await tell(office, "lina", "一", "二")
    async with office.store.transaction() as tx:
        await tx.session.execute(
            update(outbox.outbox).where(outbox.outbox.c.id == 1).values(payload=b"\x01spoilt")
        )
    await office.settle()

    assert wecom.said("LiNa") == ["二"]
    assert len(wecom.said("root01")) == 1


# -- cards --------------------------------------------------------------------------------------

CARD = Card(title="赵主任 · CT设备", buttons=(Button(text="已联系", action="contacted:L1"),))


async def redraw(office: World, key: str, *, settles: bool = False) -> None:
    async with office.store.transaction() as tx:
        card = await tx.get(SentCard, key)
        await tx.redraw(card, Card(title=CARD.title, status="已转给王磊"), settles=settles)


async def test_a_card_changes_in_place_with_the_code_of_its_sending(
    office: World, wecom: Recorder
) -> None:
    key = await show(office, "lina", CARD)
    await office.delivery.deliver_due()
    await redraw(office, key)
    await office.delivery.deliver_due()

    (card,) = office.cards("lina")
    assert card.status == "已转给王磊"


async def test_a_card_without_a_code_left_is_sent_anew(office: World, wecom: Recorder) -> None:
    key = await show(office, "lina", CARD)
    await office.delivery.deliver_due()
    for _ in range(2):  # the second finds the code used
        await redraw(office, key, settles=True)
        await office.delivery.deliver_due()

    old, new = office.screen("lina")
    assert new.key != old.key
    assert isinstance(new.now, Card)
    assert new.now.status == "已转给王磊"
    async with office.store.view() as view:
        again = await view.get(SentCard, new.key)
        assert again.settled_at is not None


async def test_a_code_that_ran_out_is_not_tried(office: World, wecom: Recorder) -> None:
    key = await show(office, "lina", CARD)
    await office.delivery.deliver_due()
    office.clock.forward(timedelta(hours=73))
    await redraw(office, key)
    await office.delivery.deliver_due()

    assert len(office.screen("lina")) == 2


async def test_a_change_waits_for_the_card_itself(office: World, wecom: Recorder) -> None:
    wecom.errors = [Retryable("busy")]
    key = await show(office, "lina", CARD)
    await redraw(office, key)
    await office.delivery.deliver_due()
    assert office.screen("lina") == []

    await goes_on(office, 2 * SECOND)
    (card,) = office.cards("lina")
    assert card.status == "已转给王磊"


async def test_a_refused_change_is_no_reason_to_send_twice(office: World, wecom: Recorder) -> None:
    key = await show(office, "lina", CARD)
    await office.delivery.deliver_due()
    wecom.errors = [CardCodeGone("42014")]
    await redraw(office, key)
    await office.delivery.deliver_due()
    await goes_on(office, MINUTE)

    assert len(office.screen("lina")) == 2


async def test_two_who_carried_the_same_change_send_one_new_card(
    office: World, wecom: Recorder
) -> None:
    key = await show(office, "lina", CARD)
    await office.delivery.deliver_due()
    await redraw(office, key)
    async with office.store.transaction() as tx:
        (late,) = await outbox.lease(tx.session, await due(tx), now=tx.now)
    office.clock.forward(LEASE)
    wecom.errors = [CardCodeGone("used by whoever carried it before")]
    await office.delivery.deliver_due()

    async with office.store.transaction() as tx:
        await write_down(tx, [Unchanged(late)])
    await office.delivery.deliver_due()

    assert len(office.screen("lina")) == 2


async def due(tx: Transaction) -> list[outbox.Claimed]:
    return await outbox.heads(tx.session, now=tx.now, vault=tx.vault)


# -- calls --------------------------------------------------------------------------------------


async def ask(office: World, *, expires_in: timedelta = timedelta(hours=24)) -> str:
    async with office.store.transaction() as tx:
        return await tx.call(
            "kf/service_state/get",
            {"external_userid": "wmZhao"},
            lane="kf:wkShop:wmZhao",
            account="wkShop",
            answer_to="state",
            context={"client_id": 1},
            expires_in=expires_in,
        )


async def answers(office: World) -> list[Mapping[str, Any]]:
    async with office.store.transaction() as tx:
        row = await inbox.claim(tx.session, now=tx.now, vault=tx.vault)
        if row is None:
            return []
        await inbox.done(tx.session, row.id, now=tx.now)
        return [row.payload]


async def test_a_calls_answer_comes_back_as_an_event(office: World, wecom: Recorder) -> None:
    wecom.service_state["wmZhao"] = (3, "LiNa")
    await ask(office)
    await office.delivery.deliver_due()

    (event,) = await answers(office)
    assert event["purpose"] == "state"
    assert event["context"] == {"client_id": 1}
    assert event["answer"]["service_state"] == 3
    assert event["error"] is None


async def test_a_calls_final_refusal_comes_back_too(office: World, wecom: Recorder) -> None:
    wecom.errors = [Undeliverable("no such conversation", code="95013")]
    await ask(office)
    await office.delivery.deliver_due()

    (event,) = await answers(office)
    assert (event["answer"], event["error_code"]) == (None, "95013")


async def test_a_call_that_came_too_late_says_so(office: World, wecom: Recorder) -> None:
    wecom.errors = [Retryable("busy")] * 9
    await ask(office, expires_in=timedelta(seconds=5))
    await office.delivery.deliver_due()
    await goes_on(office, timedelta(seconds=5))

    (event,) = await answers(office)
    assert event["answer"] is None
    assert event["error"]
    assert await answers(office) == []


async def test_nothing_travels_while_the_database_is_away(opens: Opens) -> None:
    async with staffed(opens) as (office, wecom, _):
        await tell(office, "lina", "一")
        gone = Database("sqlite+aiosqlite:////nowhere/at/all.db")
        store = Store(gone, office.store.vault, office.clock, LocalWakeup(), fresh_id=lambda: "x")
        away = Delivery(store, {"wecom": wecom}, LocalWakeup())
        await away.deliver_due()
        await gone.close()
        assert wecom.tries == []

        await office.delivery.deliver_due()
        assert wecom.said("LiNa") == ["一"]


async def test_each_time_that_a_delivery_is_put_off_is_in_the_log(
    office: World, wecom: Recorder
) -> None:
    wecom.errors = [Retryable("the connection failed (ClientOSError)", code="connection")]
    await tell(office, "wanglei", "一")

    with structlog.testing.capture_logs() as logs:
        await office.delivery.deliver_due()

    (line,) = [one for one in logs if one["event"] == "put_off"]
    assert line["reason"] == "the connection failed (ClientOSError)"
    assert (line["outbox"], line["next_try_seconds"]) == (1, 1.0)

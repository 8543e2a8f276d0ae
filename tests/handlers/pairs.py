"""Pairs of clients for the tests of reviews and merges."""

from datetime import datetime

from crm_store.identity.verdict import Effect, Evidence, Outcome, Verdict
from crm_store.models import Client, Review
from crm_store.store import Transaction
from handlers.events import SlotDue
from handlers.reviewing import ask
from notifiers.card import Card
from tests.world import Shown, World

MORNING = "review_queue.ask_in_the_morning"
EVIDENCE = (
    Evidence("company", Effect.AGREES, 75),
    Evidence("name", Effect.CLOSE, 15),
    Evidence("city", Effect.DIFFERS, -10),
)
VERDICT = Verdict(Outcome.REVIEW, 72, EVIDENCE)


async def two_clients(office: World) -> None:
    """赵主任 (C1) is 李娜's, 钱主任 (C2) 王磊's; 陈经理 leads both."""
    await office.client_writes(
        "wmZhao", "上海的，想了解CT设备的参数，电话13800001234", nickname="赵主任"
    )
    await office.client_writes("wmQian", "杭州的，想要移动DR，电话13900005678", nickname="钱主任")
    owners = [(await office.lead(number)).owner_id for number in (1, 2)]
    assert owners == ["lina", "wanglei"]


async def look_alike(
    office: World, one_id: int = 1, other_id: int = 2, verdict: Verdict = VERDICT
) -> None:
    """A record made a rule doubt whether the two are one."""

    async def doubts(tx: Transaction) -> None:
        one, other = await tx.lock(Client, one_id), await tx.lock(Client, other_id)
        await ask(tx, one, other, verdict)

    async with office.store.transaction() as tx:
        await office.dispatcher.act(tx, doubts, {})
    await office.settle()


async def morning(office: World, moment: datetime) -> None:
    """The clock goes on to it, and the morning's slot is fired."""
    await office.passes(moment - office.clock.now())
    await office.happens(SlotDue(job=MORNING, slot=office.clock.now()), lane=f"cron:{MORNING}")


async def review(office: World, number: int = 1) -> Review:
    async with office.store.view() as view:
        return await view.get(Review, number)


def asked(office: World, member: str) -> list[Shown]:
    """The pairs on his screen, as they stand now."""
    return [
        shown
        for shown in office.screen(member)
        if isinstance(shown.message, Card) and "同一个客户" in shown.message.subtitle
    ]


def standing(office: World, member: str) -> list[Card]:
    cards = [shown.now for shown in asked(office, member)]
    return [card for card in cards if isinstance(card, Card)]

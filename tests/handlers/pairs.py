"""Pairs of clients for the tests of reviews and merges."""

from collections.abc import Sequence
from datetime import datetime

from crm_store.facts import LeadAssigned
from crm_store.identity.verdict import Effect, Evidence, Outcome, Verdict
from crm_store.models import Client, IdentityKind, Member, Review
from crm_store.store import Transaction
from handlers.events import CardPress, Platform, SlotDue
from handlers.opening import lead_for
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


async def one_client(
    office: World, name: str, *, owner: str | None = None, product: str = "", phone: str = ""
) -> int:
    """His number; with an open lead where he has an owner."""
    async with office.store.transaction() as tx:
        client = await tx.new_client(name=name)
        if phone:
            await tx.add_identity(client.id, IdentityKind.PHONE, phone)
        if owner is not None:
            given = (product, f"{product}线")
            lead, _ = await lead_for(tx, client, product=given, source="微信客服")
            await tx.record(
                LeadAssigned(
                    at=tx.now,
                    client_id=client.id,
                    lead_id=lead.id,
                    owner_id=owner,
                    automatic=True,
                    reason="first",
                    why={"candidates": []},
                )
            )
        return client.id


async def two_clients(office: World) -> None:
    """赵主任 (C1) is 李娜's, 钱主任 (C2) 王磊's; 陈经理 leads both."""
    await one_client(office, "赵主任", owner="lina", product="CT设备", phone="+8613800001234")
    await one_client(office, "钱主任", owner="wanglei", product="移动DR", phone="+8613900005678")


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
    office.clock.turn_to(moment)
    await office.happens(SlotDue(job=MORNING, slot=moment), lane=f"cron:{MORNING}")


def press_of(office: World, member: str, action: str, *, key: str = "forged") -> CardPress:
    """Whoever presses what on which card, also on one that was never sent."""
    row = office.staff[member]
    platform = Platform.WECOM if row.get("wecom") else Platform.DINGTALK
    return CardPress(
        platform=platform,
        account=str(row.get("wecom") or row["dingtalk"]),
        card_key=key,
        action=action,
        pressed_at=office.clock.now(),
        code="RC-forged" if platform is Platform.WECOM else None,
    )


async def press_all(office: World, presses: Sequence[CardPress]) -> None:
    """One after the other; what comes of it is delivered at the end."""
    async with office.store.transaction() as tx:
        for press in presses:
            await office.dispatcher.dispatch(tx, press.kind, press.model_dump(mode="json"))
    await office.settle()


async def review(office: World, number: int = 1) -> Review:
    async with office.store.view() as view:
        return await view.get(Review, number)


async def becomes_somebody_elses(office: World, member: str) -> None:
    """His manager leads him no more."""
    async with office.store.transaction() as tx:
        row = await tx.get(Member, member)
        row.manager_id = None
        tx.add(row)


def asked(office: World, member: str) -> list[Shown]:
    """The pairs on his screen."""
    return [
        shown
        for shown in office.screen(member)
        if isinstance(shown.message, Card) and "同一个客户" in shown.message.subtitle
    ]


def standing(office: World, member: str) -> list[Card]:
    """They, as they stand now."""
    return [card for shown in asked(office, member) if isinstance(card := shown.now, Card)]

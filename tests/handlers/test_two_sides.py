"""The same client from several sides in the same instant: one client, one lead, no word lost."""

import asyncio

from sqlmodel import col, select

from bot.worker import Worker
from crm_store import inbox
from crm_store.arrival import Arrival
from crm_store.models import ChatMessage, Client, Lead
from crm_store.wakeup import LocalWakeup
from handlers.events import ClientMessage, Event, MemberMessage, Platform, Speaker
from handlers.intake import take_in
from handlers.submission import Submission
from tests.world import World

PHONE = "13912345678"


def said_to_the_shop(office: World, ref: str) -> tuple[Event, str]:
    words = ClientMessage(
        account="wkShop",
        client_ref=ref,
        message_id=f"m-{ref}",
        sent_at=office.clock.now(),
        speaker=Speaker.CLIENT,
        text=f"你好，想了解CT设备，电话{PHONE}",
    )
    return words, f"kf:wkShop:{ref}"


def entered(office: World, platform: Platform, account: str) -> tuple[Event, str]:
    words = MemberMessage(
        platform=platform,
        account=account,
        message_id=f"m-{account}",
        sent_at=office.clock.now(),
        text=f"线索 赵主任 想了解CT设备 电话{PHONE}",
    )
    return words, f"member:{platform}:{account}"


async def hands_in(office: World, number: int) -> None:
    """What the intake does, which tries again where somebody was quicker."""
    form = Submission(external_id=f"form-{number}", phone=PHONE, need="想了解CT设备")
    for _ in range(5):
        try:
            async with office.store.transaction() as tx:
                given = {Submission: form}
                await office.dispatcher.act(tx, take_in, given, {"source": "website"})
        except Exception:  # noqa: BLE001 (a unique index or a deadlock: which one is chance)
            continue
        return
    raise AssertionError("never taken in")


async def test_one_client_and_one_lead_come_of_it(office: World) -> None:
    arriving = [
        said_to_the_shop(office, "wmZhao"),
        said_to_the_shop(office, "wmZhaoElse"),
        entered(office, Platform.WECOM, "LiNa"),
        entered(office, Platform.DINGTALK, "chenjl01"),
    ]
    async with office.store.transaction() as tx:
        for event, lane in arriving:
            payload = event.model_dump(mode="json")
            await tx.arrive([Arrival(kind=event.kind, key=lane, lane=lane, payload=payload)])

    workers = [Worker(office.store, office.dispatcher, LocalWakeup(), together=1) for _ in arriving]
    await asyncio.gather(
        *(worker.handle_some() for worker in workers),
        *(hands_in(office, number) for number in range(3)),
    )
    # Who came too late tries again within the minute.
    for _ in range(5):
        office.clock.forward(inbox.HOLDS_LANE / 10)
        await office.settle()

    async with office.store.view() as view:
        live = select(Client).where(col(Client.merged_into_id).is_(None))
        (client,) = (await view.session.exec(live)).all()
        going_on = select(Lead).where(col(Lead.folded_into_id).is_(None))
        (lead,) = (await view.session.exec(going_on)).all()
        words = (await view.session.exec(select(ChatMessage))).all()
        dead = await inbox.dead_letters(view.session)
    assert dead == []
    assert lead.client_id == client.id
    assert len(words) >= 5
    cards = [card.title for name in ("lina", "wanglei") for card in office.cards(name)]
    assert len([title for title in cards if "CT设备" in title]) == 1

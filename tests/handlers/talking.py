"""What tests of the talk between a colleague and the assistant share."""

from sqlmodel import col, select

from crm_store.models import TimelineEntry
from crm_store.queries import mutes
from notifiers.card import Card
from tests.world import STORY, Shown, World

ENTERED = "线索 康源医疗的孙经理 13912345678 想要移动DR 预算50万"


async def two_clients(office: World) -> None:
    """李娜 has 赵主任 (L1) and 孙经理 of 康源医疗 (L2)."""
    await office.client_writes("wmZhao", STORY, nickname="赵主任")
    await office.hears("lina", ENTERED)


async def kinds(office: World) -> list[str]:
    async with office.store.view() as view:
        rows = await view.session.exec(select(TimelineEntry.kind).order_by(col(TimelineEntry.id)))
        # Whoever asks about a client has seen him: that is no deed.
        return [kind for kind in rows.all() if kind != "viewed"]


async def is_muted(office: World, number: int = 1) -> bool:
    async with office.store.view() as view:
        lead = await office.lead(number)
        return bool(await mutes.kinds(view, "lina", lead.client_id))


def card(office: World, title: str) -> Shown:
    """李娜's newest card of this title."""
    return next(
        shown
        for shown in reversed(office.screen("lina"))
        if isinstance(shown.message, Card) and shown.message.title == title
    )

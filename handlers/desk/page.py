"""桌面提醒页: what rings before somebody, as his page shows it, and what he may do there."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from config.rules import Rules
from crm_store.errors import CrmError
from crm_store.models import DeskAlert, DeskSeat, Lead, Member
from crm_store.queries import desk_alerts
from crm_store.store import Transaction
from crm_store.view import View
from handlers.deciding import NotForYou
from handlers.desk.noticing import put_aside
from handlers.links import Links
from handlers.rights import scope_of
from handlers.ringing import urgent_words
from handlers.showing import working_view
from notifiers.cards.desk import announcement

_LONGEST_NUMBER = 18


@dataclass(frozen=True)
class Ringing:
    """One lead that waits to be seen."""

    id: int
    title: str
    """赵主任 · 急需CT设备维保"""
    line: str
    """来自微信客服 · 上海"""
    url: str
    """Where it is followed up."""
    since: datetime


async def sitting(view: View, member_id: str, seat: int) -> Member:
    """The member whose desk it is; raises NotForYou where the link was taken back, or he left."""
    member = await view.find(Member, member_id)
    if member is None or not member.active:
        raise NotForYou("您已经不在同事名单里")
    kept = await view.find(DeskSeat, member_id)
    if kept is None or kept.seat != seat:
        raise NotForYou("这个提醒页的链接已经作废，请在聊天里再说一次“桌面提醒”")
    return member


async def ringing_before(
    view: View, member_id: str, ids: Collection[int], links: Links, rules: Rules
) -> list[Ringing]:
    """These alerts, as far as they are of leads that are his now; the newest first."""
    member = await view.get(Member, member_id)
    scope = await scope_of(view, member)
    found = []
    for alert in await desk_alerts.by_ids(view, ids):
        lead = await view.get(Lead, alert.lead_id)
        if alert.member_id != member.id or lead.owner_id != member.id or not scope.covers(lead):
            continue
        known = await working_view(view, lead, member, links, rules)
        said = announcement(known, await urgent_words(view, lead))
        found.append(
            Ringing(
                alert.id, said.title, said.line, links.follow_up(lead, member), alert.created_at
            )
        )
    return found[::-1]


async def know(member: Member, tx: Transaction, alert: str) -> None:
    """知道了: the lead is seen, and rings no more. A second time changes nothing."""
    is_number = alert.isascii() and alert.isdecimal() and len(alert) <= _LONGEST_NUMBER
    row = await tx.find(DeskAlert, int(alert)) if is_number else None
    if row is None or row.member_id != member.id:
        raise CrmError("没有这条提醒，请刷新页面")
    lead = await tx.lock_lead(row.lead_id)
    if lead.owner_id == member.id:
        await put_aside(tx, lead, member)

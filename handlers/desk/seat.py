"""桌面提醒: a personal link to a page that stays open on the desk and rings.

The link lasts for months and names a seat; 关闭桌面提醒 gives the member another seat, which ends
every link that he ever got, and every page that is open under one. So does his leaving.
"""

from config.schemas.desk import Desk
from crm_store.errors import CrmError
from crm_store.models import DeskSeat, Member
from crm_store.store import Transaction
from handlers.links import Links
from handlers.router import Reply, Router
from notifiers.card import Card, Link

router = Router("seat")


@router.command(
    "桌面提醒",
    "电脑提醒",
    "打开桌面提醒",
    "开启桌面提醒",
    "我要桌面提醒",
    help="要一个电脑上的提醒页：新线索来了会弹出通知",
)
async def give_seat(sender: Member, tx: Transaction, links: Links, desk: Desk) -> Reply:
    if not desk.active:
        raise CrmError("桌面提醒没有启用，请联系管理员")
    seat = await tx.find(DeskSeat, sender.id)
    if seat is None:
        seat = DeskSeat(member_id=sender.id)
        tx.add(seat)
    url = links.desk(sender, seat.seat)
    return Card(
        title="桌面提醒",
        text=(
            "用电脑上的浏览器打开，点“开启通知”，让这一页一直开着：有新线索会弹出客户是谁、要什么。"
            f"这个链接只给您自己用，{desk.link_days} 天内有效；"
            "换电脑或不想再用，对我说“关闭桌面提醒”，旧链接马上作废。"
        ),
        buttons=(Link(text="打开提醒页", url=url),),
        url=url,
    )


@router.command(
    "关闭桌面提醒",
    "取消桌面提醒",
    "重置桌面提醒",
    "停用桌面提醒",
    help="作废以前的桌面提醒链接，开着的页面也会停",
)
async def take_seat_back(sender: Member, tx: Transaction) -> Reply:
    seat = await tx.find(DeskSeat, sender.id)
    if seat is None:
        return "您没有开过桌面提醒。要用就说“桌面提醒”"
    seat = await tx.lock(DeskSeat, sender.id)
    seat.seat += 1
    tx.add(seat)
    tx.ring()
    return "好的，以前的桌面提醒链接都作废了，开着的页面也会停。要再用就说“桌面提醒”"

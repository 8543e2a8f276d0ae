"""Reminders as rows: set, found by their owner, shown."""

import re

from crm_store.errors import CrmError, NotYours
from crm_store.models import Lead, Member, Reminder, ReminderState
from crm_store.queries import reminders
from crm_store.store import Transaction
from crm_store.view import View
from handlers.finding import WhichOne, look_up
from handlers.links import Links
from handlers.promises.wishes import Wish
from handlers.rights import scope_of
from nlp.time.recurrence import Repeat
from notifiers.cards.reminders import ReminderView

TIMER = "reminder"
_MOST = 100
"""So many wait for one colleague at most."""
NUMBER = re.compile(r"[第#Rr]?\s*([0-9]{1,12})\s*(?:号|个|条)?")
_NAMED = re.compile(
    r"(?:回访|回|给|找|联系|拜访|问|催|跟进|约|打给|和|跟|看)([\u4e00-\u9fffA-Za-z0-9]{2,10}?)"
    r"(?=发|打|报|寄|的|回|谈|签|见|做|送|开|要|联系|确认|聊|$|[\s，,。])"
)


async def add(tx: Transaction, member: Member, by: Member, wish: Wish) -> Reminder:
    if await reminders.count_waiting(tx, by.id) >= _MOST:
        raise CrmError(f"已经有 {_MOST} 个提醒了，请先回复“我的提醒”取消几个")
    sealed = tx.vault.service.seal(wish.about.encode("utf-8", "replace"), purpose="reminder")
    row = Reminder(
        member_id=member.id,
        asked_by=by.id,
        lead_id=await _lead_named(tx, member, wish.about),
        words=sealed,
        due_at=wish.due,
        again=wish.again.as_json() if wish.again else None,
        created_at=tx.now,
    )
    tx.add(row)
    await tx.flush()
    await tx.set_timer(TIMER, row.ref, row.due_at)
    return row


async def _lead_named(view: View, member: Member, about: str) -> int | None:
    """The client whom the words name, where exactly one of his is called so."""
    for named in _NAMED.finditer(about):
        try:
            return (await look_up(view, member, named[1])).lead.id
        except (NotYours, WhichOne):
            continue
    return None


async def page_of(tx: Transaction, row: Reminder, member: Member, links: Links) -> str | None:
    lead = await tx.find(Lead, row.lead_id) if row.lead_id else None
    if lead is None or not (await scope_of(tx, member)).covers(lead):
        return None
    return links.history(lead, member)


async def his(tx: Transaction, sender: Member, number: str) -> Reminder:
    """A waiting one that comes to the sender, or that he set for another; held."""
    found = NUMBER.fullmatch(number.strip())
    row = await tx.find(Reminder, int(found[1])) if found else None
    if row is None or sender.id not in (row.member_id, row.asked_by):
        raise CrmError(f"没有找到您的提醒“{number}”，回复“我的提醒”看编号")
    row = await tx.lock(Reminder, row.id)
    if row.state != ReminderState.WAITING:
        raise CrmError("这个提醒已经过了或取消了，回复“我的提醒”看还有哪些")
    return row


def words_of(tx: Transaction, row: Reminder) -> str:
    return tx.vault.service.open(row.words, purpose="reminder").decode()


def drawn(tx: Transaction, row: Reminder, reader: Member, names: dict[str, str]) -> ReminderView:
    is_mine = row.member_id == reader.id
    return ReminderView(
        number=row.id,
        about=words_of(tx, row),
        due=row.due_at,
        again=Repeat.from_json(row.again).words if row.again else "",
        asked_by="" if row.asked_by == row.member_id else names.get(row.asked_by, ""),
        of="" if is_mine else names.get(row.member_id, ""),
    )

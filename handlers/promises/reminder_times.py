"""A reminder's time has come: once, however late, and put off with a tap."""

from datetime import datetime, time, timedelta

from config.calendar import ONE_DAY, WorkingCalendar
from config.settings import Settings
from crm_store.errors import CrmError
from crm_store.models import Lead, Member, Reminder, ReminderState
from crm_store.queries import members
from crm_store.store import Transaction
from handlers.events import CardPress, TimerDue
from handlers.hours import in_working_time
from handlers.links import Links
from handlers.presses import ALREADY, settle_press, take_press
from handlers.promises.reminders import NUMBER, TIMER, drawn, page_of, words_of
from handlers.router import Reply, Router
from nlp.time.recurrence import Repeat
from notifiers.card import Text
from notifiers.cards import reminders as cards
from notifiers.cards.reminders import day_in_full
from notifiers.cards.wording import day_and_time

router = Router("reminder_times")

_PURPOSE = "reminder"
_LATE_AFTER = timedelta(minutes=5)
_SNOOZE = timedelta(minutes=10)
_MORNING = time(9, 0)


@router.timer(TIMER)
async def fire(
    due: TimerDue,
    tx: Transaction,
    calendar: WorkingCalendar,
    settings: Settings,
    links: Links,
) -> None:
    """Once, however late; of one that repeats the missed ones are not made up for."""
    found = await tx.find(Reminder, int(due.subject[1:]))
    if found is None:
        return
    row = await tx.lock(Reminder, found.id)
    if row.state != ReminderState.WAITING:
        return
    if row.due_at > tx.now:
        # The clock was turned back since it rang, or the reminder moved: it rings again.
        await tx.set_timer(TIMER, row.ref, row.due_at)
        return
    member = await tx.find(Member, row.member_id)
    if member is None or not member.active:
        row.state = ReminderState.CANCELLED
        tx.add(row)
        await _tell_asker(tx, row, calendar)
        return
    meant = row.due_at
    at = tx.now
    if row.asked_by != row.member_id:
        at = in_working_time(member, tx.now, calendar)
    names = await members.names(tx)
    view = drawn(tx, row, member, names)
    lead = await tx.find(Lead, row.lead_id) if row.lead_id else None
    other = lead.owner_id if lead is not None and lead.owner_id != member.id else None
    late = day_and_time(meant) if tx.now - meant > _LATE_AFTER else ""
    await tx.notify(
        member,
        cards.due_card(
            view,
            late=late,
            url=await page_of(tx, row, member, links),
            now_with=names.get(other or "", ""),
        ),
        purpose=_PURPOSE,
        lead_id=row.lead_id,
        due_at=at,
    )
    if row.again is None:
        row.state = ReminderState.DONE
    else:
        again = Repeat.from_json(row.again)
        row.due_at = again.next_after(tx.now, calendar, settings.zone)
        await tx.set_timer(TIMER, row.ref, row.due_at)
    tx.add(row)


async def _tell_asker(tx: Transaction, row: Reminder, calendar: WorkingCalendar) -> None:
    """Whoever relies on it that another was reminded hears that nobody was."""
    asker = await tx.find(Member, row.asked_by)
    if asker is None or not asker.active or asker.id == row.member_id:
        return
    left = (await members.names(tx)).get(row.member_id, row.member_id)
    said = f"{left}已经离职，没有提醒到：{words_of(tx, row)}。需要的话请换一位：提醒 同事 时间 内容"
    await tx.notify(asker, Text(text=said), due_at=in_working_time(asker, tx.now, calendar))


@router.button("snooze")
async def snooze(
    argument: str, press: CardPress, sender: Member, tx: Transaction, settings: Settings
) -> Reply:
    """Once more, later: of one that repeats a single one beside it."""
    number, _, span = argument.partition(":")
    found = NUMBER.fullmatch(number)
    row = await tx.find(Reminder, int(found[1])) if found else None
    if row is None or row.member_id != sender.id:
        raise CrmError("这个提醒已经不在了")
    if await take_press(tx, press) is ALREADY:
        return None
    due = tx.now + _SNOOZE if span == "10m" else _tomorrow(tx.now, settings)
    later = Reminder(
        member_id=row.member_id,
        asked_by=row.asked_by,
        lead_id=row.lead_id,
        words=row.words,
        due_at=due,
        created_at=tx.now,
    )
    tx.add(later)
    await tx.flush()
    await tx.set_timer(TIMER, later.ref, due)
    said = f"{day_in_full(due, tx.now, settings.zone)} 再提醒"
    await settle_press(tx, press, f"⏰ {words_of(tx, row) or '时间到了'}", said)
    return None


def _tomorrow(now: datetime, settings: Settings) -> datetime:
    day = now.astimezone(settings.zone).date() + ONE_DAY
    return datetime.combine(day, _MORNING, settings.zone)

"""提醒: in a colleague's words, to himself or, for a manager, to one of his people.

「明早10点提醒我给王主任发报价」「每周一提醒我看华东的单」「半小时后叫我」「提醒李娜明天上午回康源」
「我的提醒」「取消提醒 2」「提醒 2 改到 周五」. What one asked for himself comes at that minute,
also outside working time; what another asked for him waits for it.
"""

import re
from datetime import datetime, time, timedelta

from config.calendar import ONE_DAY, WorkingCalendar
from config.settings import Settings
from crm_store.errors import CrmError, NotYours
from crm_store.models import Lead, Member, Reminder, ReminderState, Role
from crm_store.queries import members, reminders
from crm_store.store import Transaction
from crm_store.view import View
from handlers.commands import Words
from handlers.events import CardPress, TimerDue
from handlers.finding import WhichOne, look_up
from handlers.hours import in_working_time
from handlers.links import Links
from handlers.presses import ALREADY, settle_press, take_press
from handlers.promises.repeats import Repeat
from handlers.promises.wishes import Wish, about_me, read_wish
from handlers.reading import Reader
from handlers.rights import scope_of
from handlers.router import Reply, Router
from notifiers.cards import reminders as cards
from notifiers.cards.reminders import ReminderView, day_in_full
from notifiers.cards.wording import clock_time, day_and_time

router = Router("reminders")

_TIMER = "reminder"
_PURPOSE = "reminder"
_MOST = 100
"""So many wait for one colleague at most."""
_LATE_AFTER = timedelta(minutes=5)
_SNOOZE = timedelta(minutes=10)
_MORNING = time(9, 0)
_LEADERS = frozenset({Role.MANAGER, Role.DIRECTOR})
_NUMBER = re.compile(r"[第#Rr]?\s*([0-9]{1,12})\s*(?:号|个|条)?")
_OF_A_CLIENT = (
    r"别(?!忘)|不要(?!忘)|不用|不想|勿扰|静音|恢复|重新|继续|取消|关掉|屏蔽"
    r"|^(?:更正|跟进|记录|归档|线索|录入|承诺|为什么)\s"
)
"""「康源先别提醒我了」 is about the nudges; a note may speak of reminding, too."""
_OTHERS = re.compile(r"(?:请|麻烦|帮我)?(?:提醒|叫|通知)(?:一下)?\s*")
_NAMED = re.compile(
    r"(?:回访|回|给|找|联系|拜访|问|催|跟进|约|打给|和|跟|看)([\u4e00-\u9fffA-Za-z0-9]{2,10}?)"
    r"(?=发|打|报|寄|的|回|谈|签|见|做|送|开|要|联系|确认|聊|$|[\s，,。])"
)


@router.command(
    "{time} 提醒我 {words}",
    "{time} 提醒我",
    "提醒我 {words}",
    "{time} 叫我 {words}",
    "{time} 叫我",
    "{time} 喊我 {words}",
    unless=_OF_A_CLIENT,
    help="到时候提醒您，可以重复：明早10点提醒我给王主任发报价",
)
async def remind_me(
    said: Words,
    sender: Member,
    tx: Transaction,
    reader: Reader,
    calendar: WorkingCalendar,
    settings: Settings,
) -> Reply:
    about = about_me(said.tidy) or ""
    wish = read_wish(about, reader, tx.now, calendar, settings.zone)
    row = await _add(tx, sender, sender, wish)
    return _noted(row, wish, "您", tx.now, calendar, settings)


@router.command(
    "提醒 {colleague} {words}",
    "提醒 {colleague} {time} {words}",
    roles=_LEADERS,
    help="到时候提醒您的下属：提醒 李娜 明天上午回康源",
)
async def remind_colleague(
    said: Words,
    sender: Member,
    tx: Transaction,
    reader: Reader,
    calendar: WorkingCalendar,
    settings: Settings,
) -> Reply:
    colleague, rest = await _colleague(tx, sender, said.tidy)
    wish = read_wish(rest, reader, tx.now, calendar, settings.zone)
    if not wish.about:
        raise CrmError(f"提醒{colleague.name}做什么？比如：提醒 {colleague.name} 明天上午回康源")
    row = await _add(tx, colleague, sender, wish)
    return _noted(row, wish, colleague.name, tx.now, calendar, settings)


@router.otherwise()
async def remind_colleague_in_one_breath(
    said: Words,
    sender: Member,
    tx: Transaction,
    reader: Reader,
    calendar: WorkingCalendar,
    settings: Settings,
) -> Reply:
    """提醒李娜明天上午回康源: the name follows at once, and is one of his people's."""
    if not any(map(sender.has_role, _LEADERS)):
        return None
    verb = _OTHERS.search(said.tidy)
    below = await _below(tx, sender) if verb else []
    after = said.tidy[verb.end() :] if verb else ""
    if not any(one.name and after.startswith(one.name) for one in below):
        return None
    return await remind_colleague(said, sender, tx, reader, calendar, settings)


@router.command("我的提醒", "提醒列表", "有哪些提醒", help="看看定了哪些提醒：我的提醒")
async def mine(sender: Member, tx: Transaction, settings: Settings) -> Reply:
    names = await members.names(tx)
    waiting = await reminders.waiting(tx, sender.id)
    views = [_drawn(tx, row, sender, names) for row in waiting]
    return cards.listed(views, tx.now, settings.zone)


@router.command("取消提醒 {number}", "提醒 {number} 取消", "删除提醒 {number}", help="取消提醒 2")
async def cancel(number: str, sender: Member, tx: Transaction) -> Reply:
    row = await _his(tx, sender, number)
    row.state = ReminderState.CANCELLED
    tx.add(row)
    await tx.cancel_timer(_TIMER, row.ref)
    return f"好的，取消了提醒：{_words(tx, row)}"


@router.command(
    "提醒 {number} 改到 {time}", "提醒 {number} 改成 {time}", help="换个时间：提醒 2 改到 周五"
)
async def move(
    number: str,
    time: str,
    sender: Member,
    tx: Transaction,
    reader: Reader,
    calendar: WorkingCalendar,
    settings: Settings,
) -> Reply:
    row = await _his(tx, sender, number)
    wish = read_wish(time, reader, tx.now, calendar, settings.zone)
    row.due_at, row.again = wish.due, wish.again.as_json() if wish.again else None
    tx.add(row)
    await tx.set_timer(_TIMER, row.ref, row.due_at)
    when = wish.again.words if wish.again else day_in_full(wish.due, tx.now, settings.zone)
    return f"好的，改到{when} 提醒：{_words(tx, row)}"


# -- its time has come --------------------------------------------------------------------------


@router.timer(_TIMER)
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
    if row.state != ReminderState.WAITING or row.due_at > tx.now:
        return
    member = await tx.find(Member, row.member_id)
    if member is None or not member.active:
        row.state = ReminderState.CANCELLED
        tx.add(row)
        return
    meant = row.due_at
    at = tx.now
    if row.asked_by != row.member_id:
        at = in_working_time(member, tx.now, calendar)
    names = await members.names(tx)
    view = _drawn(tx, row, member, names)
    late = day_and_time(meant) if tx.now - meant > _LATE_AFTER else ""
    await tx.notify(
        member,
        cards.due_card(view, late=late, url=await _page(tx, row, member, links)),
        purpose=_PURPOSE,
        lead_id=row.lead_id,
        due_at=at,
    )
    if row.again is None:
        row.state = ReminderState.DONE
    else:
        again = Repeat.from_json(row.again)
        row.due_at = again.next_after(tx.now, calendar, settings.zone)
        await tx.set_timer(_TIMER, row.ref, row.due_at)
    tx.add(row)


@router.button("snooze")
async def snooze(
    argument: str, press: CardPress, sender: Member, tx: Transaction, settings: Settings
) -> Reply:
    """Once more, later: of one that repeats a single one beside it."""
    number, _, span = argument.partition(":")
    found = _NUMBER.fullmatch(number)
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
    await tx.set_timer(_TIMER, later.ref, due)
    said = f"{day_in_full(due, tx.now, settings.zone)} 再提醒"
    await settle_press(tx, press, f"⏰ {_words(tx, row) or '时间到了'}", said)
    return None


def _tomorrow(now: datetime, settings: Settings) -> datetime:
    day = now.astimezone(settings.zone).date() + ONE_DAY
    return datetime.combine(day, _MORNING, settings.zone)


# -- rows -----------------------------------------------------------------------------------------


async def _add(tx: Transaction, member: Member, by: Member, wish: Wish) -> Reminder:
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
    await tx.set_timer(_TIMER, row.ref, row.due_at)
    return row


async def _lead_named(view: View, member: Member, about: str) -> int | None:
    """The client whom the words name, where exactly one of his is called so."""
    for named in _NAMED.finditer(about):
        try:
            return (await look_up(view, member, named[1])).lead.id
        except (NotYours, WhichOne):
            continue
    return None


async def _page(tx: Transaction, row: Reminder, member: Member, links: Links) -> str | None:
    lead = await tx.find(Lead, row.lead_id) if row.lead_id else None
    if lead is None or not (await scope_of(tx, member)).covers(lead):
        return None
    return links.history(lead, member)


async def _his(tx: Transaction, sender: Member, number: str) -> Reminder:
    """A waiting one that comes to the sender, or that he set for another; held."""
    found = _NUMBER.fullmatch(number.strip())
    row = await tx.find(Reminder, int(found[1])) if found else None
    if row is None or sender.id not in (row.member_id, row.asked_by):
        raise CrmError(f"没有找到您的提醒“{number}”，回复“我的提醒”看编号")
    row = await tx.lock(Reminder, row.id)
    if row.state != ReminderState.WAITING:
        raise CrmError("这个提醒已经过了或取消了，回复“我的提醒”看还有哪些")
    return row


async def _colleague(tx: Transaction, sender: Member, words: str) -> tuple[Member, str]:
    """Whom the words name after 提醒, within who works below the sender, and the words without."""
    verb = _OTHERS.search(words)
    after = words[verb.end() :] if verb else words
    known = [one for one in await _below(tx, sender) if one.name and after.startswith(one.name)]
    named = max(known, key=lambda one: len(one.name), default=None)
    if named is None:
        raise CrmError("只能提醒您的下属，请写全名：提醒 李娜 明天上午回康源")
    before = words[: verb.start()] if verb else ""
    return named, f"{before} {after[len(named.name) :]}".strip()


async def _below(tx: Transaction, sender: Member) -> list[Member]:
    """Whom he may remind: his people, a director everybody, and himself."""
    everybody = await members.active(tx)
    if sender.has_role(Role.DIRECTOR):
        return list(everybody)
    below = await members.below(tx, sender.id)
    return [one for one in everybody if one.id in below or one.id == sender.id]


def _words(tx: Transaction, row: Reminder) -> str:
    return tx.vault.service.open(row.words, purpose="reminder").decode()


def _drawn(tx: Transaction, row: Reminder, reader: Member, names: dict[str, str]) -> ReminderView:
    is_mine = row.member_id == reader.id
    return ReminderView(
        number=row.id,
        about=_words(tx, row),
        due=row.due_at,
        again=Repeat.from_json(row.again).words if row.again else "",
        asked_by="" if row.asked_by == row.member_id else names.get(row.asked_by, ""),
        of="" if is_mine else names.get(row.member_id, ""),
    )


def _noted(
    row: Reminder,
    wish: Wish,
    whom: str,
    now: datetime,
    calendar: WorkingCalendar,
    settings: Settings,
) -> str:
    """好的，明天（周三）03-11 10:00 提醒您：给王主任发报价"""
    when = day_in_full(wish.due, now, settings.zone)
    if wish.again is not None:
        when = f"{wish.again.words}（下一次 {when}）"
    lines = [f"好的，{when} 提醒{whom}" + (f"：{wish.about}" if wish.about else "")]
    if wish.is_guessed:
        hour = clock_time(wish.due)
        lines.append(f"您没说上午还是下午，按 {hour} 记的；不对请回复：提醒 {row.id} 改到 今晚8点")
    if not calendar.is_working_moment(wish.due):
        later = "到点照样提醒" if row.asked_by == row.member_id else "上班后再提醒"
        lines.append(f"这是非工作时间，{later}。")
    return "\n".join(lines)

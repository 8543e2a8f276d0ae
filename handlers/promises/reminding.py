"""提醒: in a colleague's words, to himself or, for a manager, to one of his people.

「明早10点提醒我给王主任发报价」「每周一提醒我看华东的单」「半小时后叫我」「提醒李娜明天上午回康源」
「我的提醒」「取消提醒 2」「提醒 2 改到 周五」. What one asked for himself comes at that minute,
also outside working time; what another asked for him waits for it.
"""

import re
from datetime import datetime

from config.calendar import WorkingCalendar
from config.settings import Settings
from crm_store.errors import CrmError
from crm_store.models import Member, Reminder, ReminderState, Role
from crm_store.queries import members, reminders
from crm_store.store import Transaction
from handlers.commands import Words
from handlers.hours import in_working_time
from handlers.promises.reminders import TIMER, add, drawn, his, words_of
from handlers.promises.wishes import Asked, Wish, about_me, read_wish
from handlers.reading import Reader
from handlers.rights import LEADERS
from handlers.router import Reply, Router
from notifiers.card import Text
from notifiers.cards import reminders as cards
from notifiers.cards.reminders import day_in_full
from notifiers.cards.wording import clock_time

router = Router("reminders")

_OF_A_CLIENT = (
    r"别(?!忘)|不要(?!忘)|不用|不想|勿扰|静音|恢复|重新|继续|取消|关掉|屏蔽"
    r"|^(?:更正|跟进|记录|归档|线索|录入|承诺|为什么)\s"
)
"""「康源先别提醒我了」 is about the nudges; a note may speak of reminding, too."""
_OTHERS = re.compile(r"(?:请|麻烦|帮我)?(?:提醒|叫|通知)(?:一下)?\s*")


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
    wish = read_wish(about_me(said.tidy), reader, tx.now, calendar, settings.zone)
    row = await add(tx, sender, sender, wish)
    return _noted(row, wish, "您", tx.now, calendar, settings)


@router.command(
    "提醒 {colleague} {words}",
    "提醒 {colleague} {time} {words}",
    roles=LEADERS,
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
    colleague, asked = await _colleague(tx, sender, said.tidy)
    wish = read_wish(asked, reader, tx.now, calendar, settings.zone)
    if not wish.about:
        raise CrmError(f"提醒{colleague.name}做什么？比如：提醒 {colleague.name} 明天上午回康源")
    row = await add(tx, colleague, sender, wish)
    return _noted(row, wish, colleague.name, tx.now, calendar, settings)


@router.command("我的提醒", "提醒列表", "有哪些提醒", help="看看定了哪些提醒：我的提醒")
async def mine(sender: Member, tx: Transaction, settings: Settings) -> Reply:
    names = await members.names(tx)
    waiting = await reminders.waiting(tx, sender.id)
    views = [drawn(tx, row, sender, names) for row in waiting]
    return cards.listed(views, tx.now, settings.zone)


@router.command("取消提醒 {number}", "提醒 {number} 取消", "删除提醒 {number}", help="取消提醒 2")
async def cancel(number: str, sender: Member, tx: Transaction, calendar: WorkingCalendar) -> Reply:
    row = await his(tx, sender, number)
    row.state = ReminderState.CANCELLED
    tx.add(row)
    await tx.cancel_timer(TIMER, row.ref)
    await _tell_other(tx, row, sender, "取消了", calendar)
    return f"好的，取消了提醒：{words_of(tx, row)}"


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
    row = await his(tx, sender, number)
    wish = read_wish(Asked(time), reader, tx.now, calendar, settings.zone)
    row.due_at, row.again = wish.due, wish.again.as_json() if wish.again else None
    tx.add(row)
    await tx.set_timer(TIMER, row.ref, row.due_at)
    when = wish.again.words if wish.again else day_in_full(wish.due, tx.now, settings.zone)
    await _tell_other(tx, row, sender, f"改到 {when} ", calendar)
    return f"好的，改到{when} 提醒：{words_of(tx, row)}"


async def _tell_other(
    tx: Transaction, row: Reminder, sender: Member, what: str, calendar: WorkingCalendar
) -> None:
    """Who asked for it relies on it, and whom it was for may expect it."""
    other_id = row.asked_by if sender.id == row.member_id else row.member_id
    other = await tx.find(Member, other_id)
    if other is None or other.id == sender.id or not other.active:
        return
    text = Text(text=f"{sender.name}{what}提醒：{words_of(tx, row)}")
    await tx.notify(other, text, due_at=in_working_time(other, tx.now, calendar))


async def _colleague(tx: Transaction, sender: Member, words: str) -> tuple[Member, Asked]:
    """Whom the words name after 提醒, within who works below the sender, and the words without."""
    verb = _OTHERS.search(words)
    after = words[verb.end() :] if verb else words
    known = [one for one in await _below(tx, sender) if one.name and after.startswith(one.name)]
    named = max(known, key=lambda one: len(one.name), default=None)
    if named is None:
        raise CrmError("只能提醒您的下属，请写全名：提醒 李娜 明天上午回康源")
    before = words[: verb.start()] if verb else ""
    return named, Asked(before.strip(), after[len(named.name) :].strip())


async def _below(tx: Transaction, sender: Member) -> list[Member]:
    """Whom he may remind: his people, a director everybody, and himself."""
    everybody = await members.active(tx)
    if sender.has_role(Role.DIRECTOR):
        return list(everybody)
    below = await members.below(tx, sender.id)
    return [one for one in everybody if one.id in below or one.id == sender.id]


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
        when = wish.again.words
    lines = [f"好的，{when} 提醒{whom}" + (f"：{wish.about}" if wish.about else "")]
    if wish.again is not None:
        lines.append(f"下一次：{day_in_full(wish.due, now, settings.zone)}")
    if wish.is_guessed:
        hour = clock_time(wish.due)
        lines.append(f"您没说上午还是下午，按 {hour} 记的；不对请回复：提醒 {row.id} 改到 今晚8点")
    if not calendar.is_working_moment(wish.due):
        later = "到点照样提醒" if row.asked_by == row.member_id else "上班后再提醒"
        lines.append(f"这是非工作时间，{later}。")
    return "\n".join(lines)

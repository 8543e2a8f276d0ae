"""The buttons under a promise: 已兑现, 改时间, 不是承诺."""

from datetime import date, datetime

from config.calendar import ONE_DAY, WorkingCalendar
from config.rules import Rules
from config.settings import Settings
from crm_store.errors import CrmError
from crm_store.models import Member, Promise, SentCard
from crm_store.store import Transaction
from handlers.events import CardPress
from handlers.next_days import called
from handlers.presses import ALREADY, settle_press, take_press
from handlers.promises import standing
from handlers.promises.told import his
from handlers.promises.views import deed_of, drawn, title
from handlers.router import Reply, Router
from notifiers.cards import promises as cards
from notifiers.cards.wording import until

router = Router("promise_buttons")

SEVERAL = "promises"
"""The purpose of a card with several promises on it: its other buttons stay."""
_MOST_CHOICES = 5
_WEEK = 8


@router.button("promise_kept")
async def kept_pressed(argument: str, press: CardPress, sender: Member, tx: Transaction) -> Reply:
    row = await his(tx, sender, argument)
    card = await take_press(tx, press)
    if card is ALREADY:
        return None
    await standing.keep(tx, row, how="tap", by=sender.id)
    return await _settled(tx, press, card, row, "已兑现")


@router.button("promise_none")
async def none_pressed(argument: str, press: CardPress, sender: Member, tx: Transaction) -> Reply:
    row = await his(tx, sender, argument)
    card = await take_press(tx, press)
    if card is ALREADY:
        return None
    await standing.drop(tx, row, by=sender.id)
    return await _settled(tx, press, card, row, "不再跟踪")


@router.button("promise_when")
async def when_pressed(
    argument: str,
    press: CardPress,
    sender: Member,
    tx: Transaction,
    calendar: WorkingCalendar,
    settings: Settings,
) -> Reply:
    row = await his(tx, sender, argument)
    if await take_press(tx, press) is ALREADY:
        return None
    today = tx.now.astimezone(settings.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    choices = [
        (name, (today + ONE_DAY * (days + 1)).isoformat())
        for name, days in _choices(today.date(), calendar)
    ]
    return cards.ask_when(await drawn(tx, row), choices)


@router.button("promise_to")
async def to_pressed(
    argument: str,
    press: CardPress,
    sender: Member,
    tx: Transaction,
    rules: Rules,
    calendar: WorkingCalendar,
) -> Reply:
    number, _, moment = argument.partition(":")
    row = await his(tx, sender, number)
    due = _moment(moment)
    if due <= tx.now:
        raise CrmError(f"这个时间已经过了，请回复：承诺 {row.id} 改到 周五")
    card = await take_press(tx, press)
    if card is ALREADY:
        return None
    await standing.move(tx, row, due, by=sender.id, rules=rules, calendar=calendar)
    return await _settled(tx, press, card, row, f"改到 {until(due)}")


def _choices(today: date, calendar: WorkingCalendar) -> list[tuple[str, int]]:
    """今天, and the working days of the week ahead: (what it is called, days from today)."""
    ahead = [(today + ONE_DAY * days, days) for days in range(_WEEK)]
    return [
        ("今天" if day == today else called(day, today), days)
        for day, days in ahead
        if calendar.is_working_day(day)
    ][:_MOST_CHOICES]


def _moment(written: str) -> datetime:
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise CrmError("这个按钮已经不用了，请回复“我的承诺”")
    return moment


async def _settled(
    tx: Transaction, press: CardPress, card: SentCard | None, row: Promise, said: str
) -> Reply:
    """A card about this one alone says how it ended."""
    heading = f"{await title(tx, row)}：{deed_of(row)}"
    if card is None or card.purpose == SEVERAL:
        return f"{row.id}. {heading} · {said}"
    await settle_press(tx, press, heading, said, client_id=row.client_id)
    return None

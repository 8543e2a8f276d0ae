"""承诺: told to the assistant, listed, moved, kept and dropped, in words or by a tap.

「承诺 康源 周五前给报价」「我答应康源周五前给报价」「我的承诺」「已兑现 3」「承诺 3 改到 下周一」
「放弃承诺 3」, and in a note 「跟进 康源 答应周三寄样」.
"""

from config.calendar import WorkingCalendar
from config.rules import Rules
from crm_store.models import Member
from crm_store.queries import promises
from crm_store.store import Transaction
from handlers.finding import find_lead
from handlers.promises import standing
from handlers.promises.moments import read_due
from handlers.promises.told import his, split, told
from handlers.promises.views import all_drawn, deed_of, title
from handlers.reading import Reader
from handlers.router import Reply, Router
from notifiers.cards import promises as cards
from notifiers.cards.wording import until

router = Router("promises")

_MOST_LISTED = 20


@router.command(
    "我的承诺", "我答应了什么", "我答应过什么", "承诺", help="看看您答应客户、还没办的事：我的承诺"
)
async def mine(sender: Member, tx: Transaction) -> Reply:
    pending = await promises.pending_of_owners(tx, [sender.id])
    return cards.listed(await all_drawn(tx, pending[:_MOST_LISTED]))


@router.command(
    "承诺 {client} {words}",
    "我答应 {client} {words}",
    "答应 {client} {words}",
    "我承诺 {client} {words}",
    help="记一件答应客户的事，到期前会提醒：承诺 康源 周五前给报价",
)
async def promise(
    client: str,
    words: str,
    sender: Member,
    tx: Transaction,
    reader: Reader,
    rules: Rules,
    calendar: WorkingCalendar,
) -> Reply:
    return await told(
        tx, await find_lead(tx, sender, client), words, sender, reader, rules, calendar
    )


@router.command(
    "我答应 {words}",
    "我承诺 {words}",
    help="同上，不用空格：我答应康源周五前给报价",
)
async def promise_in_one_breath(
    words: str,
    sender: Member,
    tx: Transaction,
    reader: Reader,
    rules: Rules,
    calendar: WorkingCalendar,
) -> Reply:
    name, rest = await split(tx, sender, words, reader)
    return await told(tx, await find_lead(tx, sender, name), rest, sender, reader, rules, calendar)


@router.command(
    "已兑现 {number}",
    "兑现 {number}",
    "承诺 {number} 已兑现",
    "承诺 {number} 办好了",
    help="答应的事办好了：已兑现 3",
)
async def kept(number: str, sender: Member, tx: Transaction) -> Reply:
    row = await his(tx, sender, number)
    await standing.keep(tx, row, how="told", by=sender.id)
    return f"好的，{await title(tx, row)}的{deed_of(row)}已兑现"


@router.command(
    "放弃承诺 {number}",
    "不是承诺 {number}",
    "取消承诺 {number}",
    help="不再跟踪这件事：放弃承诺 3",
)
async def dropped(number: str, sender: Member, tx: Transaction) -> Reply:
    row = await his(tx, sender, number)
    await standing.drop(tx, row, by=sender.id)
    return f"好的，不再跟踪{await title(tx, row)}的{deed_of(row)}"


@router.command(
    "承诺 {number} 改到 {time}",
    "承诺 {number} 改成 {time}",
    "承诺 {number} 推迟到 {time}",
    help="换个时间：承诺 3 改到 下周一",
)
async def moved(
    number: str,
    time: str,
    sender: Member,
    tx: Transaction,
    reader: Reader,
    rules: Rules,
    calendar: WorkingCalendar,
) -> Reply:
    row = await his(tx, sender, number)
    due = read_due(time, reader, tx.now)
    await standing.move(tx, row, due, by=sender.id, rules=rules, calendar=calendar)
    return f"好的，{await title(tx, row)}的{deed_of(row)}改到 {until(due, time)}"

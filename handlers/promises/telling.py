"""承诺: told to the assistant, listed, moved, kept and dropped, in words or by a tap.

「承诺 康源 周五前给报价」「我答应康源周五前给报价」「我的承诺」「已兑现 3」「承诺 3 改到 下周一」
「放弃承诺 3」, and in a note 「跟进 康源 答应周三寄样」.
"""

import re

from config.calendar import WorkingCalendar
from config.rules import Rules
from crm_store.errors import CrmError, NotYours
from crm_store.facts import FollowedUp, PromiseMade
from crm_store.models import Lead, Member, Promise
from crm_store.queries import promises
from crm_store.store import Transaction
from handlers.finding import Found, WhichOne, find_lead, look_up
from handlers.promises import standing
from handlers.promises.moments import find_span, read_due
from handlers.promises.promising import add, due_of, show_soon
from handlers.promises.views import all_drawn, deed_of, title
from handlers.reading import Reader
from handlers.rights import scope_of
from handlers.router import Reply, Router
from nlp import facts as nlp
from nlp.commitments.actions import thing_named
from notifiers.cards import promises as cards
from notifiers.cards.wording import until

router = Router("promises")

_NUMBER = re.compile(r"[第#Pp]?\s*([0-9]{1,12})\s*(?:号|条|个|项)?")
_IN_A_NOTE = re.compile(
    r"(?<![没未不别])(?:我(?:们|已经?)?)?(?:答应|承诺|保证|说好)(?:了|过)?(?:客户|他们?|她|对方)?"
)
_OF_THE_CLIENT = re.compile(
    r"(?:客户|对方|他|她|主任|经理|总|院长|老师)们?(?:也|已经?|刚)?(?:答应|承诺|保证)"
)
_OTHER = "other"
_LONGEST_NAME = 16
_LONGEST = 200
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
    return await _told(
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
    name, rest = await _split(tx, sender, words, reader)
    return await _told(tx, await find_lead(tx, sender, name), rest, sender, reader, rules, calendar)


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
    return f"好的，{await title(tx, row)}的{deed_of(row)}改到 {until(due)}"


# -- what the assistant was told ----------------------------------------------------------------


@router.on(FollowedUp)
async def in_a_note(
    fact: FollowedUp, tx: Transaction, reader: Reader, rules: Rules, calendar: WorkingCalendar
) -> None:
    """跟进 康源 答应周三寄样: only what he says that he promised."""
    if not fact.words or fact.by is None or fact.lead_id is None:
        return
    said = _IN_A_NOTE.search(fact.words)
    if said is None or _OF_THE_CLIENT.search(fact.words):
        return
    lead = await tx.lock_lead(fact.lead_id)
    made = await _record(
        tx, lead, fact.words[said.end() :], fact.by, reader, rules, calendar, words=fact.words
    )
    if made:
        await show_soon(tx, fact.by, rules)


async def _told(
    tx: Transaction,
    found: Found,
    words: str,
    sender: Member,
    reader: Reader,
    rules: Rules,
    calendar: WorkingCalendar,
) -> Reply:
    made = await _record(tx, found.lead, words, sender.id, reader, rules, calendar)
    if not made:
        return f"{found.client.display}的这件事已经记着了，回复“我的承诺”看看"
    for one in made:
        one.shown_at = tx.now
        tx.add(one)
    views = await all_drawn(tx, made)
    return cards.noted(views) if len(views) == 1 else cards.listed(views)


async def _record(
    tx: Transaction,
    lead: Lead,
    said: str,
    by: str,
    reader: Reader,
    rules: Rules,
    calendar: WorkingCalendar,
    *,
    words: str | None = None,
) -> list[Promise]:
    """What is promised in these words, as tasks of his; what he owes already is no second one."""
    found = [(one.action, one.text, one.due) for one in _promised(said, reader, tx)]
    pending = await promises.pending_of_lead(tx, lead.id)
    made: list[Promise] = []
    for action, text, due in found:
        quote = (words or text)[:_LONGEST]
        fact = PromiseMade(
            at=tx.now,
            client_id=lead.client_id,
            lead_id=lead.id,
            by=by,
            action=action,
            due=dict(due) if due else None,
            words=quote,
        )
        until_when = due_of(fact)
        if until_when is not None and until_when <= tx.now:
            raise CrmError(f"“{text}”说的时间已经过了，请说一个以后的时间")
        owed = (action, until_when, by)
        if owed in [(one.action, one.due_at, one.owner_id) for one in pending if action != _OTHER]:
            continue
        await tx.record(fact)
        made.append(
            await add(
                tx,
                lead,
                owner_id=by,
                action=action,
                words=quote,
                due=until_when,
                made_at=tx.now,
                rules=rules,
                calendar=calendar,
            )
        )
    return made


def _promised(said: str, reader: Reader, tx: Transaction) -> list[nlp.Promise]:
    """As a message to the client would be read; else all of it is one, about what it names."""
    found = list(reader.read(said, tx.now, sender="rep").found.promises)
    if found:
        return found
    span = find_span(said, reader, tx.now)
    due = {"start": span.start.isoformat(), "end": span.end.isoformat()} if span else None
    return [nlp.Promise(said.strip(), 0, len(said), thing_named(said) or _OTHER, due)]


async def _split(tx: Transaction, sender: Member, words: str, reader: Reader) -> tuple[str, str]:
    """康源周五前给报价 → (康源, 周五前给报价): the name ends where a time begins, or as late as a
    client of his is called so."""
    times = reader.read(words, tx.now, sender="rep").found.of("time")
    starts = [one.start for one in times[:1] if 0 < one.start <= _LONGEST_NAME]
    for end in dict.fromkeys([*starts, *range(min(_LONGEST_NAME, len(words) - 1), 1, -1)]):
        name = words[:end].strip(" ，,：:的给")
        try:
            await look_up(tx, sender, name)
        except NotYours:
            continue
        except WhichOne:
            pass
        return name, words[end:]
    raise CrmError("没有看出是哪位客户，请这样说：承诺 康源 周五前给报价")


async def his(tx: Transaction, sender: Member, number: str) -> Promise:
    """The pending promise of this number, held: the sender's own, or of a lead that he governs."""
    found = _NUMBER.fullmatch(number.strip())
    row = await standing.held(tx, int(found[1])) if found else None
    if row is None or not await _may_change(tx, sender, row):
        raise CrmError(f"没有找到您的承诺“{number}”，回复“我的承诺”看编号")
    if not row.is_pending:
        raise CrmError("这件事已经处理过了，回复“我的承诺”看还有哪些")
    return row


async def _may_change(tx: Transaction, sender: Member, row: Promise) -> bool:
    scope = await scope_of(tx, sender)
    lead = await tx.find(Lead, row.lead_id) if row.lead_id else None
    if lead is None or scope.is_empty:
        return False
    return (row.owner_id == sender.id and scope.covers(lead)) or scope.governs(lead)

"""What a colleague tells the assistant that he promised: in a command, in one breath, in a note."""

import re
from collections.abc import Sequence
from datetime import datetime

from config.calendar import WorkingCalendar
from config.rules import Rules
from crm_store.errors import CrmError, NotYours
from crm_store.facts import FollowedUp, PromiseMade
from crm_store.models import Lead, Member, Promise, TimelineEntry
from crm_store.queries import promises
from crm_store.store import Transaction
from handlers.finding import Found, WhichOne, look_up
from handlers.promises import standing
from handlers.promises.moments import find_span
from handlers.promises.promising import add, due_of, show_soon
from handlers.promises.views import all_drawn
from handlers.reading import Reader
from handlers.rights import scope_of
from handlers.router import Reply, Router
from nlp import facts as nlp
from nlp.commitments.actions import thing_named
from notifiers.cards import promises as cards

router = Router("told_promises")

_NUMBER = re.compile(r"[第#Pp]?\s*([0-9]{1,12})\s*(?:号|条|个|项)?")
PROMISED_IN_A_NOTE = re.compile(
    r"(?<![没未不别])(?:我(?:们|已经?)?)?(?:答应|承诺|保证|说好)(?:了|过)?(?:客户|他们?|她|对方)?"
)
_OF_THE_CLIENT = re.compile(
    r"(?:客户|对方|他|她|主任|经理|总|院长|老师)们?(?:也|已经?|刚)?(?:答应|承诺|保证)"
)
_DONE = re.compile(r"(?:已经?|都)(?:发|寄|给|办|做|送|交|报)[^,，。没未]{0,6}了")
_OTHER = "other"
_LONGEST_NAME = 16
_LONGEST = 200


@router.on(FollowedUp)
async def in_a_note(
    fact: FollowedUp,
    entry: TimelineEntry,
    tx: Transaction,
    reader: Reader,
    rules: Rules,
    calendar: WorkingCalendar,
) -> None:
    """跟进 康源 答应周三寄样: only what he says that he promised, and that is still to come."""
    if not fact.words or fact.by is None or fact.lead_id is None:
        return
    said = PROMISED_IN_A_NOTE.search(fact.words)
    if said is None or _OF_THE_CLIENT.search(fact.words):
        return
    lead = await tx.lock_lead(fact.lead_id)
    await tx.flush()  # the entry's number
    if await promises.told_in(tx, entry.id):
        return  # a reaction may run twice
    rest = fact.words[said.end() :]
    found = [one for one in _promised(rest, reader, tx.now) if not _is_over(one, tx.now)]
    made = await _record(
        tx, lead, found, fact.by, rules, calendar, words=fact.words, follow_up_id=entry.id
    )
    if made:
        await show_soon(tx, fact.by, rules)


async def told(
    tx: Transaction,
    found: Found,
    words: str,
    sender: Member,
    reader: Reader,
    rules: Rules,
    calendar: WorkingCalendar,
) -> Reply:
    deeds = _promised(words, reader, tx.now)
    if not deeds:
        raise CrmError(
            "听起来这件事已经办好了，没有记成承诺。回复“我的承诺”看编号，再回复：已兑现 编号"
        )
    for deed in deeds:
        if _is_over(deed, tx.now):
            raise CrmError(f"“{deed.text}”说的时间已经过了，请说一个以后的时间")
    made = await _record(tx, found.lead, deeds, sender.id, rules, calendar)
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
    deeds: Sequence[nlp.Promise],
    by: str,
    rules: Rules,
    calendar: WorkingCalendar,
    *,
    words: str | None = None,
    follow_up_id: int | None = None,
) -> list[Promise]:
    """What is promised, as tasks of his; what he owes already is no second one."""
    pending = await promises.pending_of_lead(tx, lead.id)
    made: list[Promise] = []
    for deed in deeds:
        action, quote = deed.action, (words or deed.text)[:_LONGEST]
        fact = PromiseMade(
            at=tx.now,
            client_id=lead.client_id,
            lead_id=lead.id,
            by=by,
            action=action,
            due=dict(deed.due) if deed.due else None,
            words=quote,
        )
        until_when = due_of(fact)
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
                follow_up_id=follow_up_id,
            )
        )
    return made


def _promised(said: str, reader: Reader, now: datetime) -> list[nlp.Promise]:
    """As a message to the client would be read; else all of it is one, about what it names. What
    the words show to be done (答应赵主任的报价已经发了) is no promise any more."""
    read = reader.read(said, now, sender="rep").found
    done = {one.action for one in read.kept}
    found = [one for one in read.promises if one.action not in done]
    if found or done or _DONE.search(said):
        return found
    span = find_span(said, reader, now)
    due = {"start": span.start.isoformat(), "end": span.end.isoformat()} if span else None
    return [nlp.Promise(said.strip(), 0, len(said), thing_named(said) or _OTHER, due)]


def _is_over(deed: nlp.Promise, now: datetime) -> bool:
    return deed.due is not None and datetime.fromisoformat(deed.due["end"]) <= now


async def split(tx: Transaction, sender: Member, words: str, reader: Reader) -> tuple[str, str]:
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

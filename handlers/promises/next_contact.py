"""下次联系 (#104): 「下周面谈」 by the client, 「康源 下次联系 周四下午」 by the owner: remembered.

It stands in the morning's digest of its day; with a time of day a word comes before it. What is
past is asked about once, and not where the client was spoken to since.
"""

from datetime import datetime, time, timedelta
from typing import Any

from config.calendar import WorkingCalendar
from config.settings import Settings
from crm_store.errors import CrmError
from crm_store.facts import FieldCorrected, FieldLearned, NextContactSet
from crm_store.models import LeadField, Member
from crm_store.queries import fields
from crm_store.store import Transaction
from handlers.finding import Found, find_lead
from handlers.growing import Known, Statement
from handlers.promises.moments import Span, find_span, refuse_past
from handlers.reading import Reader
from handlers.router import Reply, Router
from notifiers.cards import contacts as cards

router = Router("next_contact")

FIELD = "next_contact"
_MIDNIGHT = time.min
_ANOTHER_VERB = r"^(?:更正|改正|把|跟进|记录|归档|线索|录入|承诺|为什么|查)"
_UNCLEAR = "没看懂是什么时候，可以这样说：康源 下次联系 周四下午；不联系了就说：取消下次联系 康源"


# -- how it comes to be -------------------------------------------------------------------------


@router.command(
    "{client} 下次联系 {time}",
    "下次联系 {client} {time}",
    "{client} 下次联系时间 {time}",
    unless=_ANOTHER_VERB,
    help="记下什么时候再联系，当天早上提醒：康源 下次联系 周四下午",
)
async def set_by_owner(
    client: str,
    time: str,
    sender: Member,
    tx: Transaction,
    reader: Reader,
    settings: Settings,
    calendar: WorkingCalendar,
) -> Reply:
    found = await _open_lead(tx, sender, client)
    value = _value(_span(time, reader, tx.now))
    await _note(tx, found, sender, value, time)
    start, end = moments(value, calendar, settings)
    return f"好的，{cards.when(start, settings.zone, end)} 联系{found.client.display}，到时提醒"


@router.command(
    "取消下次联系 {client}",
    "{client} 下次联系 取消",
    "{client} 下次联系 不用了",
    help="不再约下次联系：取消下次联系 康源",
)
async def take_back(client: str, sender: Member, tx: Transaction) -> Reply:
    found = await _open_lead(tx, sender, client)
    await _note(tx, found, sender, None, "取消")
    return f"好的，{found.client.display}不再约下次联系"


async def _open_lead(tx: Transaction, sender: Member, client: str) -> Found:
    found = await find_lead(tx, sender, client)
    if not found.lead.is_open:
        raise CrmError(f"{found.client.display}的线索已经关闭")
    return found


async def _note(
    tx: Transaction, found: Found, sender: Member, value: dict[str, Any] | None, words: str
) -> None:
    """As if he had said it of the field: the client's later words change it all the same, unless
    somebody had corrected it."""
    said = Statement(FIELD, value, words[:64], "owner", tx.now)
    known = await Known.of(tx, found.lead)
    if any(one.row.is_correction for one in known.of_field(FIELD)):
        await known.correct(sender.id, [said])
    else:
        await known.hear([said], told_by=sender.id)


def _span(words: str, reader: Reader, now: datetime) -> Span:
    span = find_span(words, reader, now)
    if span is None:
        raise CrmError(_UNCLEAR)
    refuse_past(span.end, now, span.words)
    return span


def _value(span: Span) -> dict[str, Any]:
    return {"kind": "call", "start": span.start.isoformat(), "end": span.end.isoformat()}


@router.on(FieldLearned)
async def from_what_was_said(
    fact: FieldLearned,
    tx: Transaction,
    reader: Reader,
    calendar: WorkingCalendar,
    settings: Settings,
) -> None:
    if fact.field == FIELD and not fact.late:
        await _from_field(tx, fact, reader, calendar, settings)


@router.on(FieldCorrected)
async def from_what_was_put_right(
    fact: FieldCorrected,
    tx: Transaction,
    reader: Reader,
    calendar: WorkingCalendar,
    settings: Settings,
) -> None:
    if fact.field == FIELD:
        await _from_field(tx, fact, reader, calendar, settings)


async def _from_field(
    tx: Transaction,
    fact: FieldLearned | FieldCorrected,
    reader: Reader,
    calendar: WorkingCalendar,
    settings: Settings,
) -> None:
    """What the words leave open sets nothing: a wrong day is worse than none."""
    row = await tx.find(LeadField, fact.field_id)
    if row is None or fact.lead_id is None:
        return
    lead = await tx.lock_lead(row.lead_id)
    known = await fields.open_row(tx, lead.client_id, row)
    if known is None or (known.is_ambiguous and not row.is_correction):
        return
    about: dict[str, Any] = {
        "at": tx.now,
        "client_id": lead.client_id,
        "lead_id": lead.id,
        "by": fact.by,
        "source": "client" if known.message_id is not None else "chat",
        "message_id": known.message_id,
    }
    value = known.value
    if isinstance(value, str):  # a colleague's own words for it
        span = find_span(value, reader, tx.now)
        value = _value(span) if span else None
    if not isinstance(value, dict) or "start" not in value:
        if lead.next_contact_at is not None:
            await tx.record(NextContactSet(next_at=None, **about))
        return
    start, end = moments(value, calendar, settings)
    if end > tx.now and start != lead.next_contact_at:
        await tx.record(NextContactSet(next_at=start, until=end, words=known.words, **about))


def moments(
    value: dict[str, Any], calendar: WorkingCalendar, settings: Settings
) -> tuple[datetime, datetime]:
    """First and last moment; of several days the first is one on which people work."""
    start, end = (datetime.fromisoformat(str(value[side])) for side in ("start", "end"))
    local = start.astimezone(settings.zone)
    if end - start > timedelta(days=1):
        day = local.date()
        while not calendar.is_working_day(day) and day + timedelta(days=1) < end.date():
            day += timedelta(days=1)
        local = datetime.combine(day, _MIDNIGHT, settings.zone)
    return local, end

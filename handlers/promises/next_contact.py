"""下次联系 (#104): a client's 「下周面谈」, the owner's 「康源 下次联系 周四下午」, are not forgotten.

It stands in the morning's digest of its day; with a time of day a word comes before it. What is
past is asked about once, and not where the client was spoken to since.
"""

from datetime import datetime, time, timedelta
from typing import Any

from config.calendar import WorkingCalendar
from config.rules import Rules
from config.settings import Settings
from crm_store.errors import CrmError
from crm_store.facts import FieldCorrected, FieldLearned, FollowedUp, NextContactSet
from crm_store.models import Lead, LeadField, Member
from crm_store.queries import absences, fields, members
from crm_store.store import Transaction
from handlers.events import CardPress, TimerDue
from handlers.finding import find_lead
from handlers.follow_up import owned_lead
from handlers.growing import Known, Statement
from handlers.hours import at_any_hour, in_working_time
from handlers.links import Links
from handlers.presses import ALREADY, settle_press, take_press
from handlers.promises.moments import Span, find_span
from handlers.reading import Reader
from handlers.router import Reply, Router
from handlers.showing import title_of
from notifiers.card import Text
from notifiers.cards import contacts as cards
from notifiers.cards.wording import clock_time

router = Router("next_contact")

FIELD = "next_contact"
_BEFORE, _AFTER = "contact_soon", "contact_met"
_TIMERS = (_BEFORE, _AFTER)
_TAKEN_BACK = frozenset({"取消", "取消了", "删除", "不用", "不用了", "没有", "无"})
_ASKED_AFTER = timedelta(hours=2)
_MIDNIGHT = time.min
_ANOTHER_VERB = r"^(?:更正|改正|把|跟进|记录|归档|线索|录入|承诺|为什么|查)"
_UNCLEAR = "没看懂是什么时候，可以这样说：康源 下次联系 周四下午；不联系了就说：康源 下次联系 取消"


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
    found = await find_lead(tx, sender, client)
    if not found.lead.is_open:
        raise CrmError(f"{found.client.display}的线索已经关闭")
    span = None if time.strip() in _TAKEN_BACK else _span(time, reader, tx.now)
    value = _value(span) if span else None
    said = Statement(FIELD, value, time[:64], "owner", tx.now)
    known = await Known.of(tx, found.lead)
    if any(one.row.is_correction for one in known.of_field(FIELD)):
        await known.correct(sender.id, [said])
    else:
        await known.hear([said])
    if span is None:
        return f"好的，{found.client.display}不再约下次联系"
    start, _ = _moments(_value(span), calendar, settings)
    return f"好的，{cards.when(start, settings.zone)} 联系{found.client.display}，到时提醒"


def _span(words: str, reader: Reader, now: datetime) -> Span:
    span = find_span(words, reader, now)
    if span is None:
        raise CrmError(_UNCLEAR)
    if span.end <= now:
        raise CrmError(f"“{span.words}”已经过了，请说一个以后的时间")
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
    start, end = _moments(value, calendar, settings)
    if end > tx.now and start != lead.next_contact_at:
        await tx.record(NextContactSet(next_at=start, until=end, words=known.words, **about))


def _moments(
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


# -- its clocks ----------------------------------------------------------------------------------


@router.on(NextContactSet)
async def set_clocks(
    fact: NextContactSet,
    tx: Transaction,
    rules: Rules,
    calendar: WorkingCalendar,
    settings: Settings,
) -> None:
    if fact.lead_id is None:
        return
    lead = await tx.lock_lead(fact.lead_id)
    await tx.cancel_timers(_TIMERS, lead.ref)
    start = lead.next_contact_at
    if start is None or not lead.is_open or start != fact.next_at:
        return
    until = fact.until or _end_of(start, fact.source, settings)
    data = {"at": start.isoformat(), "until": until.isoformat()}
    if start.astimezone(settings.zone).time() != _MIDNIGHT and fact.source != "page":
        before = start - timedelta(minutes=rules.promises.contact_before_minutes)
        if before > tx.now:
            await tx.set_timer(_BEFORE, lead.ref, before, data=data)
    asked = until + _ASKED_AFTER if until == start else until
    await tx.set_timer(_AFTER, lead.ref, calendar.next_working_moment(asked), data=data)


def _end_of(start: datetime, source: str, settings: Settings) -> datetime:
    """A page names a day; elsewhere a moment is what it says."""
    if source != "page":
        return start
    day = start.astimezone(settings.zone).date() + timedelta(days=1)
    return datetime.combine(day, _MIDNIGHT, settings.zone)


@router.timer(_BEFORE)
async def remind_before(
    due: TimerDue, tx: Transaction, settings: Settings, links: Links, calendar: WorkingCalendar
) -> None:
    lead = await _still_agreed(tx, due)
    owner = await _owner_of(tx, lead)
    if lead is None or owner is None or lead.next_contact_at is None:
        return
    if lead.next_contact_at <= tx.now:
        return  # nobody could speak before it: afterwards he is asked
    title = await title_of(tx, lead)
    if owner.id in await absences.away(tx, tx.now):
        manager = await members.manager_of(tx, owner.id)
        if manager is not None:
            said = f"{owner.name}休假，{title}约了{clock_time(lead.next_contact_at)} 联系"
            at = in_working_time(manager, tx.now, calendar)
            await tx.notify(manager, Text(text=said), client_id=lead.client_id, due_at=at)
        return
    card = cards.soon(
        lead.ref, title, lead.next_contact_at, settings.zone, links.history(lead, owner)
    )
    await tx.notify(
        owner,
        card,
        purpose="contact",
        client_id=lead.client_id,
        lead_id=lead.id,
        due_at=at_any_hour(owner, tx.now, settings.zone),
    )


@router.timer(_AFTER)
async def ask_after(
    due: TimerDue, tx: Transaction, settings: Settings, calendar: WorkingCalendar
) -> None:
    """见了吗？Once."""
    lead = await _still_agreed(tx, due)
    owner = await _owner_of(tx, lead)
    if lead is None or owner is None or lead.next_contact_at is None:
        return
    began = lead.next_contact_at.astimezone(settings.zone).replace(hour=0, minute=0)
    if lead.last_followed_up_at is not None and lead.last_followed_up_at >= began:
        await _take_back(tx, lead, by=None, source="met")
        return
    ahead = in_working_time(owner, tx.now, calendar)
    back = (await absences.away(tx, tx.now)).get(owner.id)
    ahead = max(ahead, calendar.next_working_moment(back)) if back else ahead
    if ahead > tx.now:
        await tx.set_timer(_AFTER, lead.ref, ahead, data=due.data)
        return
    card = cards.met(lead.ref, await title_of(tx, lead), lead.next_contact_at, settings.zone)
    await tx.notify(owner, card, purpose="contact", client_id=lead.client_id, lead_id=lead.id)


@router.button("met")
async def met(argument: str, press: CardPress, sender: Member, tx: Transaction) -> Reply:
    lead = await owned_lead(tx, sender, argument)
    if await take_press(tx, press) is ALREADY:
        return None
    await tx.record(
        FollowedUp(
            at=tx.now,
            client_id=lead.client_id,
            lead_id=lead.id,
            by=sender.id,
            how="contacted",
        )
    )
    await _take_back(tx, lead, by=sender.id, source="met")
    title = await title_of(tx, lead)
    await settle_press(tx, press, title, "已联系", client_id=lead.client_id)
    return None


@router.button("unmet")
async def unmet(argument: str, press: CardPress, sender: Member, tx: Transaction) -> Reply:
    lead = await owned_lead(tx, sender, argument)
    if await take_press(tx, press) is ALREADY:
        return None
    await _take_back(tx, lead, by=sender.id, source="chat")
    title = await title_of(tx, lead)
    await settle_press(tx, press, title, "没见成", client_id=lead.client_id)
    name = title.partition(" · ")[0]
    return f"知道了。再约好时间请回复：{name} 下次联系 周四下午"


async def _take_back(tx: Transaction, lead: Lead, *, by: str | None, source: str) -> None:
    if lead.next_contact_at is not None:
        await tx.record(
            NextContactSet(
                at=tx.now,
                client_id=lead.client_id,
                lead_id=lead.id,
                by=by,
                next_at=None,
                source=source,
            )
        )


async def _still_agreed(tx: Transaction, due: TimerDue) -> Lead | None:
    """The open lead, held, where nothing else has been agreed since."""
    lead = await tx.lock_lead(int(due.subject[1:]))
    if not lead.is_open or lead.next_contact_at is None or lead.ref != due.subject:
        return None
    return lead if lead.next_contact_at == datetime.fromisoformat(due.data["at"]) else None


async def _owner_of(tx: Transaction, lead: Lead | None) -> Member | None:
    if lead is None or lead.owner_id is None:
        return None
    return await members.acting_for(tx, lead.owner_id)

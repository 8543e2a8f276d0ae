"""下次联系: a word before it, and once, afterwards, the question whether it came to be."""

from datetime import datetime, time, timedelta

from config.calendar import WorkingCalendar
from config.rules import Rules
from config.settings import Settings
from crm_store.facts import FollowedUp, NextContactSet
from crm_store.models import Lead, Member
from crm_store.queries import absences, leads, members, mutes
from crm_store.store import Transaction
from handlers.events import CardPress, TimerDue
from handlers.follow_up import owned_lead
from handlers.hours import at_any_hour, in_working_time
from handlers.links import Links
from handlers.presses import ALREADY, settle_press, take_press
from handlers.promises.agreed import is_an_hour
from handlers.router import Reply, Router
from handlers.showing import title_of
from notifiers.card import Text
from notifiers.cards import contacts as cards

router = Router("contact_clocks")

_BEFORE, _AFTER = "contact_soon", "contact_met"
_TIMERS = (_BEFORE, _AFTER)
_ASKED_AFTER = timedelta(hours=2)
_MIDNIGHT = time.min


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
    if is_an_hour(start, fact.until, fact.source, settings.zone):
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
            said = f"{owner.name}休假，{title}约了{_when(due, settings)} 联系"
            at = in_working_time(manager, tx.now, calendar)
            await tx.notify(manager, Text(text=said), client_id=lead.client_id, due_at=at)
        return
    if await _is_muted(tx, owner, lead):
        return
    card = cards.soon(lead.ref, title, _when(due, settings), links.history(lead, owner))
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
    agreed = await leads.entries(tx, lead, NextContactSet.kind, last=1)
    touched = lead.last_followed_up_at
    # The call in which it was agreed on, that same morning, is not the meeting.
    if touched is not None and touched >= began and all(touched > one.at for one in agreed):
        await _take_back(tx, lead, by=None, source="met")
        return
    # From when on it was to be asked: a clock turned back asks nobody before they have met.
    until = datetime.fromisoformat(due.data["until"])
    ahead = in_working_time(owner, max(tx.now, until), calendar)
    back = (await absences.away(tx, tx.now)).get(owner.id)
    ahead = max(ahead, calendar.next_working_moment(back)) if back else ahead
    if ahead > tx.now:
        await tx.set_timer(_AFTER, lead.ref, ahead, data=due.data)
        return
    if await _is_muted(tx, owner, lead):
        return
    card = cards.met(lead.ref, await title_of(tx, lead), _when(due, settings))
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


def _when(due: TimerDue, settings: Settings) -> str:
    start, end = (datetime.fromisoformat(due.data[side]) for side in ("at", "until"))
    return cards.when(start, settings.zone, end)


async def _is_muted(tx: Transaction, owner: Member, lead: Lead) -> bool:
    """Only by who muted the client altogether: an agreed hour is no nudge of the ladder's."""
    return await mutes.is_muted(tx, owner.id, lead.client_id, mutes.EVERY_KIND)


async def _owner_of(tx: Transaction, lead: Lead | None) -> Member | None:
    if lead is None or lead.owner_id is None:
        return None
    return await members.acting_for(tx, lead.owner_id)

"""八秒跟进页: what its owner did about a lead, in one tap on his phone, without logging in.

The tap says up to which fact he had read (`seen`). What he recorded since then, or a moment ago,
counts once: a second tap, a form sent twice and the back button (which draws the page anew) find it
there and say so. What is new beside it (a note, a date, a result) is taken all the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from config.calendar import WorkingCalendar
from config.schemas.results import Results
from config.settings import Settings
from crm_store.errors import CrmError
from crm_store.facts import FollowedUp, NextContactSet, ResultGiven
from crm_store.models import Client, Lead, LeadState, Member, TimelineEntry
from crm_store.queries import leads
from crm_store.store import Transaction
from crm_store.view import View
from handlers.deciding import NotForYou
from handlers.finding import note_view
from handlers.follow_up import WHAT
from handlers.next_days import in_words, moment_on, read_day
from handlers.promises.meetings import Meeting, standing
from handlers.rights import scope_of
from handlers.telling import words_of
from notifiers.cards.wording import clock_time

NOTE = "note"
"""Of what may be tapped, the one that records the note alone."""
LONGEST_NOTE = 1000
SAME_WITHIN = timedelta(minutes=2)
"""Who taps the same so soon has tapped once."""
_MOST_SINCE = 50
_LONGEST_NUMBER = 18


@dataclass(frozen=True)
class Given:
    """What was filled in beside the tap, all of it optional."""

    note: str = ""
    on: str = ""
    """The next day to talk, as 2026-03-11."""
    result: str = ""


@dataclass(frozen=True)
class Done:
    """What came of the tap, in words; nothing new where it had been recorded before."""

    says: str
    is_new: bool


class TooLate(CrmError):
    """The lead is his, and over: nothing is recorded any more."""


async def workable(view: View, lead_id: int, member_id: str) -> tuple[Lead, Member]:
    """The lead that goes on under this number, and its owner; raises NotForYou with what is so."""
    member = await view.find(Member, member_id)
    lead = await leads.going_on(view, lead_id)
    if member is None or not member.active:
        raise NotForYou("您已经不在同事名单里")
    if lead is None or member.id not in (lead.owner_id, *lead.tried):
        raise NotForYou("这条线索现在不在您名下")
    client = await view.get(Client, lead.client_id)
    if client.erased_at is not None:
        raise NotForYou("这位客户的资料已经按要求删除")
    if lead.owner_id is None:
        raise NotForYou("这条线索已经回到公海")
    if lead.owner_id != member.id:
        owner = await view.find(Member, lead.owner_id)
        raise NotForYou(f"这条线索现在由{owner.name if owner else '同事'}跟进")
    if not (await scope_of(view, member)).covers(lead):
        raise NotForYou("这条线索现在不在您名下")
    return lead, member


async def opened(lead: Lead, owner: Member, tx: Transaction, *, how: str) -> None:
    """已查看: its owner had the page before his eyes."""
    await note_view(tx, lead, owner, how=how)


async def follow(
    lead: Lead,
    owner: Member,
    given: Given,
    tx: Transaction,
    calendar: WorkingCalendar,
    results: Results,
    settings: Settings,
    how: str,
    seen: str,
) -> Done:
    """Records the tap, and what was filled in beside it. `lead` is locked."""
    if not lead.is_open:
        raise TooLate(f"这条线索已经{LeadState(lead.state).label}，这一步没有再记")
    day, result = _checked(given, how, seen, results.for_line(lead.line), tx, settings)
    since = await _own_since(tx, lead, owner, int(seen))
    done = [
        *await _touch(tx, lead, owner, how, given.note, since),
        *await _next(tx, lead, owner, day, since, calendar, settings),
        *await _result(tx, lead, owner, result, since),
    ]
    if done:
        return Done(f"已记录：{'，'.join(done)}", is_new=True)
    return Done(_said_before(how, since), is_new=False)


def _checked(
    given: Given, how: str, seen: str, results: Sequence[str], tx: Transaction, settings: Settings
) -> tuple[date | None, str]:
    """The day and the result, both of which may be left open; raises what is wrong."""
    if how not in (*WHAT, NOTE):
        raise CrmError("没有这个操作，请重新打开页面")
    if not (seen.isascii() and seen.isdecimal() and len(seen) <= _LONGEST_NUMBER):
        raise CrmError("这一页不完整，请重新打开页面再点一次")
    if len(given.note) > LONGEST_NOTE:
        raise CrmError(f"备注最多 {LONGEST_NOTE} 个字，请删短一点再提交")
    if given.result and given.result not in results:
        raise CrmError("结果的选项已经变了，请重新选一个")
    day = read_day(given.on, today=tx.now.astimezone(settings.zone).date()) if given.on else None
    if how == NOTE and not (given.note or day or given.result):
        raise CrmError("还没有填内容：写一句备注，或选下次联系的日子")
    return day, given.result


async def _own_since(
    tx: Transaction, lead: Lead, owner: Member, seen: int
) -> Sequence[TimelineEntry]:
    """What he did about the lead since the page was drawn, or a moment ago."""
    entries = await leads.timeline(tx, lead, last=_MOST_SINCE)
    return [
        entry
        for entry in entries
        if entry.by == owner.id and (entry.id > seen or abs(tx.now - entry.at) < SAME_WITHIN)
    ]


async def _touch(
    tx: Transaction,
    lead: Lead,
    owner: Member,
    how: str,
    note: str,
    since: Sequence[TimelineEntry],
) -> list[str]:
    touches = [entry for entry in since if entry.kind == FollowedUp.kind]
    if how == NOTE or any(entry.data["how"] == how for entry in touches):
        # The tap is there already; only words that nobody has yet are added to it.
        noted = {await words_of(tx, entry) for entry in touches}
        if not note or note in noted:
            return []
        how = NOTE
    await tx.record(
        FollowedUp(
            at=tx.now,
            client_id=lead.client_id,
            lead_id=lead.id,
            by=owner.id,
            how=how,
            words=note or None,
        )
    )
    said = [WHAT[how]] if how in WHAT else []
    return [*said, "备注"] if note else said


async def _next(
    tx: Transaction,
    lead: Lead,
    owner: Member,
    day: date | None,
    since: Sequence[TimelineEntry],
    calendar: WorkingCalendar,
    settings: Settings,
) -> list[str]:
    if day is None:
        return []
    is_set = any(entry.kind == NextContactSet.kind for entry in since)
    if is_set and _day_of(lead, settings) == day:
        return []
    meeting = await standing(tx, lead, calendar, settings)
    about = {"at": tx.now, "client_id": lead.client_id, "lead_id": lead.id, "by": owner.id}
    if meeting is not None and meeting.start.astimezone(settings.zone).date() == day:
        await tx.record(meeting.agreed(**about))  # its hour is known better than the day
    else:
        at = moment_on(day, tx.now, calendar, settings.zone)
        await tx.record(NextContactSet(**about, next_at=at, source="page"))
    return [f"下次联系 {in_words(day)}{_beside(meeting, day, settings)}"]


def _beside(meeting: Meeting | None, day: date, settings: Settings) -> str:
    """What becomes of a meeting that the client has agreed to."""
    if meeting is None:
        return ""
    on = meeting.start.astimezone(settings.zone).date()
    if on == day:
        return f"（约的是{meeting.when(settings)}）"
    is_later = on > day
    return f"（约好的{meeting.when(settings)}{'照旧，到时提醒' if is_later else '不再提醒'}）"


def _day_of(lead: Lead, settings: Settings) -> date | None:
    at = lead.next_contact_at
    return at.astimezone(settings.zone).date() if at is not None else None


async def _result(
    tx: Transaction, lead: Lead, owner: Member, result: str, since: Sequence[TimelineEntry]
) -> list[str]:
    was_given = any(entry.kind == ResultGiven.kind for entry in since)
    if not result or (was_given and lead.result == result):
        return []
    await tx.record(
        ResultGiven(
            at=tx.now, client_id=lead.client_id, lead_id=lead.id, by=owner.id, result=result
        )
    )
    return [f"结果“{result}”"]


def _said_before(how: str, since: Sequence[TimelineEntry]) -> str:
    touched = [entry for entry in since if entry.kind == FollowedUp.kind]
    at = f" {clock_time(touched[-1].at)} " if touched else ""
    what = f"“{WHAT[how]}”" if how in WHAT else ""
    return f"这一条{at}已经记过{what}了，没有重复记"

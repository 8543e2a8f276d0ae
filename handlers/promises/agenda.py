"""钉钉待办与日程: promises and next contacts also stand in the owner's own lists, where his account
is DingTalk's (#76, #104).

A lead is looked at a moment after anything about it changed, and the platform is brought to what
holds then: put, moved, done, taken away. Nothing waits for it, and where the right to it is
missing all else goes on.
"""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from config.rules import Rules
from config.settings import Settings
from crm_store.facts import (
    Fact,
    LeadAssigned,
    LeadClosed,
    LeadPooled,
    NextContactSet,
    PromiseDropped,
    PromiseKept,
    PromiseMade,
    PromiseMoved,
)
from crm_store.models import AgendaEntry, Lead, Member, Promise, PromiseState
from crm_store.queries import agenda
from crm_store.store import Transaction
from crm_store.timers import set_once
from handlers.events import CallAnswered, TimerDue
from handlers.links import Links
from handlers.promises.agreed import has_hour
from handlers.promises.views import deed_of
from handlers.router import Router
from handlers.showing import title_of
from notifiers.dingtalk_agenda import CALENDAR, DONE, GONE, MOVE, PUT, TODO

router = Router("agenda")

_TIMER = "agenda"
_ANSWER = "agenda"
_AGAIN = "again"
"""In what was told: put a second time, as the first brought no number."""
_SOON = timedelta(minutes=1)
_PLATFORM = "dingtalk"
_DAY_ENDS = time(18, 0)
Look = Callable[..., Coroutine[Any, Any, None]]


@dataclass(frozen=True)
class Wanted:
    """What should stand in somebody's lists."""

    form: str
    subject: str
    account: str
    title: str
    due: datetime | None
    owner: Member

    @property
    def told(self) -> dict[str, Any]:
        return {"due": self.due.isoformat() if self.due else None}


def _looking(kind: type[Fact], *, after: timedelta | None = None) -> Look:
    """A reaction to one kind of fact. What was only just promised waits until it was shown."""

    async def look(fact: Any, tx: Transaction, settings: Settings, rules: Rules) -> None:
        if settings.dingtalk is None or fact.lead_id is None:
            return
        if kind in _OF_EVERY_LEAD and not await _concerns(tx, fact.lead_id):
            return
        wait = timedelta(minutes=rules.promises.show_after_minutes) + _SOON
        await set_once(
            tx.session,
            _TIMER,
            subject_of(fact.lead_id),
            tx.now + (wait if after is None else after),
        )

    look.__annotations__["fact"] = kind
    look.__qualname__ = f"look_after_{kind.kind}"
    return look


async def _concerns(tx: Transaction, lead_id: int) -> bool:
    """Whether anything of it stands in anybody's lists, or should."""
    lead = await tx.get(Lead, lead_id)
    if lead.next_contact_at is not None or await agenda.of_lead(tx, lead_id):
        return True
    return bool(await agenda.pending_on(tx, lead_id))


_OF_EVERY_LEAD: tuple[type[Fact], ...] = (LeadAssigned, LeadPooled, LeadClosed)
_MADE: tuple[type[Fact], ...] = (PromiseMade, NextContactSet)
_CHANGED: tuple[type[Fact], ...] = (
    *(PromiseKept, PromiseMoved, PromiseDropped),
    *_OF_EVERY_LEAD,
)
for _kind in _MADE:
    router.on(_kind)(_looking(_kind))
for _kind in _CHANGED:
    router.on(_kind)(_looking(_kind, after=_SOON))


def subject_of(lead_id: int) -> str:
    """Not the lead's own ref: closing a lead cancels what is under that."""
    return f"A{lead_id}"


@router.timer(_TIMER)
async def bring_up_to_date(
    due: TimerDue, tx: Transaction, settings: Settings, rules: Rules, links: Links
) -> None:
    """Compares what should stand there with what was put, and calls for the difference."""
    lead = await tx.find(Lead, int(due.subject[1:]))
    if lead is None or settings.dingtalk is None:
        return
    client = await tx.lock_client(lead.client_id)
    lead = await tx.lock(Lead, lead.id)
    wanted = {} if client.erased_at else await _wanted(tx, lead, rules, settings)
    entries = await agenda.of_lead(tx, lead.id)
    standing: dict[tuple[str, str, str], AgendaEntry] = {}
    for entry in entries:
        key = (entry.form, entry.subject, entry.account)
        if entry.ends_as is None and key in wanted:
            standing[key] = entry
        elif entry.ends_as is None:
            await _end(tx, lead, entry, await _ending(tx, entry))
    for key, one in wanted.items():
        put = standing.get(key)
        if put is None:
            await _put(tx, lead, one, links)
        elif put.told != one.told and put.number is not None:
            put.told = one.told
            tx.add(put)
            await _call(tx, lead, put, MOVE, one, links)


async def _wanted(
    tx: Transaction, lead: Lead, rules: Rules, settings: Settings
) -> dict[tuple[str, str, str], Wanted]:
    ours, found = rules.promises, list[Wanted]()
    title = await title_of(tx, lead)
    if ours.dingtalk_todo:
        for promise in await agenda.pending_on(tx, lead.id):
            owner = await _on_dingtalk(tx, promise.owner_id)
            if owner is not None:
                said = f"{deed_of(promise)}：{title}"
                found.append(_as(TODO, promise.ref, owner, said, promise.due_at))
    at, owner = lead.next_contact_at, await _on_dingtalk(tx, lead.owner_id)
    if at is not None and owner is not None and lead.is_open:
        said = f"联系{title}"
        to_the_hour = await has_hour(tx, lead, settings.zone)
        if to_the_hour and ours.dingtalk_calendar:
            found.append(_as(CALENDAR, lead.ref, owner, said, at))
        elif ours.dingtalk_todo:
            day = at.astimezone(settings.zone).date()
            end = at if to_the_hour else datetime.combine(day, _DAY_ENDS, settings.zone)
            found.append(_as(TODO, lead.ref, owner, said, end))
    return {(one.form, one.subject, one.account): one for one in found}


def _as(form: str, subject: str, owner: Member, title: str, due: datetime | None) -> Wanted:
    return Wanted(form, subject, owner.dingtalk or "", title, due, owner)


async def _on_dingtalk(tx: Transaction, member_id: str | None) -> Member | None:
    member = await tx.find(Member, member_id) if member_id else None
    return member if member is not None and member.active and member.dingtalk else None


async def _ending(tx: Transaction, entry: AgendaEntry) -> str:
    """What was kept is done; everything else is taken away."""
    if entry.form == TODO and entry.subject.startswith("P"):
        promise = await tx.find(Promise, int(entry.subject[1:]))
        if promise is not None and promise.state == PromiseState.KEPT:
            return DONE
    return GONE


async def _put(
    tx: Transaction, lead: Lead, one: Wanted, links: Links, *, again: bool = False
) -> None:
    entry = AgendaEntry(
        key=f"genjin-{tx.fresh_id()}"[:64],
        form=one.form,
        subject=one.subject,
        lead_id=lead.id,
        account=one.account,
        told={**one.told, _AGAIN: True} if again else one.told,
        created_at=tx.now,
    )
    tx.add(entry)
    await tx.flush()
    await _call(tx, lead, entry, PUT, one, links)


async def _end(tx: Transaction, lead: Lead, entry: AgendaEntry, how: str) -> None:
    """At once where its number is known; else when the platform has told it."""
    entry.ends_as = how
    tx.add(entry)
    if entry.number is not None:
        await _call(tx, lead, entry, how)
        await tx.session.delete(entry)


async def _call(
    tx: Transaction,
    lead: Lead,
    entry: AgendaEntry,
    deed: str,
    one: Wanted | None = None,
    links: Links | None = None,
) -> None:
    said = {"title": one.title, "due": one.told["due"]} if one is not None else {}
    page = links.entry(lead, one.owner) if one is not None and links is not None else ""
    await tx.call(
        entry.form,
        {
            "deed": deed,
            "account": entry.account,
            "key": entry.key,
            "number": entry.number,
            "url": page,
            **said,
        },
        lane=f"agenda:{entry.form}:{lead.id}",
        account=entry.account,
        client_id=lead.client_id,
        answer_to=_ANSWER if deed == PUT else None,
        context={"key": entry.key},
        platform=_PLATFORM,
        app=_PLATFORM,
    )


@router.answer(_ANSWER)
async def number_came(
    answer: CallAnswered, tx: Transaction, settings: Settings, rules: Rules, links: Links
) -> None:
    """Whatever changed since it was put is caught up with."""
    entry = await tx.find(AgendaEntry, str(answer.context["key"]))
    if entry is None or entry.lead_id is None:
        return
    lead = await tx.get(Lead, entry.lead_id)
    await tx.lock_client(lead.client_id)
    entry = await tx.lock(AgendaEntry, entry.key)
    number = (answer.answer or {}).get("id")
    if number is None:
        # Refused; or there already and its number not told, without which it can never be ended:
        # it is put once more, and if that brings none either it stays as it is.
        is_there = answer.error is None and entry.ends_as is None
        if is_there and _AGAIN in entry.told:
            return
        await tx.session.delete(entry)
        await tx.flush()
        one = (await _wanted(tx, lead, rules, settings)).get(
            (entry.form, entry.subject, entry.account)
        )
        if is_there and one is not None:
            await _put(tx, lead, one, links, again=True)
        return
    entry.number = str(number)[:128]
    entry.told = {name: value for name, value in entry.told.items() if name != _AGAIN}
    tx.add(entry)
    if entry.ends_as is not None:
        await _call(tx, lead, entry, entry.ends_as)
        await tx.session.delete(entry)
        return
    await set_once(tx.session, _TIMER, subject_of(lead.id), tx.now)

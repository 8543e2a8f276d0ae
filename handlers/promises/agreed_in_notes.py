"""下次联系, out of a colleague's own report: 「他这两天忙，后天下午三点再联系」 is remembered and
said back. It is taken back with the note."""

import re
from datetime import datetime
from typing import Any

from config.calendar import WorkingCalendar
from config.settings import Settings
from crm_store.facts import FollowedUp, FollowUpWithdrawn, NextContactSet
from crm_store.models import Lead, Member, TimelineEntry
from crm_store.queries import leads
from crm_store.store import Transaction
from handlers.growing import Known, Outcome, Statement
from handlers.promises.moments import find_spans
from handlers.promises.next_contact import FIELD, moments
from handlers.promises.told import PROMISED_IN_A_NOTE
from handlers.reading import Reader
from handlers.router import Router
from handlers.showing import title_of
from notifiers.card import Text
from notifiers.cards import contacts as cards

router = Router("agreed_in_notes")

_MEETINGS = frozenset({"visit", "call"})
_LONGEST = 64
_AGREED = re.compile(r"约(?:了|好|好了|在|定|定了|到)?$")
_MEET = re.compile("见|面谈|面聊|拜访|上门|过去|去|来|看")
_THERE = r"(?:一下|一趟|看看)?(?=$|[，。；！、,;!\s]|他|她)"
_AGAIN = re.compile(
    r"\s*再(?:打(?:过去|电话|给)|联系|聊|谈(?!好)|沟通|碰|约|拜访|看看"
    rf"|(?:打|去|过去|问|跟|跟进){_THERE})"
)
"""约了 周四, 明天 再打: whatever else is said, that is when. 再打款 is somebody else's deed."""


@router.on(FollowedUp)
async def from_a_note(
    fact: FollowedUp,
    tx: Transaction,
    reader: Reader,
    calendar: WorkingCalendar,
    settings: Settings,
) -> None:
    if not fact.words or fact.by is None or fact.lead_id is None or fact.how != "note":
        return
    lead = await tx.lock_lead(fact.lead_id)
    found = _meeting(fact.words, reader, fact.at)
    if found is None or not lead.is_open or await _was_set_at(tx, lead, fact.at):
        return
    value, words = found
    said = Statement(FIELD, value, words[:_LONGEST], "owner", fact.at)
    changes = await (await Known.of(tx, lead)).hear([said], told_by=fact.by)
    if not any(one.outcome in (Outcome.NEW, Outcome.CHANGES) for one in changes):
        return
    sender = await tx.get(Member, fact.by)
    start, end = moments(value, calendar, settings)
    when = cards.when(start, settings.zone, end)
    text = cards.remembered(await title_of(tx, lead), when, lead.ref)
    await tx.notify(sender, Text(text=text), client_id=lead.client_id, lead_id=lead.id)


def _meeting(words: str, reader: Reader, now: datetime) -> tuple[dict[str, Any], str] | None:
    """The nearest date to be in touch that the note tells of, as the client put it or as he means
    to himself: (the field's value, the words)."""
    told = [(one.kind, one.due, one.text) for one in reader.read(words, now).found.appointments]
    # What he promised is a task of its own.
    if not PROMISED_IN_A_NOTE.search(words):
        meant = reader.read(words, now, sender="rep").found.promises
        told += [(one.action, one.due, one.text) for one in meant if one.due is not None]
    for one in find_spans(words, reader, now):
        before, after = words[: one.at], words[one.at + len(one.words) :]
        due = {"start": one.start.isoformat(), "end": one.end.isoformat()}
        if _AGREED.search(before):
            told.append(("visit" if _MEET.search(after) else "call", due, one.words))
        elif _AGAIN.match(after):
            told.append(("call", due, one.words))
    ahead = [
        ({"kind": kind, "start": str(due["start"]), "end": str(due["end"])}, said)
        for kind, due, said in told
        if kind in _MEETINGS and datetime.fromisoformat(str(due["start"])) > now
    ]
    return min(ahead, key=lambda one: datetime.fromisoformat(one[0]["start"]), default=None)


async def _was_set_at(tx: Transaction, lead: Lead, moment: datetime) -> bool:
    """By the page, beside its note."""
    return any(
        one.at == moment for one in await leads.entries(tx, lead, NextContactSet.kind, last=1)
    )


@router.on(FollowUpWithdrawn)
async def taken_back(fact: FollowUpWithdrawn, tx: Transaction) -> None:
    """What the note set is what it was before."""
    note = await tx.find(TimelineEntry, fact.follow_up_id)
    if fact.lead_id is None or note is None:
        return
    lead = await tx.lock_lead(fact.lead_id)
    known = (await leads.entries(tx, lead, NextContactSet.kind, last=2))[::-1]
    if not known or known[0].at != note.at or known[0].by != note.by:
        return
    before = known[1].data if len(known) > 1 else {}
    value = None
    if before.get("next_at") and datetime.fromisoformat(before["next_at"]) > tx.now:
        end = before.get("until") or before["next_at"]
        value = {"kind": "call", "start": before["next_at"], "end": end}
    said = Statement(FIELD, value, "撤销", "owner", tx.now)
    await (await Known.of(tx, lead)).hear([said], told_by=fact.by)

"""还有 10 分钟: what is about to happen to somebody's leads is told in one message, however many
they are: at once, and what comes within the next minutes together.

What is to be said stands in a timer of his. After a message the timer stands on, empty, and what
comes meanwhile waits for it, though never longer than half of the time that is left to act.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from config.schemas.escalation import Action, Step
from crm_store import timers
from crm_store.models import Lead, Member
from crm_store.models.ladder import iso
from crm_store.queries import members, mutes
from crm_store.store import Transaction
from handlers.events import TimerDue
from handlers.ladder.clocks import Deadline
from handlers.ladder.standing import Ladder
from handlers.rights import leads_people
from handlers.router import Router
from handlers.showing import title_of
from notifiers.card import Text
from notifiers.cards.rungs import SoonLine, soon, soon_text

router = Router("announcing")

_KIND = "ladder_soon"
_PAUSE = timedelta(minutes=5)
_MINUTE = timedelta(minutes=1)


async def announce(
    tx: Transaction, member: Member, lead: Lead, announced: Sequence[Deadline]
) -> None:
    """Notes what he is to be told of the lead, which is held."""
    await tx.turn(f"{_KIND}:{member.id}")
    set_now = [one for one in await timers.of_subject(tx.session, member.id) if one.kind == _KIND]
    items = [item for one in set_now for item in one.data["items"]]
    due = min((one.due_at for one in set_now), default=tx.now)
    for one in announced:
        items.append([lead.id, one.step.name, iso(one.since)])
        due = min(due, tx.now + ((one.acts_at or tx.now) - tx.now) / 2)
    await tx.set_timer(_KIND, member.id, due, data={"items": items})


@router.timer(_KIND)
async def tell(due: TimerDue, tx: Transaction, ladder: Ladder) -> None:
    items = due.data["items"]
    member = await tx.get(Member, due.subject)
    lines, lead = [], None
    for lead_id, rung, since in items:
        lead = await tx.get(Lead, lead_id)
        says = await _coming(tx, lead, member, rung, datetime.fromisoformat(since), ladder)
        if says:
            lines.append(SoonLine(lead.ref, await title_of(tx, lead), says))
    if not lines:
        return
    only = lead if len(items) == 1 else None
    await tx.notify(
        member,
        Text(text=soon_text(lines)),
        purpose="ladder",
        client_id=only.client_id if only else None,
        lead_id=only.id if only else None,
    )
    await tx.turn(f"{_KIND}:{member.id}")
    if not await timers.is_set(tx.session, _KIND, member.id):
        await tx.set_timer(_KIND, member.id, tx.now + _PAUSE, data={"items": []})


async def _coming(
    tx: Transaction, lead: Lead, member: Member, rung: str, since: datetime, ladder: Ladder
) -> str:
    """What is about to happen, if it still is; empty where he has acted meanwhile, the lead is
    another's, or he wants to hear no more of it."""
    if lead.owner_id != member.id:
        return ""
    standing = await ladder.standing(tx, lead)
    found = [one for one in standing if (one.step.name, one.since, one.nth) == (rung, since, 0)]
    acting = next((one for one in found if not one.announces and one.due_at > tx.now), None)
    if acting is None:
        return ""
    muted = await mutes.kinds(tx, member.id, lead.client_id)
    changes_hands = acting.step.does(Action.REASSIGN, Action.TAKEOVER)
    if not changes_hands and mutes.is_silent(muted, rung):
        return ""
    return await in_words(tx, acting.step, acting.due_at, member)


async def in_words(tx: Transaction, step: Step, acts_at: datetime, owner: Member) -> str:
    """再过 10 分钟还没有跟进，就会告诉主管: the minutes rounded up."""
    chief = await members.manager_of(tx, owner.id)
    minutes = -((tx.now - acts_at) // _MINUTE)
    return soon(minutes, step, has_chief=chief is not None, decides=leads_people(owner))

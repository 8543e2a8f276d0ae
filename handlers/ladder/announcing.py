"""还有 10 分钟: what is about to happen to somebody's leads is told in one message, however many
they are: at once, and what comes within the next minutes together.

What is to be said stands in a timer of his. After a message the timer stands on, empty, and what
comes meanwhile waits for it, though never longer than half of the time that is left to act.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from config.schemas.escalation import Action, Step
from crm_store.models import Lead, Member
from crm_store.models.ladder import iso
from crm_store.queries import members, mutes
from crm_store.store import Transaction
from handlers.allocation.weighing import weigh
from handlers.events import TimerDue
from handlers.ladder.clocks import Deadline
from handlers.ladder.gathering import gather, waiting
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
    if not announced:
        return
    stands = next(iter(await waiting(tx, _KIND, member)), None)
    items = [(lead.id, one.step.name, iso(one.since)) for one in announced]
    latest = [tx.now + ((one.acts_at or tx.now) - tx.now) / 2 for one in announced]
    due = min(stands.due_at, *latest) if stands else tx.now
    await gather(tx, _KIND, member, items, due, to=stands)


@router.timer(_KIND)
async def tell(due: TimerDue, tx: Transaction, ladder: Ladder) -> None:
    items = due.data["items"]
    member = await tx.get(Member, due.data["member_id"])
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
    await gather(tx, _KIND, member, (), tx.now + _PAUSE, to=None)


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
    return await in_words(tx, lead, acting.step, acting.due_at, ladder)


async def in_words(
    tx: Transaction, lead: Lead, step: Step, acts_at: datetime, ladder: Ladder
) -> str:
    """再过 10 分钟还没有跟进，就会告诉主管: the minutes rounded up."""
    minutes = -((tx.now - acts_at) // _MINUTE)
    return soon(minutes, step, await _what_comes(tx, lead, step, ladder))


async def _what_comes(tx: Transaction, lead: Lead, step: Step, ladder: Ladder) -> str:
    if step.does(Action.REASSIGN) and await _has_successor(tx, lead, ladder):
        return step.says_what_is_coming
    owner = await tx.get(Member, lead.owner_id)
    if await members.manager_of(tx, owner.id) is None:
        return "就会请您来决定" if leads_people(owner) else "就会告诉管理员"
    return "就会交给主管" if step.does(Action.REASSIGN) else step.says_what_is_coming


async def _has_successor(tx: Transaction, lead: Lead, ladder: Ladder) -> bool:
    most = ladder.rules.assignment.max_automatic_reassignments
    if lead.automatic_reassignments >= most:
        return False
    weighed = await weigh(tx, lead, ladder.rules, tried=lead.tried, calendar=ladder.times.calendar)
    return weighed.chosen is not None

"""休假开始: what the absent one has not looked at is offered on, and his manager hears of the rest.

Leads that he works on stay his, and the ladder waits for him; only what nobody has looked at would
lie there. Each lead goes on in an event of its own: its client is held first, like everywhere.
"""

from config.calendar import WorkingCalendar
from config.rules import Rules
from crm_store.models import Absence, LeadState, Member
from crm_store.models.lead import AWAY
from crm_store.queries import absences, leads, members
from crm_store.store import Transaction
from handlers.allocation.assignment import pass_on
from handlers.allocation.leave import STARTS
from handlers.events import TimerDue
from handlers.hours import in_working_time
from handlers.router import Router
from notifiers.card import Text
from notifiers.cards.allocation import span_in_words

router = Router("away")

OFFER_ON = "offer_on"


@router.timer(STARTS)
async def leave_starts(due: TimerDue, tx: Transaction, calendar: WorkingCalendar) -> None:
    absence = await tx.find(Absence, int(due.subject[1:]))
    if absence is None or absence.ends_at <= max(absence.starts_at, tx.now):
        return  # called off meanwhile, or over
    if absence.starts_at > tx.now:  # the clock was turned back since
        await tx.set_timer(STARTS, due.subject, absence.starts_at)
        return
    # Who is giving him a lead this very moment has to be done with it, so that it is seen here.
    member = await tx.lock(Member, absence.member_id)
    mine = await leads.open_of_owner(tx, member.id)
    unseen = [lead for lead in mine if lead.state == LeadState.ASSIGNED]
    for lead in unseen:
        await tx.set_timer(OFFER_ON, lead.ref, tx.now, data={"owner_id": member.id})
    manager = await members.manager_of(tx, member.id)
    if not mine or manager is None:
        return
    words = [
        f"{member.name}请假了（{span_in_words(absence.starts_at, absence.ends_at)}），"
        f"手上有 {len(mine)} 条未结线索",
        f"{len(unseen)} 条还没看过，正在转给别人" if unseen else "",
        "跟进中的仍归本人，客户来信照常发给本人；要转给别人请回复：转派 客户 给 姓名"
        if len(mine) > len(unseen)
        else "",
    ]
    await tx.notify(
        manager,
        Text(text="。".join(part for part in words if part)),
        purpose="leave",
        due_at=in_working_time(manager, tx.now, calendar),
    )


@router.timer(OFFER_ON)
async def offer_on(due: TimerDue, tx: Transaction, rules: Rules, calendar: WorkingCalendar) -> None:
    lead = await tx.lock_lead(int(due.subject[1:]))
    owner_id = due.data["owner_id"]
    if lead.state != LeadState.ASSIGNED or lead.owner_id != owner_id:
        return
    if owner_id not in await absences.away(tx, tx.now):
        return  # he is back already
    manager = await members.manager_of(tx, owner_id)
    await pass_on(tx, lead, manager, rules, calendar, reason=AWAY)

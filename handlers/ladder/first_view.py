"""15 分钟未查看: a lead that its owner did not look at goes to somebody else; the manager is told.

At most two automatic reassignments, never to someone who had it; then the manager owns it.
"""

from config.rules import Rules
from crm_store.facts import Escalated
from crm_store.models import Lead, LeadState, Member
from crm_store.queries import members
from crm_store.store import Transaction
from handlers.allocation.assignment import TO_THE_MANAGER, choose, give
from handlers.events import TimerDue
from handlers.links import Links
from handlers.router import Router
from handlers.showing import title_of, why_in_short
from notifiers.cards.watch import TransferView, transfer_warning

router = Router("first_view")


@router.timer("first_view")
async def nobody_looked(due: TimerDue, tx: Transaction, rules: Rules, links: Links) -> None:
    lead = await tx.lock_lead(int(due.subject[1:]))
    if lead.state != LeadState.ASSIGNED or lead.owner_id != due.data["owner_id"]:
        return
    before = await tx.get(Member, lead.owner_id)
    assigned_at = lead.assigned_at or tx.now
    manager = await members.manager_of(tx, before.id)
    await tx.record(
        Escalated(
            at=tx.now,
            client_id=lead.client_id,
            lead_id=lead.id,
            rung="first_view",
            waited=rules.escalation.first_view.words,
            to=manager.id if manager else None,
            owner_id=before.id,
        )
    )
    await _pass_on(tx, lead, manager, rules)
    if manager is None:
        return
    after = await tx.get(Member, lead.owner_id)
    await tx.notify(
        manager,
        transfer_warning(
            TransferView(
                ref=lead.ref,
                title=await title_of(tx, lead),
                unseen_by=before.name,
                waited=rules.escalation.first_view.words,
                assigned_at=assigned_at,
                moved_to=after.name,
                why=await why_in_short(tx, lead),
                history_url=links.history(lead, manager),
            )
        ),
        purpose="transfer",
        client_id=lead.client_id,
        lead_id=lead.id,
    )


async def _pass_on(tx: Transaction, lead: Lead, manager: Member | None, rules: Rules) -> None:
    """To whoever fits best of those who have not had it; else to the manager, if there is one."""
    decision = await choose(tx, lead, rules, tried=lead.tried)
    may_go_on = lead.automatic_reassignments < rules.assignment.max_automatic_reassignments
    successor = await tx.find(Member, decision.chosen) if decision.chosen and may_go_on else None
    if successor is not None:
        await give(tx, lead, successor, reason="not_viewed", why=decision.as_json())
    elif manager is not None:
        await give(tx, lead, manager, reason=TO_THE_MANAGER, why=decision.as_json())

"""合并报告: who works with a client hears what was merged into him, and why (#14)."""

from datetime import timedelta

from config.calendar import WorkingCalendar
from crm_store.facts import ClientsMerged, ClientsUnmerged
from crm_store.models import Client, Lead, Member, Merge
from crm_store.queries import aliases, collaborators, leads, merges
from crm_store.store import Transaction
from crm_store.timers import set_once
from handlers.events import Platform, TimerDue
from handlers.hours import in_working_time
from handlers.links import Links
from handlers.merge_views import may_undo, merge_view, owner_lines
from handlers.reviewers import reviewers
from handlers.router import Router
from notifiers.card import Card, Text
from notifiers.cards.merge import ReportView, came_again, many_merged, merge_report

router = Router("merge_report")


_KIND = "merge_report"
"""A timer a member: until it is due, further merges that a rule made wait to be told together."""
_WINDOW = timedelta(minutes=5)
_EACH = 3
"""So many are told one by one; of more, which a comparison of all clients brings, the names."""
_NAMED = 10


@router.on(ClientsMerged)
async def report(
    fact: ClientsMerged, tx: Transaction, links: Links, calendar: WorkingCalendar
) -> None:
    """A client who came again by another way is one line to his owner; two clients who are one
    from now on are a card to everybody who works with either."""
    merge = await tx.get(Merge, fact.merge_id)
    client = await aliases.live(tx, merge.kept_id)
    if not merge.stands or client.erased_at is not None:
        return
    told = await _concerned(tx, client, but=merge.by)
    if merge.is_new:
        told = [(member, lead) for member, lead in told if lead.owner_id == member.id]
    elif merge.by is None:
        told = [one for one in told if await _is_first(tx, merge, one[0])]
    for member, lead in told:
        said = await _report(tx, merge, client, member, lead, links)
        await tx.notify(
            member,
            came_again(said) if merge.is_new else merge_report(said),
            purpose=_purpose(merge),
            client_id=client.id,
            lead_id=lead.id,
            due_at=in_working_time(member, tx.now, calendar),
        )


async def _is_first(tx: Transaction, merge: Merge, member: Member) -> bool:
    """Of the window's; it begins with this one."""
    due, data = tx.now + _WINDOW, {"after": merge.id}
    return await set_once(tx.session, _KIND, member.id, due, data=data)


@router.timer(_KIND)
async def report_the_others(
    due: TimerDue, tx: Transaction, links: Links, calendar: WorkingCalendar
) -> None:
    member = await tx.find(Member, due.subject)
    if member is None or not member.active:
        return
    others = await merges.made_by_rule(tx, member.id, after=due.data["after"])
    if not others:
        return
    last = max(merge.id for merge, _ in others)
    await tx.set_timer(_KIND, member.id, tx.now + _WINDOW, data={"after": last})
    at = in_working_time(member, tx.now, calendar)
    if len(others) > _EACH:
        clients = {lead.client_id: lead for _, lead in others}
        names = [(await tx.get(Client, client_id)).display for client_id in [*clients][:_NAMED]]
        await tx.notify(member, many_merged(names, len(clients)), purpose=_KIND, due_at=at)
        return
    for merge, lead in others:
        client = await tx.get(Client, lead.client_id)
        said = await _report(tx, merge, client, member, lead, links)
        await tx.notify(
            member,
            merge_report(said),
            purpose=_purpose(merge),
            client_id=client.id,
            lead_id=lead.id,
            due_at=at,
        )


async def _report(
    tx: Transaction, merge: Merge, client: Client, member: Member, lead: Lead, links: Links
) -> ReportView:
    people = await reviewers(tx)
    return ReportView(
        client=client.display,
        client_ref=client.ref,
        merge=await merge_view(tx, client, merge, people.names),
        leads=await owner_lines(tx, client, people.names),
        may_undo=await may_undo(tx, people, member, client),
        url=links.history(lead, member),
    )


@router.on(ClientsUnmerged)
async def report_undone(fact: ClientsUnmerged, tx: Transaction) -> None:
    """Both sides' reps hear that each has his own client again; the reports lose their button."""
    if fact.client_id != fact.merged_id:
        return  # both clients' histories tell of it; once is enough
    merge = await tx.get(Merge, fact.merge_id)
    kept = await aliases.live(tx, merge.kept_id)
    merged = await tx.get(Client, merge.merged_id)
    people = await reviewers(tx)
    by = f"由{people.names[fact.by]}" if fact.by in people.names else ""
    told: dict[str, Member] = {}
    for client in (kept, merged):
        told |= {member.id: member for member, _ in await _concerned(tx, client, but=fact.by)}
        await _settle_reports(tx, merge, client, f"这次合并已{by}撤销")
    words = f"{kept.display}和{merged.display}（{merged.ref}）的合并已{by}撤销，各回各的档案"
    for member in told.values():
        await tx.notify(member, Text(text=words), client_id=kept.id)


async def _settle_reports(tx: Transaction, merge: Merge, client: Client, status: str) -> None:
    """A report that WeCom does not let change any more stays as it is: the news comes as words."""
    for card in await merges.live_cards(tx, client.id, _purpose(merge)):
        is_kept = card.code_expires_at is not None and card.code_expires_at > tx.now
        if is_kept or card.platform == Platform.DINGTALK:
            settled = Card(title=client.display, status=status)
            await tx.redraw(card, settled, settles=True, client_id=client.id)


def _purpose(merge: Merge) -> str:
    return f"merge_report:{merge.id}"


async def _concerned(
    tx: Transaction, client: Client, *, but: str | None
) -> list[tuple[Member, Lead]]:
    """Owners of the client's open leads and who works beside them, each with a lead of his; not
    who did it himself."""
    told: dict[str, tuple[Member, Lead]] = {}
    open_leads = await leads.open_of_client(tx, client.id)
    beside = await collaborators.on_leads(tx, [lead.id for lead in open_leads])
    for lead in open_leads:
        ids = [lead.owner_id, *(one.member_id for one in beside if one.lead_id == lead.id)]
        for member_id in filter(None, ids):
            member = await tx.find(Member, member_id)
            if member is not None and member.active and member_id != but:
                told.setdefault(member_id, (member, lead))
    return list(told.values())

"""Merges as they are told, and who may take one back."""

from collections.abc import Mapping, Sequence

from crm_store.models import Client, Member, Merge
from crm_store.queries import aliases, clients, collaborators, leads, merges, reviews
from crm_store.view import View
from handlers.form import NAMELESS
from handlers.pairs import evidence_of
from handlers.reviewers import Reviewers
from handlers.rights import Scope
from notifiers.cards.merge import MergedView, MergeView, OwnerLine


async def merge_view(
    view: View, client: Client, merge: Merge, names: Mapping[str, str]
) -> MergeView:
    """One of the client's merges."""
    merged = await view.get(Client, merge.merged_id)
    # What came by an undone merge's number is that number's own again.
    holder = client.id if merge.stands else merged.id
    return MergeView(
        ref=f"M{merge.id}",
        at=merge.at,
        merged=MergedView(
            ref=merged.ref,
            name=merged.company if merged.name in ("", NAMELESS) else merged.name,
            source=await merges.source_of(view, holder, merged.id),
            since=merged.created_at,
        ),
        score=merge.score,
        evidence=evidence_of(merge.evidence),
        by=names.get(merge.by or "", ""),
        undone_at=merge.undone_at,
        undone_by=names.get(merge.undone_by or "", ""),
    )


def apart_view(merge: Merge, names: Mapping[str, str]) -> MergeView:
    """An undone one, for somebody who does not see the client who is on his own again: nothing
    of what he is called, where he came from and what he was known by."""
    return MergeView(
        ref=f"M{merge.id}",
        at=merge.at,
        merged=MergedView(ref=f"C{merge.merged_id}", name=""),
        score=None,
        by=names.get(merge.by or "", ""),
        undone_at=merge.undone_at,
        undone_by=names.get(merge.undone_by or "", ""),
    )


async def is_seen(view: View, scope: Scope, number: int) -> bool:
    """Whether whoever the number stands for now is one of those he sees."""
    if (await aliases.live(view, number)).erased_at is not None:
        return False
    return any(scope.covers(lead) for lead in await clients.leads_of_number(view, number))


async def owner_lines(view: View, client: Client, names: Mapping[str, str]) -> Sequence[OwnerLine]:
    """Who has the client's open leads, and who works beside him."""
    open_leads = await leads.open_of_client(view, client.id)
    beside = await collaborators.on_leads(view, [lead.id for lead in open_leads])
    return [
        OwnerLine(
            lead.product or lead.line,
            names.get(lead.owner_id or "", ""),
            tuple(names.get(one.member_id, "") for one in beside if one.lead_id == lead.id),
        )
        for lead in open_leads
    ]


async def may_undo(view: View, people: Reviewers, member: Member, client: Client) -> bool:
    """Who has the client, and who leads everybody that has him."""
    owners = await reviews.owners(view, client.id)
    return member.id in owners or people.may_decide(member, owners)

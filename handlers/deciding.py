"""What may be done on the page of a lead's history: read it, 转派, 需协同支持.

Whoever decides says up to which entry he had read (`seen`). Where the lead has moved on since,
nothing is done and he is told what has happened: a second tap, a replay and a colleague who was
quicker all end there.
"""

from dataclasses import dataclass

from config.rules import Rules
from crm_store.errors import CrmError
from crm_store.models import Lead, Member, Role
from crm_store.queries import leads, members
from crm_store.store import Transaction
from crm_store.view import View
from handlers.allocation.assignment import give
from handlers.allocation.weighing import weigh
from handlers.finding import note_view
from handlers.ladder.escalation import ask_support
from handlers.rights import may_assign, scope_of
from handlers.telling import said

_DECISIONS = ("assigned", "pooled", "support_asked", "followed_up", "closed")
_LONGEST_NUMBER = 18
READS = "page"
"""Of the ways to open the page (reading, a browser's loading ahead, deciding), the one that
counts as 已查看."""


class NotForYou(CrmError):
    """The link was good once; its reader may not see this lead now."""

    def __init__(self, words: str = "这条线索现在不在您名下，也不在您的团队里") -> None:
        super().__init__(words)


class MovedOn(CrmError):
    """Something happened since the page was opened."""


@dataclass(frozen=True)
class Successor:
    """A colleague who could take the lead."""

    member_id: str
    name: str
    says: str
    is_best: bool


async def readable(view: View, lead_id: int, member_id: str) -> tuple[Lead, Member]:
    """The lead and its reader, where he may see it now; raises NotForYou."""
    reader = await view.find(Member, member_id)
    lead = await view.find(Lead, lead_id)
    if reader is None or lead is None or not (await scope_of(view, reader)).covers(lead):
        raise NotForYou
    return lead, reader


async def opened(lead: Lead, reader: Member, tx: Transaction, *, how: str) -> None:
    """The owner who reads the page has seen the lead; another's reading is written down."""
    if lead.owner_id == reader.id:
        if how == READS:
            await note_view(tx, lead, reader, how=how)
    else:
        tx.audit(reader.id, "read_history", client_id=lead.client_id)


async def may_decide(view: View, reader: Member, lead: Lead) -> bool:
    return lead.is_open and await may_assign(view, reader, lead)


async def successors(view: View, lead: Lead, rules: Rules) -> list[Successor]:
    """Who could take it, the best first; those whom the rules leave out come last, with why."""
    loads = await leads.loads(view)
    decision = await weigh(view, lead, rules, tried=lead.tried)
    team = [m for m in await members.with_role(view, Role.REP) if m.id != lead.owner_id]
    reachable = {member.id for member in team if member.accounts()}
    return [
        Successor(
            member_id=candidate.member_id,
            name=candidate.name,
            says=" · ".join(
                part
                for part in (f"手上 {loads.get(candidate.member_id, 0)} 条", candidate.excluded)
                if part
            ),
            is_best=candidate.member_id == decision.chosen,
        )
        for candidate in decision.candidates
        if candidate.member_id in reachable
    ]


async def assign(lead: Lead, reader: Member, tx: Transaction, to: str, seen: str) -> str:
    """转派 to the chosen colleague; what was done, in words. `lead` is locked."""
    await _still_his_to_decide(tx, lead, reader, seen)
    owner = await tx.find(Member, to)
    if owner is None or not owner.active or not owner.accounts():
        raise CrmError("这位同事已经不在名单里，请换一位")
    if owner.id == lead.owner_id:
        raise CrmError(f"这条线索本来就由{owner.name}负责")
    await give(tx, lead, owner, reason="manual", by=reader.id)
    return f"已转给{owner.name}"


async def support(lead: Lead, reader: Member, tx: Transaction, seen: str) -> str:
    """需协同支持; what was done, in words. `lead` is locked."""
    await _still_his_to_decide(tx, lead, reader, seen, "需协同支持")
    if lead.owner_id is None:
        raise CrmError("这条线索还没有负责人，请先转派")
    if lead.owner_id == reader.id:
        raise CrmError("这条线索由您自己负责，请主管来协助")
    await ask_support(tx, lead, reader)
    return "已安排协同支持"


async def _still_his_to_decide(
    tx: Transaction, lead: Lead, reader: Member, seen: str, deed: str = "转派"
) -> None:
    """Raises what stands in the way."""
    since = int(seen) if seen.isdecimal() and len(seen) <= _LONGEST_NUMBER else 0
    news = [entry for entry in await leads.timeline(tx, lead) if entry.id > since]
    if news:
        names = await members.names(tx)
        decisions = [entry for entry in news if entry.kind in _DECISIONS]
        if decisions:
            raise MovedOn(f"刚刚已经{said(decisions[-1], names)}，这一步没有再做")
        raise MovedOn(f"刚刚有新进展：{said(news[-1], names)}。请看过再决定")
    if not lead.is_open:
        raise CrmError("这条线索已经关闭")
    if not await may_assign(tx, reader, lead):
        raise CrmError(f"{deed}要由主管来做")

"""Who sees whose clients (product.md, People and rights)."""

from dataclasses import dataclass

from crm_store.errors import CrmError
from crm_store.models import Lead, LeadState, Member, Role
from crm_store.queries import collaborators, members
from crm_store.view import View


@dataclass(frozen=True)
class Scope:
    """The leads a member sees: those of `owners` (None: everybody's), and the won ones."""

    member_id: str
    owners: frozenset[str] | None
    with_won: bool = False
    with_pool: bool = False
    """Leads that nobody owns."""
    shared: frozenset[int] = frozenset()
    """Leads that he works on beside their owner."""

    def covers(self, lead: Lead) -> bool:
        """Whether he sees the lead and may add to it."""
        if self.governs(lead) or lead.id in self.shared:
            return True
        return self.with_won and lead.state == LeadState.WON

    def governs(self, lead: Lead) -> bool:
        """Whether he may end it or give it away, if his role lets him: what he sees only because
        he works on it, or because it was won, stays with its owner."""
        if self.owners is None or lead.owner_id in self.owners:
            return True
        return self.with_pool and lead.owner_id is None

    @property
    def is_empty(self) -> bool:
        return self.owners == frozenset() and not self.with_won and not self.shared


async def scope_of(view: View, member: Member) -> Scope:
    """Rep: own, and what he collaborates on. Manager: everyone below, own, and what nobody owns.
    Director: everyone. Service: won deals too.

    Finance and administrators see no client unless they have another role as well.
    """
    if not member.active:
        return Scope(member.id, frozenset())
    if member.has_role(Role.DIRECTOR):
        return Scope(member.id, None)
    owners: set[str] = set()
    if member.has_role(Role.REP) or member.has_role(Role.MANAGER):
        owners.add(member.id)
    if member.has_role(Role.MANAGER):
        owners |= await members.below(view, member.id)
    return Scope(
        member.id,
        frozenset(owners),
        shared=await collaborators.leads_of(view, member.id) if owners else frozenset(),
        with_won=member.has_role(Role.SERVICE),
        with_pool=member.has_role(Role.MANAGER),
    )


LEADERS = frozenset({Role.MANAGER, Role.DIRECTOR})


def leads_people(member: Member) -> bool:
    return any(map(member.has_role, LEADERS))


async def may_assign(view: View, member: Member, lead: Lead) -> bool:
    """A manager moves what is in his scope, a rep only what is his own."""
    scope = await scope_of(view, member)
    return scope.governs(lead) and (lead.owner_id == member.id or leads_people(member))


class OnlyTheOwner(CrmError):
    """The lead is not, or no longer, the presser's; who has it now is told to who had it."""

    def __init__(self, owner: str | None) -> None:
        now = f"现在由{owner}负责" if owner else "现在不由您负责"
        super().__init__(f"这条线索{now}，这一步没有生效")

"""Who decides whether two clients are one: whoever leads everybody that has either of them.

He has to be allowed to see both. The lowest common manager is asked; where the owners have none
in common, or nobody owns them, a director.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from config.schemas.staff import Role
from crm_store.models import Member
from crm_store.queries import members
from crm_store.view import View
from handlers.rights import leads_people

Owners = frozenset[str | None]
"""Whose the two clients are; NOBODY among them where one is nobody's."""


@dataclass(frozen=True)
class Reviewers:
    """Everybody who works here or did, by id."""

    people: Mapping[str, Member]
    _known: dict[Owners, tuple[list[str], ...]] = field(default_factory=dict)
    """A queue has thousands of pairs and few sets of owners."""

    def of(self, owners: Owners) -> Member | None:
        """Whom to ask; None where nobody may see both clients."""
        chains = self._chains(owners)
        for boss in chains[0] if chains else ():
            if all(boss in chain for chain in chains):
                return self.people[boss]
        in_charge = [one for _, one in sorted(self.people.items()) if decides(one)]
        directors = [one for one in in_charge if one.has_role(Role.DIRECTOR)]
        if not chains:
            directors = directors or in_charge  # of the pool, which every manager sees
        return next(iter(directors), None)

    @property
    def in_charge(self) -> list[str]:
        """Who may have been asked some time: everybody who leads, or did when he was here."""
        return [member.id for member in self.people.values() if leads_people(member)]

    @property
    def names(self) -> dict[str, str]:
        return {member.id: member.name for member in self.people.values()}

    def may_decide(self, member: Member, owners: Owners) -> bool:
        """Whether both clients are within his rights, and he is one who decides."""
        if not decides(member):
            return False
        return member.has_role(Role.DIRECTOR) or all(
            member.id in chain for chain in self._chains(owners)
        )

    def _chains(self, owners: Owners) -> tuple[list[str], ...]:
        """For each owner who decides above him; the pool is every manager's."""
        if owners not in self._known:
            self._known[owners] = tuple(map(self._above, sorted(filter(None, owners))))
        return self._known[owners]

    def _above(self, member_id: str) -> list[str]:
        """Himself where he decides, and everybody above him who does, the nearest first."""
        found: list[str] = []
        seen: set[str] = set()
        above = self.people.get(member_id)
        while above is not None and above.id not in seen:
            seen.add(above.id)
            if decides(above):
                found.append(above.id)
            above = self.people.get(above.manager_id or "")
        return found


async def reviewers(view: View) -> Reviewers:
    return Reviewers({member.id: member for member in await members.everybody(view)})


def decides(member: Member) -> bool:
    """Whether he may say so at all: he leads, works here, and can be told."""
    return member.may_own and leads_people(member)

"""Whose people are whose, read once for a list."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from crm_store.models import Lead, Member, Role
from crm_store.queries import absences, members
from crm_store.view import View
from handlers.rights import Scope, scope_of


@dataclass(frozen=True)
class Viewer:
    """For whom a figure is made: these owners' (None: everybody's), and the clients he may see by
    name. None for an operator at the machine, who has everything there."""

    owners: frozenset[str] | None
    scope: Scope | None = None

    def knows(self, lead: Lead) -> bool:
        return self.scope is None or self.scope.covers(lead)


EVERYTHING = Viewer(None)


async def viewer(view: View, member: Member) -> Viewer:
    """Rep: himself. Manager: he and his people. Director: everybody. Others: nobody's leads."""
    scope = await scope_of(view, member)
    return Viewer(scope.owners, scope)


@dataclass(frozen=True)
class Company:
    """Everybody who works here, at one moment."""

    everybody: Mapping[str, Member]
    away: Mapping[str, datetime]

    @property
    def names(self) -> dict[str, str]:
        return {id_: member.name for id_, member in self.everybody.items()}

    def reps(self) -> list[Member]:
        """Who takes part in a stand-up."""
        return [m for m in self.everybody.values() if m.has_role(Role.REP) and m.may_own]

    def chief_of(self, member: Member) -> Member | None:
        return members.chief_of(self.everybody, member)

    def direct_reps(self, chief: Member) -> list[Member]:
        return [rep for rep in self.reps() if (self.chief_of(rep) or rep).id == chief.id]

    def service_leads(self) -> Sequence[Member]:
        """Who leads the service, or is alone in it: whose manager is not of it as well."""
        service = [m for m in self.everybody.values() if m.active and m.has_role(Role.SERVICE)]
        ids = {member.id for member in service}
        return [m for m in service if m.manager_id not in ids]


async def company(view: View) -> Company:
    known = {member.id: member for member in await members.everybody(view)}
    return Company(known, await absences.away(view, view.now))

"""Questions about colleagues."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

import orjson
from sqlalchemy import Text, cast, func, or_
from sqlalchemy import select as columns
from sqlmodel import col, select

from config.schemas.staff import Role
from crm_store.models import Member
from crm_store.store import Transaction
from crm_store.view import View


async def by_account(view: View, platform: str, account: str) -> Member | None:
    """The active member with this account; WeCom does not tell case apart."""
    if not account:
        return None
    column = col(Member.wecom) if platform == "wecom" else col(Member.dingtalk)
    matches = func.lower(column) == account.lower() if platform == "wecom" else column == account
    return (await view.session.exec(select(Member).where(matches, col(Member.active)))).first()


async def active(view: View) -> Sequence[Member]:
    query = select(Member).where(col(Member.active)).order_by(Member.id)
    return (await view.session.exec(query)).all()


async def everybody(view: View) -> Sequence[Member]:
    """Former colleagues too."""
    return (await view.session.exec(select(Member).order_by(Member.id))).all()


async def by_name(view: View, name: str) -> Sequence[Member]:
    """Active members of this name or id."""
    query = select(Member).where(
        (col(Member.name) == name) | (col(Member.id) == name), col(Member.active)
    )
    return (await view.session.exec(query)).all()


async def names(view: View) -> dict[str, str]:
    """id → name, of everybody who ever worked here."""
    rows = await view.session.exec(select(Member.id, Member.name))
    return dict(rows.all())


async def with_role(view: View, *roles: Role) -> list[Member]:
    return [member for member in await active(view) if any(map(member.has_role, roles))]


@dataclass(frozen=True, slots=True)
class Rep:
    """What an assignment asks of a rep. A thousand of them are read for each lead, which is too
    often for whole records."""

    id: str
    name: str
    regions: tuple[str, ...]
    lines: tuple[str, ...]
    capacity: int
    is_reachable: bool
    last_assigned_at: datetime | None
    industries: tuple[str, ...] = ()
    level: str = ""
    team: str = ""
    work_hours: str | None = None


async def reps(view: View) -> list[Rep]:
    """Everybody who sells and works here, as the database has them now."""
    query = (
        columns(
            col(Member.id),
            col(Member.name),
            cast(Member.regions, Text),
            cast(Member.lines, Text),
            cast(Member.roles, Text),
            col(Member.capacity),
            or_(col(Member.wecom) != "", col(Member.dingtalk) != ""),
            col(Member.last_assigned_at),
            cast(Member.industries, Text),
            col(Member.level),
            col(Member.team),
            col(Member.work_hours),
        )
        .where(col(Member.active))
        .order_by(Member.id)
    )
    return [
        Rep(
            *(row[0], row[1], _words(row[2]), _words(row[3]), row[5], bool(row[6]), row[7]),
            *(_words(row[8]), row[9], row[10], row[11]),
        )
        for row in await view.session.execute(query)
        if Role.REP.value in _words(row[4])
    ]


@lru_cache(maxsize=4096)
def _words(written: str) -> tuple[str, ...]:
    """A list of words as a column has it; a team has few different ones."""
    return tuple(orjson.loads(written))


async def below(view: View, manager_id: str) -> set[str]:
    """The ids of everybody under this manager, transitively; former colleagues too."""
    rows = (await view.session.exec(select(Member.id, Member.manager_id))).all()
    found: set[str] = set()
    above = {manager_id}
    while above:
        reports = {member for member, boss in rows if boss in above and member not in found}
        found |= reports
        above = reports
    return found - {manager_id}


async def manager_of(view: View, member_id: str | None) -> Member | None:
    """`chief_of` one, for whom no more than those above him are read."""
    seen = {member_id}
    member = await view.find(Member, member_id) if member_id else None
    while member is not None and member.manager_id not in (None, *seen):
        seen.add(member.manager_id)
        member = await view.find(Member, member.manager_id)
        if member is not None and _decides(member):
            return member
    return next(iter(await _told(view, Role.DIRECTOR, but=member_id)), None)


def chief_of(everybody: Mapping[str, Member], member: Member) -> Member | None:
    """The nearest manager above who works here and can be told; where the chain ends a director.

    Another team's manager is nobody's superior: he could not even open what he is sent.
    """
    seen = {member.id}
    above = everybody.get(member.manager_id or "")
    while above is not None and above.id not in seen:
        if _decides(above):
            return above
        seen.add(above.id)
        above = everybody.get(above.manager_id or "")
    directors = (one for one in everybody.values() if one.has_role(Role.DIRECTOR))
    return next((one for one in directors if one.may_own and one.id != member.id), None)


async def anyone_in_charge(view: View) -> Member | None:
    """Whoever may take a lead that no rep fits: a director, else a manager."""
    directors = await _told(view, Role.DIRECTOR)
    return next(iter(directors or await _told(view, Role.MANAGER)), None)


async def _told(view: View, role: Role, *, but: str | None = None) -> list[Member]:
    return [m for m in await with_role(view, role) if m.may_own and m.id != but]


def _decides(member: Member) -> bool:
    """Whether he may move his people's leads, and can be told: who only stands above, a senior
    rep, may not."""
    leads = member.has_role(Role.MANAGER) or member.has_role(Role.DIRECTOR)
    return leads and member.may_own


async def acting_for(view: View, member_id: str) -> Member | None:
    """The member himself; his manager where he has left, or sells no more."""
    member = await view.find(Member, member_id)
    if member is not None and member.may_own:
        return member
    return await manager_of(view, member_id)


async def follow_staff(tx: Transaction, staff: Sequence[Member]) -> None:
    """Brings the table to what staff.yaml says; who is not there any more is deactivated."""
    known = {member.id: member for member in (await tx.session.exec(select(Member))).all()}
    for member in staff:
        row = known.pop(member.id, None)
        if row is None:
            tx.add(member)
            continue
        for name in set(Member.model_fields) - {"id", "last_assigned_at"}:
            setattr(row, name, getattr(member, name))
        tx.add(row)
    for gone in known.values():
        gone.active = False
        tx.add(gone)

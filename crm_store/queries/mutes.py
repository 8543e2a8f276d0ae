"""Who wants no nudges about whom."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import and_, bindparam, distinct, exists, func
from sqlmodel import col, select

from crm_store.models import CLOSED, Client, Lead, Mute
from crm_store.models.lead import IS_OPEN
from crm_store.view import View

EVERY_KIND = ""
PROMISES, PROMPTS = "promise", "prompts"
"""Kinds of nudge beside the ladder's rungs: of what he promised, and talk tracks."""


async def kinds(view: View, member_id: str, client_id: int) -> frozenset[str]:
    """The kinds of nudge he muted; EVERY_KIND among them where it is all."""
    given = {"member": member_id, "client": client_id}
    return frozenset(await view.session.exec(_KINDS, params=given))


_KINDS = select(Mute.what).where(
    Mute.member_id == bindparam("member"), Mute.client_id == bindparam("client")
)


async def is_muted(view: View, member_id: str, client_id: int, what: str) -> bool:
    return is_silent(await kinds(view, member_id, client_id), what)


def is_silent(muted: Collection[str], what: str) -> bool:
    return EVERY_KIND in muted or what in muted


async def silent_clients(view: View, member_id: str, what: str) -> frozenset[int]:
    """The clients about whom he wants no nudge of this kind."""
    query = select(Mute.client_id).where(
        Mute.member_id == member_id, col(Mute.what).in_((EVERY_KIND, what))
    )
    return frozenset((await view.session.exec(query)).all())


async def of_client(view: View, client_id: int) -> Sequence[Mute]:
    query = select(Mute).where(Mute.client_id == client_id)
    return (await view.session.exec(query.order_by(Mute.member_id, Mute.what))).all()


async def of_member(view: View, member_id: str) -> list[tuple[Mute, Client]]:
    """The newest first."""
    query = (
        select(Mute, Client)
        .join(Client, col(Client.id) == col(Mute.client_id))
        .where(Mute.member_id == member_id)
        .order_by(col(Mute.since).desc(), col(Mute.client_id).desc(), Mute.what)
    )
    return list((await view.session.exec(query)).all())


@dataclass(frozen=True)
class Share:
    """Of so many (rep, client) pairs so many are muted, in whole or in part."""

    pairs: int
    muted: int

    @property
    def on(self) -> float:
        """#33's rate: the share that nobody muted; 1 where there is none."""
        return 1 - self.muted / self.pairs if self.pairs else 1.0


async def shares(view: View, owners: Collection[str] | None) -> Mapping[str, Share]:
    """By owner, over the clients of his open leads; None: everybody's."""
    muted = exists().where(
        col(Mute.member_id) == col(Lead.owner_id), col(Mute.client_id) == col(Lead.client_id)
    )
    is_open = and_(IS_OPEN, col(Lead.owner_id).is_not(None))
    found: dict[str, Share] = {}
    query = (
        select(
            Lead.owner_id,
            func.count(distinct(col(Lead.client_id))),
            func.count(distinct(col(Lead.client_id))).filter(muted),
        )
        .where(is_open, *([col(Lead.owner_id).in_(owners)] if owners is not None else []))
        .group_by(col(Lead.owner_id))
        .order_by(col(Lead.owner_id))
    )
    for owner, pairs, silent in (await view.session.exec(query)).all():
        found[str(owner)] = Share(pairs, silent)
    return found


async def leads_of(view: View, client_id: int) -> Sequence[Lead]:
    """The client's leads, open ones first, then the newest."""
    query = (
        select(Lead)
        .where(Lead.client_id == client_id, col(Lead.folded_into_id).is_(None))
        .order_by(
            col(Lead.state).in_([state.value for state in CLOSED]), col(Lead.opened_at).desc()
        )
    )
    return (await view.session.exec(query)).all()

"""Questions about merges."""

from collections.abc import Sequence

from sqlalchemy import and_, or_
from sqlmodel import col, select

from crm_store.models import CLOSED, Client, Collaborator, Intake, Lead, Merge, SentCard
from crm_store.queries import aliases
from crm_store.view import View


async def of_client(view: View, client_id: int) -> list[Merge]:
    """Every merge that made the client what he is, undone ones as well; oldest first."""
    numbers = await aliases.numbers_of(view.session, client_id)
    query = select(Merge).where(col(Merge.kept_id).in_(numbers)).order_by(col(Merge.id))
    return list((await view.session.exec(query)).all())


async def standing(view: View, client_id: int) -> list[Merge]:
    """Those that can be undone, the latest first."""
    return [merge for merge in reversed(await of_client(view, client_id)) if merge.stands]


async def made_by_rule(view: View, member_id: str, *, after: int) -> Sequence[tuple[Merge, Lead]]:
    """The merges since then by which two clients became one that the member works with, each with
    an open lead of his; oldest first. Who was kept may be another's alias by now."""
    shared = select(Collaborator.lead_id).where(Collaborator.member_id == member_id)
    made = (
        select(col(Merge.id).label("merge_id"), col(Merge.kept_id).label("number"))
        .where(
            col(Merge.id) > after,
            col(Merge.by).is_(None),
            col(Merge.is_new).is_(False),
            col(Merge.undone_at).is_(None),
        )
        .cte(recursive=True)
    )
    further = (
        select(made.c.merge_id, col(Client.merged_into_id))
        .join(Client, col(Client.id) == made.c.number)
        .where(col(Client.merged_into_id).is_not(None))
    )
    ended_as = made.union(further)
    query = (
        select(Merge, Lead)
        .join(ended_as, col(Merge.id) == ended_as.c.merge_id)
        .join(Lead, col(Lead.client_id) == ended_as.c.number)
        .where(
            col(Lead.state).not_in([state.value for state in CLOSED]),
            or_(col(Lead.owner_id) == member_id, col(Lead.id).in_(shared)),
        )
        .order_by(col(Merge.id), col(Lead.id))
    )
    found: dict[int, tuple[Merge, Lead]] = {}
    for merge, lead in (await view.session.exec(query)).all():
        found.setdefault(merge.id, (merge, lead))
    return list(found.values())


async def live_cards(view: View, client_id: int, purpose: str) -> Sequence[SentCard]:
    """The cards of this purpose about any of the client's leads that still have their buttons."""
    query = (
        select(SentCard)
        .join(Lead, col(Lead.id) == col(SentCard.lead_id))
        .where(
            Lead.client_id == client_id,
            SentCard.purpose == purpose,
            col(SentCard.settled_at).is_(None),
        )
    )
    return (await view.session.exec(query)).all()


async def source_of(view: View, client_id: int, number: int) -> str:
    """Where a number of the client's came from: by its first lead, else by what was first handed
    in; empty where neither tells."""
    for table in (Lead, Intake):
        came_by = or_(
            col(table.origin_id) == number,
            and_(col(table.origin_id).is_(None), col(table.client_id) == number),
        )
        query = (
            select(table.source)
            .where(table.client_id == client_id, came_by)
            .order_by(col(table.id))
            .limit(1)
        )
        found = (await view.session.exec(query)).first()
        if found:
            return found
    return ""

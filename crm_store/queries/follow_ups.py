"""Follow-ups that stand: one that was withdrawn counts nowhere, and is nobody's words."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlmodel import col

from crm_store.models import TimelineEntry
from crm_store.view import View

_taking_back = TimelineEntry.__table__.alias("taking_back")  # type: ignore[attr-defined]
_TAKEN_BACK = _taking_back.c.data["follow_up_id"].as_integer()


def stands(entry_id: Any, *, of_client: Any = None) -> ColumnElement[bool]:
    """Whether this entry of the timeline was not taken back; true of other facts too. The few that
    were, the company's or one client's, are read once for the whole statement."""
    taken = _taken_back()
    if of_client is not None:
        taken = taken.where(_taking_back.c.client_id == of_client)
    return col(entry_id).not_in(taken)


def _taken_back() -> Select[Any]:
    return select(_TAKEN_BACK).where(_taking_back.c.kind == "follow_up_withdrawn")


async def withdrawn(view: View, clients: Collection[int]) -> frozenset[int]:
    """Of these clients: the entries of follow-ups that were taken back."""
    query = _taken_back().where(_taking_back.c.client_id.in_(clients))
    return frozenset((await view.session.execute(query)).scalars())

"""Questions about what is known of a lead."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import bindparam
from sqlmodel import col, select

from crm_store.models import Lead, LeadField
from crm_store.view import View


@dataclass(frozen=True)
class KnownField:
    """What is known of a lead, opened."""

    name: str
    value: Any
    """None where a member took the value out and put nothing in its place."""
    words: str
    message_id: int | None
    start: int
    end: int
    rule: str
    row: LeadField
    is_ambiguous: bool = False


async def in_force(view: View, lead: Lead) -> Sequence[LeadField]:
    """The rows of the values in force, oldest first."""
    return (await view.session.exec(_IN_FORCE, params={"lead_id": lead.id})).all()


_IN_FORCE = (
    select(LeadField)
    .where(
        LeadField.lead_id == bindparam("lead_id"),
        col(LeadField.superseded_at).is_(None),
        col(LeadField.against_id).is_(None),
    )
    .order_by(col(LeadField.id))
)


async def every(view: View, lead: Lead, *, name: str | None = None) -> Sequence[LeadField]:
    """All rows the lead ever had (of one field): in force, replaced, and only suggested."""
    query = select(LeadField).where(LeadField.lead_id == lead.id).order_by(col(LeadField.id))
    if name is not None:
        query = query.where(LeadField.name == name)
    return (await view.session.exec(query)).all()


async def suggested(
    view: View, lead: Lead, *, untold: bool = False, name: str | None = None
) -> Sequence[LeadField]:
    """What contradicts a member's corrections and was not decided yet, oldest first."""
    query = (
        select(LeadField)
        .where(
            LeadField.lead_id == lead.id,
            col(LeadField.superseded_at).is_(None),
            col(LeadField.against_id).is_not(None),
        )
        .order_by(col(LeadField.id))
    )
    if untold:
        query = query.where(col(LeadField.told_at).is_(None))
    if name is not None:
        query = query.where(LeadField.name == name)
    return (await view.session.exec(query)).all()


async def known(view: View, lead: Lead) -> list[KnownField]:
    """The values in force, oldest first; those that somebody took out are not known."""
    opened = await open_all(view, lead, await in_force(view, lead))
    return [field for field in opened if field.value is not None]


async def latest(view: View, lead: Lead) -> dict[str, KnownField]:
    """By name the value in force; of a field that holds several, the latest."""
    return {field.name: field for field in await known(view, lead)}


async def open_all(view: View, lead: Lead, rows: Iterable[LeadField]) -> list[KnownField]:
    """The rows' contents; those of an erased client are left out."""
    opened = [await open_row(view, lead.client_id, row) for row in rows]
    return [field for field in opened if field is not None]


async def open_row(view: View, client_id: int, row: LeadField) -> KnownField | None:
    text = await view.open(client_id, row.value, purpose="field")
    try:
        content = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None  # the client was erased
    return KnownField(
        name=row.name,
        value=content["value"],
        words=content["words"],
        message_id=row.message_id,
        start=row.start,
        end=row.end,
        rule=row.rule,
        row=row,
        is_ambiguous=bool(content.get("ambiguous")),
    )


def content_of(value: Any, words: str, *, is_ambiguous: bool = False) -> str:
    """What a row's `value` seals."""
    content = {"value": value, "words": words}
    if is_ambiguous:
        content["ambiguous"] = True
    return orjson.dumps(content).decode()

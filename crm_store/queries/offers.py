"""Questions about documents that were brought to reps."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func
from sqlalchemy import select as columns
from sqlmodel import col, select

from crm_store.models import DocumentOffer
from crm_store.view import View


@dataclass(frozen=True)
class Uses:
    """How often a document was brought, used, and followed by progress."""

    offered: int = 0
    used: int = 0
    progressed: int = 0


async def uses(view: View, documents: Sequence[str]) -> dict[str, Uses]:
    """By document; those that were never brought are left out."""
    query: Any = (
        columns(
            col(DocumentOffer.document),
            func.count(),
            func.count(col(DocumentOffer.used_at)),
            func.count(col(DocumentOffer.progressed_at)),
        )
        .where(col(DocumentOffer.document).in_(documents))
        .group_by(col(DocumentOffer.document))
    )
    rows = (await view.session.execute(query)).all()
    return {name: Uses(*counts) for name, *counts in rows}


async def was_prompted(view: View, lead_id: int, topic: str, *, since: datetime) -> bool:
    """Whether a document was brought for this objection of this lead since then."""
    query = (
        select(DocumentOffer.id)
        .where(
            DocumentOffer.lead_id == lead_id,
            DocumentOffer.topic == topic,
            DocumentOffer.reason == "objection",
            col(DocumentOffer.offered_at) > since,
        )
        .limit(1)
    )
    return (await view.session.exec(query)).first() is not None


async def used_on(view: View, lead_id: int, *, since: datetime) -> Sequence[DocumentOffer]:
    """What was used on the lead since then and has seen no progress yet."""
    query = select(DocumentOffer).where(
        DocumentOffer.lead_id == lead_id,
        col(DocumentOffer.used_at) >= since,
        col(DocumentOffer.progressed_at).is_(None),
    )
    return (await view.session.exec(query)).all()


async def newest_to(view: View, member_id: str, document: str) -> DocumentOffer | None:
    """When this document was brought to him last."""
    query = (
        select(DocumentOffer)
        .where(DocumentOffer.member_id == member_id, DocumentOffer.document == document)
        .order_by(col(DocumentOffer.id).desc())
        .limit(1)
    )
    return (await view.session.exec(query)).first()


async def progressed_at(view: View, lead_id: int, at: datetime) -> Sequence[DocumentOffer]:
    """What the progress of this moment was counted for."""
    query = select(DocumentOffer).where(
        DocumentOffer.lead_id == lead_id, DocumentOffer.progressed_at == at
    )
    return (await view.session.exec(query)).all()

"""Questions about what sources handed in."""

from datetime import datetime

from sqlmodel import col, select

from crm_store.models import IdentityKind, Intake, Lead
from crm_store.view import View


def intake_key(view: View, source: str, external_id: str) -> str:
    """What a submission is known by: the same hash as its FORM identity."""
    return view.vault.lookup(IdentityKind.FORM, f"{source}:{external_id}")


async def of(view: View, source: str, external_id: str) -> Intake | None:
    query = select(Intake).where(
        Intake.source == source,
        Intake.external_id == intake_key(view, source, external_id),
    )
    return (await view.session.exec(query)).first()


async def channel_of(view: View, lead: Lead) -> str:
    """来源渠道: what the first form that made the lead said of it; empty where none did."""
    query = (
        select(Intake.campaign).where(Intake.lead_id == lead.id).order_by(col(Intake.id)).limit(1)
    )
    return (await view.session.exec(query)).first() or ""


_AS_MANY_AS_MATTER = 1000
"""Rows of the last minutes that are looked through: sixty a minute of a dozen sources."""


async def taken_since(view: View, source: str, since: datetime) -> list[datetime]:
    """When this source's newest submissions were taken, oldest first."""
    newest = (
        select(Intake.source, Intake.taken_at)
        .order_by(col(Intake.id).desc())
        .limit(_AS_MANY_AS_MATTER)
    )
    rows = (await view.session.exec(newest)).all()
    return sorted(at for name, at in rows if name == source and since < at <= view.now)

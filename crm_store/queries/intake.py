"""Questions about what sources handed in."""

from sqlmodel import select

from crm_store.models import IdentityKind, Intake
from crm_store.store import View


def intake_key(view: View, source: str, external_id: str) -> str:
    """What a submission is known by: the same hash as its FORM identity."""
    return view.vault.lookup(IdentityKind.FORM, f"{source}:{external_id}")


async def of(view: View, source: str, external_id: str) -> Intake | None:
    query = select(Intake).where(
        Intake.source == source,
        Intake.external_id == intake_key(view, source, external_id),
    )
    return (await view.session.exec(query)).first()

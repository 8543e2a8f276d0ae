"""Who is away, and until when."""

from collections.abc import Mapping
from datetime import datetime

from sqlmodel import col, select

from crm_store.models import Absence
from crm_store.view import View


async def away(view: View, at: datetime) -> Mapping[str, datetime]:
    """Member → the moment he is back, of everybody who is away at `at`."""
    query = select(Absence).where(col(Absence.starts_at) <= at, col(Absence.ends_at) > at)
    back: dict[str, datetime] = {}
    for absence in (await view.session.exec(query)).all():
        back[absence.member_id] = max(absence.ends_at, back.get(absence.member_id, absence.ends_at))
    return back

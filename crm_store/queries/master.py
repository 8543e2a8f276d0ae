"""Questions about clients' master data: what each registered system has, what was told of it."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import col, func, select

from crm_store.models import Client, Identity, Intake, Lead, MasterRecord, SystemRecord
from crm_store.queries import aliases
from crm_store.view import View

_KIND = "record"
_MOST_FORMS = 5
"""A client's newest submissions, in which his address and the like are looked for."""


def record_key(view: View, system: str, external_id: str) -> str:
    """What a system's record is known by."""
    return view.vault.lookup(_KIND, f"{system}:{external_id}")


async def record(view: View, system: str, external_id: str) -> SystemRecord | None:
    query = select(SystemRecord).where(
        SystemRecord.system == system,
        SystemRecord.external_id == record_key(view, system, external_id),
    )
    return (await view.session.exec(query)).first()


async def record_now(view: View, record_id: int) -> SystemRecord | None:
    """The record as it stands now, whatever was read of it before; None where it is gone."""
    query = select(SystemRecord).where(SystemRecord.id == record_id)
    found = await view.session.exec(query, execution_options={"populate_existing": True})
    return found.first()


async def records_of(view: View, client_id: int) -> Sequence[SystemRecord]:
    """What the systems have of the client, the oldest first."""
    query = select(SystemRecord).where(SystemRecord.client_id == client_id)
    return (await view.session.exec(query.order_by(col(SystemRecord.id)))).all()


async def taken_since(view: View, system: str, since: datetime) -> int:
    """How many of the system's records were changed since then."""
    query = select(func.count()).where(
        SystemRecord.system == system,
        col(SystemRecord.taken_at) > since,
        col(SystemRecord.taken_at) <= view.now,
    )
    return (await view.session.exec(query)).one()


async def told_aliases(view: View, client_id: int) -> list[int]:
    """The numbers that were merged into this one and of which the systems have heard."""
    numbers = await aliases.numbers_of(view.session, client_id)
    query = select(MasterRecord.client_id).where(
        col(MasterRecord.client_id).in_(numbers),
        MasterRecord.client_id != client_id,
        MasterRecord.sequence > 0,
    )
    return sorted((await view.session.exec(query)).all())


async def identities_of(view: View, client_id: int) -> Sequence[Identity]:
    """Everything he is known by, the newest first."""
    query = select(Identity).where(Identity.client_id == client_id)
    newest = query.order_by(col(Identity.added_at).desc(), col(Identity.id).desc())
    return (await view.session.exec(newest)).all()


async def newest_forms(view: View, client_id: int) -> Sequence[Intake]:
    query = select(Intake).where(Intake.client_id == client_id)
    newest = query.order_by(col(Intake.id).desc()).limit(_MOST_FORMS)
    return (await view.session.exec(newest)).all()


async def newest_region(view: View, client_id: int) -> tuple[str, datetime] | None:
    """Where his newest lead of which that is known comes from, and since when."""
    query = (
        select(Lead.region, Lead.opened_at)
        .where(Lead.client_id == client_id, col(Lead.region) != "")
        .order_by(col(Lead.id).desc())
        .limit(1)
    )
    return (await view.session.exec(query)).first()


async def after(view: View, client_id: int, *, most: int) -> Sequence[int]:
    """The next live clients' numbers, ascending."""
    query = (
        select(Client.id)
        .where(
            Client.id > client_id,
            col(Client.merged_into_id).is_(None),
            col(Client.erased_at).is_(None),
        )
        .order_by(col(Client.id))
        .limit(most)
    )
    return (await view.session.exec(query)).all()

"""What a registered system is told of a client, put into the outbox: in order for each client and
system, once, with the number that counts his changes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import update

from config.schemas.connections import FieldName, System
from crm_store.outbox import WAITING, outbox
from crm_store.saying import ROW_KEY
from crm_store.store import Transaction
from notifiers.webhook import PLATFORM, TELL, app_of

PURPOSE = "master_notice"
_ERASED = "client.erased"
_WITHOUT_FIELDS = ("client.merged", _ERASED)


@dataclass(frozen=True)
class Notice:
    """One change of one number (CID)."""

    event: str
    client_id: int
    sequence: int
    changed: tuple[FieldName, ...] = ()
    fields: Mapping[FieldName, str] = field(default_factory=dict)
    """All that is in force, not the changed ones alone: who missed one needs no other."""
    merged_cids: tuple[int, ...] = ()
    merged_into: str | None = None

    def body(self, system: System, external_ids: tuple[str, ...]) -> dict[str, Any]:
        """As much of it as the system may see."""
        return {
            "event": self.event,
            "cid": f"C{self.client_id}",
            "sequence": self.sequence,
            "changed": [name for name in self.changed if name in system.sees],
            "fields": {}
            if self.event in _WITHOUT_FIELDS
            else {name: self.fields.get(name) for name in system.sees},
            "external_ids": list(external_ids),
            "merged_cids": [f"C{number}" for number in self.merged_cids],
            "merged_into": self.merged_into,
        }


async def tell(
    tx: Transaction, system: System, notice: Notice, *, external_ids: tuple[str, ...] = ()
) -> None:
    body = {**notice.body(system, external_ids), "happened_at": tx.now.isoformat()}
    # What is told of an erasure names nobody, and outlives the erasure of what waits.
    about = None if notice.event == _ERASED else notice.client_id
    await tx.call(
        TELL,
        {"system": system.name, "key": ROW_KEY, "body": body},
        lane=lane_of(system, notice.client_id, merged_into=notice.merged_into),
        account=system.name,
        client_id=about,
        platform=PLATFORM,
        app=app_of(system.name),
        answer_to=PURPOSE,
        context={"system": system.name, "client_id": notice.client_id},
        only_failure=True,
    )


def lane_of(system: System, client_id: int, *, merged_into: str | None = None) -> str:
    """That a number was merged is told in the lane of the client whom it stands for."""
    return f"hook:{system.name}:{merged_into or f'C{client_id}'}"


async def join_lanes(tx: Transaction, system: System, merged_id: int, kept_id: int) -> None:
    """What waits to be told of the number goes before what will be told of the client."""
    await tx.session.execute(
        update(outbox)
        .where(outbox.c.lane == lane_of(system, merged_id), outbox.c.state == WAITING)
        .values(lane=lane_of(system, kept_id))
    )

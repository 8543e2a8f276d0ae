"""到期清理: every night, what has been kept as long as keeping.yaml says is let go."""

from config.schemas.keeping import Keeping
from crm_store.arrival import Arrival
from crm_store.keeping import let_go
from crm_store.store import Transaction
from handlers.events import SlotDue
from handlers.router import Router

router = Router("housekeeping")


@router.schedule("30 3 * * *")
async def apply_keeping(slot: SlotDue, tx: Transaction, keeping: Keeping) -> None:
    """A batch is an event: the night's work never holds the database up for long."""
    if await let_go(tx.session, keeping, now=tx.now):
        await tx.arrive(
            [
                Arrival(
                    kind=slot.kind,
                    key=f"cron:{slot.job}:{tx.fresh_id()}",
                    lane=f"cron:{slot.job}",
                    payload=slot.model_dump(mode="json"),
                )
            ]
        )

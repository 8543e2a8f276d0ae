"""承诺: what a colleague commits himself to in his words to a client (#51). Recorded once, with the
message; kept track of later."""

from collections.abc import Sequence

from crm_store.facts import PromiseMade
from crm_store.models import Lead
from crm_store.store import Transaction
from handlers.reading import Reading


async def note_promises(
    tx: Transaction, about: Sequence[Lead], reading: Reading, *, message_id: int, by: str | None
) -> None:
    """Records each promise on one of the client's open leads, which are locked, newest first."""
    lead = _lead_of(about, reading, by)
    if lead is None:
        return
    for promise in reading.found.promises:
        await tx.record(
            PromiseMade(
                at=tx.now,
                client_id=lead.client_id,
                lead_id=lead.id,
                by=by,
                action=promise.action,
                due=dict(promise.due) if promise.due else None,
                message_id=message_id,
                start=promise.start,
                end=promise.end,
                words=promise.text,
            )
        )


def _lead_of(about: Sequence[Lead], reading: Reading, by: str | None) -> Lead | None:
    """The lead whose line is spoken of, else the speaker's own, else the newest."""
    lines = {line for _, line in reading.products}
    for fits in (lambda lead: lead.line in lines, lambda lead: by and lead.owner_id == by):
        for lead in about:
            if fits(lead):
                return lead
    return next(iter(about), None)

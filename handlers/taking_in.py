"""What a client's words come to in a lead, whether he typed them or said them."""

from config.rules import Rules
from crm_store.facts import MessageIn
from crm_store.models import ChatMessage, Lead
from crm_store.store import Transaction
from handlers import learning
from handlers.reading import Reading
from handlers.tagging import file_if_tagged


async def take_in_message(
    tx: Transaction,
    lead: Lead,
    row: ChatMessage,
    reading: Reading,
    rules: Rules,
    *,
    is_first: bool,
    is_noted: bool = False,
) -> None:
    """`is_first`: of the leads that the message is about; what is tagged is filed there.
    `is_noted`: that it came is in the timeline already."""
    if not is_noted:
        await tx.record(
            MessageIn(
                at=tx.now,
                client_id=lead.client_id,
                lead_id=lead.id,
                message_id=row.id,
                sent_at=row.sent_at,
            )
        )
    await learning.take_in(tx, lead, reading, message_id=row.id, said_at=row.sent_at)
    if is_first:
        await file_if_tagged(tx, lead, reading.text, rules, message_id=row.id)

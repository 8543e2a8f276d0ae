"""A first card waits a moment for what the client said by voice to be written down."""

from crm_store import timers
from crm_store.models import Lead
from crm_store.store import Transaction

CARD_WAITS = "voice_card"
"""The timer that is set while a lead's first card waits; handlers/voice.py lets it go."""


async def waits_for_words(tx: Transaction, lead: Lead) -> bool:
    return await timers.is_set(tx.session, CARD_WAITS, lead.ref)

"""Questions about recordings."""

from collections.abc import Sequence

from sqlalchemy import update
from sqlmodel import col, select

from crm_store.models import Recording, RecordingState
from crm_store.store import Transaction
from crm_store.vault import Erased
from crm_store.view import View

PURPOSE = "recording"


async def keep(tx: Transaction, message_id: int, content: bytes) -> None:
    """Stores what was fetched; nothing where the message, or its client, is gone meanwhile."""
    whose = select(col(Recording.client_id)).where(col(Recording.message_id) == message_id)
    client_id = (await tx.session.exec(whose)).one_or_none()
    if client_id is None:
        return
    try:
        cipher = await tx.cipher(client_id)
    except Erased:
        return
    # Not through the row: it may be let go between our look and the writing.
    await tx.session.execute(
        update(Recording)
        .where(col(Recording.message_id) == message_id)
        .values(content=cipher.seal(content, purpose=PURPOSE))
    )


async def content_of(view: View, message_id: int) -> bytes | None:
    """What was recorded; None where it is not kept any more."""
    recording = await view.find(Recording, message_id)
    if recording is None or recording.content is None:
        return None
    try:
        cipher = await view.cipher(recording.client_id)
    except Erased:
        return None
    return cipher.open(recording.content, purpose=PURPOSE)


async def unheard(view: View, *, last: int) -> Sequence[Recording]:
    """Those that nobody writes down yet, oldest first."""
    query = (
        select(Recording)
        .where(Recording.state == RecordingState.KEPT, col(Recording.content).is_not(None))
        .order_by(col(Recording.message_id))
        .limit(last)
    )
    return (await view.session.exec(query)).all()

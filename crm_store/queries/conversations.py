"""Questions about clients' conversations."""

from collections.abc import Sequence

from sqlalchemy import bindparam
from sqlmodel import col, select

from crm_store.models import Conversation
from crm_store.store import Transaction
from crm_store.view import View


async def find(view: View, platform: str, account: str, client_ref: str) -> Conversation | None:
    which = {"platform": platform, "account": account, "client_ref": client_ref}
    return (await view.session.exec(_FIND, params=which)).first()


_FIND = select(Conversation).where(
    Conversation.platform == bindparam("platform"),
    Conversation.account == bindparam("account"),
    Conversation.client_ref == bindparam("client_ref"),
)
"""Made once: every message of a client asks it, and making it costs as much as asking."""


async def find_or_add(
    tx: Transaction, platform: str, account: str, client_ref: str, client_id: int
) -> Conversation:
    """The conversation; events of one conversation come one at a time, so nobody else adds it."""
    conversation = await find(tx, platform, account, client_ref)
    if conversation is None:
        conversation = Conversation(
            platform=platform, account=account, client_ref=client_ref, client_id=client_id
        )
        tx.add(conversation)
        await tx.flush()
    return conversation


async def of_client(view: View, client_id: int) -> Sequence[Conversation]:
    """The client's conversations, the liveliest first."""
    query = (
        select(Conversation)
        .where(Conversation.client_id == client_id)
        .order_by(col(Conversation.last_client_at).desc().nulls_last())
    )
    return (await view.session.exec(query)).all()


async def accounts(view: View) -> Sequence[str]:
    """The 客服 accounts that clients have written to."""
    query = select(Conversation.account).distinct().order_by(Conversation.account)
    return (await view.session.exec(query)).all()

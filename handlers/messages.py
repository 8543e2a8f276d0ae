"""客户来信: a client's words become a lead, or more facts about one; a colleague's are seen."""

from datetime import timedelta

from config.rules import Rules
from crm_store.facts import ClientNamed, MessageOut
from crm_store.models import (
    ChatMessage,
    Client,
    Conversation,
    Direction,
    IdentityKind,
    ServiceState,
)
from crm_store.queries import conversations, fields, leads, members
from crm_store.store import Transaction
from handlers import clients
from handlers.events import CallAnswered, ClientMessage, Speaker
from handlers.fields import value_in_words
from handlers.opening import KF_SOURCE, lead_for
from handlers.promises.keeping import note_kept
from handlers.promises.promising import note_promises
from handlers.reading import Reader
from handlers.records import RawClient
from handlers.router import Router
from handlers.taking_in import take_in_message
from nlp.facts import Extraction

router = Router("messages")

_LONGEST_NAME = 64
_PROFILE_WITHIN = timedelta(seconds=5)
"""How long a first card may wait for the client's nickname."""


@router.on(ClientMessage)
async def words_in_a_conversation(
    message: ClientMessage, tx: Transaction, reader: Reader, rules: Rules
) -> None:
    if message.speaker is Speaker.CLIENT:
        await _client_wrote(message, tx, reader, rules)
    else:
        await _colleague_wrote(message, tx, reader)


async def _client_wrote(
    message: ClientMessage, tx: Transaction, reader: Reader, rules: Rules
) -> None:
    reading = reader.read(message.text, message.sent_at)
    # A phone he leaves may show that we know him already (#15).
    by_platform = (IdentityKind.KF, message.client_ref)
    client = await clients.find_or_add(
        tx,
        rules,
        [by_platform, *reading.identifiers],
        said=RawClient(company=reading.company),
    )
    conversation = await _heard_in(tx, message, client)
    row = await _keep(tx, message, client, conversation, Direction.IN)
    if await _is_no_lead(tx, client, reading.found):
        return
    for place, product in enumerate(reading.products or (None,)):
        lead, _ = await lead_for(tx, client, product=product, source=KF_SOURCE)
        await take_in_message(tx, lead, row, reading, rules, is_first=place == 0)
    if not client.name:
        await _ask_name(tx, message, client)


async def _heard_in(tx: Transaction, message: ClientMessage, client: Client) -> Conversation:
    conversation = await conversations.find_or_add(
        tx, message.platform, message.account, message.client_ref, client.id
    )
    conversation.heard(message.sent_at)
    tx.add(conversation)
    return conversation


async def _is_no_lead(tx: Transaction, client: Client, extraction: Extraction) -> bool:
    """Advertising opens nothing; everything else that a new client says does."""
    return extraction.intent.is_advertising and not await leads.open_of_client(tx, client.id)


async def _keep(
    tx: Transaction,
    message: ClientMessage,
    client: Client,
    conversation: Conversation,
    direction: Direction,
    *,
    member_id: str | None = None,
) -> ChatMessage:
    row = ChatMessage(
        client_id=client.id,
        conversation_id=conversation.id,
        direction=direction,
        member_id=member_id,
        sent_at=message.sent_at,
        form=message.form,
        body=await tx.seal(client.id, message.text, purpose="message"),
        attachment={"media_id": message.media_id} if message.media_id else {},
        source=KF_SOURCE,
    )
    tx.add(row)
    await tx.flush()
    return row


async def _ask_name(tx: Transaction, message: ClientMessage, client: Client) -> None:
    await tx.call(
        "kf/customer/batchget",
        {"external_userid_list": [message.client_ref], "need_enter_session_context": 0},
        lane=f"profile:{message.client_ref}",
        account=message.account,
        client_id=client.id,
        answer_to="client_profile",
        context={"client_id": client.id, "client_ref": message.client_ref},
        expires_in=_PROFILE_WITHIN,
    )


@router.answer("client_profile")
async def learn_name(answer: CallAnswered, tx: Transaction, rules: Rules) -> None:
    """The nickname came, or never will: either way the first card goes out now."""
    client = await tx.lock_client(answer.context["client_id"])
    if client.erased_at is not None:
        return
    profiles = (answer.answer or {}).get("customer_list") or []
    for profile in profiles:
        if profile.get("external_userid") == answer.context["client_ref"]:
            client.name = client.name or str(profile.get("nickname") or "")[:64]
            if profile.get("unionid"):
                unionid = (IdentityKind.UNIONID, str(profile["unionid"]))
                client = await clients.tie(tx, rules, client, [unionid])
    if not client.name:
        client.name = await _name_from_words(tx, client)
    tx.add(client)
    for lead in await leads.open_of_client(tx, client.id):
        await tx.record(ClientNamed(at=tx.now, client_id=client.id, lead_id=lead.id))


async def _name_from_words(tx: Transaction, client: Client) -> str:
    """What he called himself, where the platform does not tell; it is asked again when he
    writes again."""
    for lead in await leads.open_of_client(tx, client.id):
        for field in await fields.known(tx, lead):
            if field.name == "person":
                return value_in_words(field)[:_LONGEST_NAME]
    return ""


async def _colleague_wrote(message: ClientMessage, tx: Transaction, reader: Reader) -> None:
    """Words of the servicer in the client's conversation: the owner's are his follow-up."""
    conversation = await conversations.find(
        tx, message.platform, message.account, message.client_ref
    )
    if conversation is None:
        return
    member = await members.by_account(tx, message.platform, message.servicer or "")
    client = await clients.hold_owner(tx, conversation)
    if client.erased_at is not None:
        return
    tx.came_by(client.id, conversation.origin_id)
    conversation.service_state = ServiceState.HUMAN
    conversation.servicer = message.servicer
    conversation.touched(message.sent_at)
    tx.add(conversation)
    row = await _keep(
        tx,
        message,
        client,
        conversation,
        Direction.OUT,
        member_id=member.id if member else None,
    )
    open_leads = [await tx.lock_lead(lead.id) for lead in await leads.open_of_client(tx, client.id)]
    by = member.id if member else None
    for lead in open_leads:
        await tx.record(
            MessageOut(at=tx.now, client_id=client.id, lead_id=lead.id, by=by, message_id=row.id)
        )
    reading = reader.read(message.text, message.sent_at, sender="rep")
    await note_kept(tx, row, reading, by=by)
    await note_promises(tx, open_leads, reading, message_id=row.id, by=by)

"""会话交接: the 微信客服 conversation goes to the lead's owner once he has touched it.

The platform's state is asked before anything is said or moved (send_msg works in states 0 and 1
only, transitions are limited, wecom.md §9.3). In state 3 a human answers and the assistant is
silent; both sides' words are read on.
"""

from datetime import datetime, timedelta
from typing import Any

from config.rules import Rules
from crm_store.facts import (
    ClientAnswered,
    ConversationEnded,
    ConversationHandedOver,
    FollowedUp,
    HandoverRefused,
    LeadOpened,
)
from crm_store.models import Client, Conversation, Lead, Member, ServiceState
from crm_store.queries import conversations, leads
from crm_store.saying import ROW_KEY
from crm_store.store import Transaction
from handlers.events import (
    CallAnswered,
    ClientMessage,
    ConversationChange,
    ConversationEvent,
    Speaker,
)
from handlers.router import Router
from notifiers.card import Text

router = Router("handover")

_MOVABLE = frozenset(
    {ServiceState.UNHANDLED, ServiceState.BOT, ServiceState.WAITING, ServiceState.HUMAN}
)
_ANSWERABLE = frozenset({ServiceState.UNHANDLED, ServiceState.BOT})
_NOT_TAKING = "95014"
_GREETING_WITHIN = timedelta(seconds=20)
_CHANGE_ENDED = 3


def conversation_lane(account: str, client_ref: str) -> str:
    return f"kf:{account}:{client_ref}"


async def _ask_state(tx: Transaction, conversation: Conversation, context: dict[str, Any]) -> None:
    await tx.call(
        "kf/service_state/get",
        {"open_kfid": conversation.account, "external_userid": conversation.client_ref},
        lane=conversation_lane(conversation.account, conversation.client_ref),
        account=conversation.account,
        client_id=conversation.client_id,
        answer_to="conversation_state",
        context={"conversation_id": conversation.id, **context},
        expires_in=timedelta(minutes=10),
    )


@router.on(LeadOpened)
async def acknowledge(fact: LeadOpened, tx: Transaction, rules: Rules) -> None:
    """A new lead's client is answered at once, unless his words are old or a human has him."""
    if not rules.replies.acknowledgement.enabled or fact.client_id is None:
        return
    for conversation in (await conversations.of_client(tx, fact.client_id))[:1]:
        said_at = conversation.last_client_at
        if said_at is not None and _is_fresh(said_at, tx.now, rules):
            await _ask_state(
                tx,
                conversation,
                {"acknowledge": True, "lead_id": fact.lead_id, "said_at": said_at.isoformat()},
            )


@router.on(FollowedUp)
async def hand_over(fact: FollowedUp, tx: Transaction) -> None:
    """The owner took the lead up: the conversation is his."""
    if fact.lead_id is None or fact.by is None or fact.client_id is None:
        return
    lead = await tx.get(Lead, fact.lead_id)
    member = await tx.get(Member, fact.by)
    if lead.owner_id != member.id or not member.wecom:
        return
    for conversation in (await conversations.of_client(tx, fact.client_id))[:1]:
        if conversation.is_with(member.wecom, now=tx.now):
            continue
        if conversation.handover_to == member.id:
            continue
        conversation.handover_to = member.id
        tx.add(conversation)
        await _ask_state(tx, conversation, {"lead_id": lead.id})


@router.on(ClientMessage)
async def try_again_when_he_writes(message: ClientMessage, tx: Transaction) -> None:
    """A handover that had to wait becomes possible now; and a client who comes back after his
    session ended comes to the owner who had taken him up."""
    if message.speaker is not Speaker.CLIENT:
        return
    conversation = await conversations.find(
        tx, message.platform, message.account, message.client_ref
    )
    if conversation is None:
        return
    if conversation.handover_to is None and conversation.service_state == ServiceState.UNHANDLED:
        conversation.handover_to = await _who_took_him_up(tx, conversation.client_id)
        tx.add(conversation)
    if conversation.handover_to is not None:
        await _ask_state(tx, conversation, {})


@router.answer("conversation_state")
async def state_known(answer: CallAnswered, tx: Transaction, rules: Rules) -> None:
    conversation = await _locked(tx, answer.context["conversation_id"])
    if answer.answer is None:
        await _handover_failed(tx, conversation, answer.error_code)
        return
    state = int(answer.answer.get("service_state", ServiceState.ENDED))
    conversation.service_state = state
    conversation.servicer = answer.answer.get("servicer_userid") or None
    tx.add(conversation)
    if answer.context.get("acknowledge"):
        await _acknowledge_now(tx, conversation, answer.context, rules)
    if conversation.handover_to is not None:
        await _move(tx, conversation)


async def _who_took_him_up(tx: Transaction, client_id: int) -> str | None:
    for lead in await leads.open_of_client(tx, client_id):
        if lead.first_touched_at is not None and lead.owner_id is not None:
            return lead.owner_id
    return None


async def _locked(tx: Transaction, conversation_id: int) -> Conversation:
    """The conversation as it is now, held after its client."""
    conversation = await tx.get(Conversation, conversation_id)
    await tx.lock_client(conversation.client_id)
    return await tx.lock(Conversation, conversation_id)


async def _acknowledge_now(
    tx: Transaction, conversation: Conversation, context: dict[str, Any], rules: Rules
) -> None:
    said_at = datetime.fromisoformat(context["said_at"])
    is_answered = conversation.acknowledged_at is not None and (
        conversation.acknowledged_at >= said_at
    )
    if (
        conversation.service_state not in _ANSWERABLE
        or is_answered
        or not _is_fresh(said_at, tx.now, rules)
    ):
        return
    conversation.acknowledged_at = tx.now
    tx.add(conversation)
    await tx.call(
        "kf/send_msg",
        {
            "touser": conversation.client_ref,
            "open_kfid": conversation.account,
            "msgid": ROW_KEY,
            "msgtype": "text",
            "text": {"content": rules.replies.acknowledgement.text},
        },
        lane=conversation_lane(conversation.account, conversation.client_ref),
        account=conversation.account,
        client_id=conversation.client_id,
        expires_in=said_at + timedelta(minutes=rules.replies.max_age_minutes) - tx.now,
    )
    await tx.record(
        ClientAnswered(
            at=tx.now,
            client_id=conversation.client_id,
            lead_id=context["lead_id"],
            reply="acknowledgement",
        )
    )


async def _move(tx: Transaction, conversation: Conversation) -> None:
    member = await tx.find(Member, conversation.handover_to)
    if member is None or not member.wecom or not member.active:
        conversation.handover_to = None
        tx.add(conversation)
        return
    if conversation.service_state == ServiceState.HUMAN and (
        (conversation.servicer or "").lower() == member.wecom.lower()
    ):
        conversation.handover_to = None
        tx.add(conversation)
        return
    if conversation.service_state not in _MOVABLE:
        return  # ended: it can be moved once the client writes again
    await tx.call(
        "kf/service_state/trans",
        {
            "open_kfid": conversation.account,
            "external_userid": conversation.client_ref,
            "service_state": int(ServiceState.HUMAN),
            "servicer_userid": member.wecom,
        },
        lane=conversation_lane(conversation.account, conversation.client_ref),
        account=conversation.account,
        client_id=conversation.client_id,
        answer_to="conversation_moved",
        context={"conversation_id": conversation.id, "member_id": member.id},
        expires_in=timedelta(minutes=10),
    )


@router.answer("conversation_moved")
async def moved(answer: CallAnswered, tx: Transaction) -> None:
    conversation = await _locked(tx, answer.context["conversation_id"])
    member = await tx.get(Member, answer.context["member_id"])
    if answer.answer is None:
        await _handover_failed(tx, conversation, answer.error_code)
        return
    if conversation.handover_to == member.id:
        conversation.handover_to = None
    conversation.service_state = ServiceState.HUMAN
    conversation.servicer = member.wecom
    conversation.touched(tx.now)
    tx.add(conversation)
    client = await tx.get(Client, conversation.client_id)
    for lead in await leads.open_of_client(tx, client.id):
        await tx.record(
            ConversationHandedOver(
                at=tx.now, client_id=client.id, lead_id=lead.id, member_id=member.id
            )
        )
    await tx.notify(
        member,
        Text(text=f"{client.display}的微信客服会话已转给您，可以直接回复"),
        client_id=client.id,
    )


async def _handover_failed(tx: Transaction, conversation: Conversation, code: str) -> None:
    if conversation.handover_to is None:
        return
    member = await tx.get(Member, conversation.handover_to)
    client = await tx.get(Client, conversation.client_id)
    conversation.handover_to = None
    tx.add(conversation)
    await tx.record(HandoverRefused(at=tx.now, client_id=client.id, member_id=member.id, code=code))
    why = (
        "您还没有开始接待，请在微信客服里点“开始接待”后再点一次“已联系”"
        if code == _NOT_TAKING
        else f"平台没有同意（{code or '没有回应'}），请稍后再点一次“已联系”"
    )
    await tx.notify(
        member,
        Text(text=f"{client.display}的微信客服会话没有转成：{why}"),
        client_id=client.id,
    )


@router.on(ConversationEvent)
async def conversation_changed(event: ConversationEvent, tx: Transaction, rules: Rules) -> None:
    """What the platform says of the conversation: greeted when entered, its state followed."""
    if event.change is ConversationChange.ENTERED:
        await _greet(event, tx, rules)
        return
    conversation = await conversations.find(tx, event.platform, event.account, event.client_ref)
    if conversation is None or event.change is not ConversationChange.STATE_CHANGED:
        return
    if int(event.detail.get("change_type", 0)) == _CHANGE_ENDED:
        conversation.service_state = ServiceState.ENDED
        conversation.servicer = None
        for lead in await leads.open_of_client(tx, conversation.client_id):
            await tx.record(
                ConversationEnded(at=tx.now, client_id=conversation.client_id, lead_id=lead.id)
            )
    else:
        conversation.service_state = ServiceState.HUMAN
        conversation.servicer = event.detail.get("new_servicer_userid") or conversation.servicer
    tx.add(conversation)


async def _greet(event: ConversationEvent, tx: Transaction, rules: Rules) -> None:
    """The welcome code lives 20 seconds and works once; nothing else may be said yet (state 4)."""
    code = event.detail.get("welcome_code")
    greeting = rules.replies.greeting
    if not code or not greeting.enabled or tx.now - event.sent_at > _GREETING_WITHIN:
        return
    await tx.call(
        "kf/send_msg_on_event",
        {"code": code, "msgid": ROW_KEY, "msgtype": "text", "text": {"content": greeting.text}},
        lane=conversation_lane(event.account, event.client_ref),
        account=event.account,
        expires_in=event.sent_at + _GREETING_WITHIN - tx.now,
    )


def _is_fresh(said_at: datetime, now: datetime, rules: Rules) -> bool:
    return now - said_at <= timedelta(minutes=rules.replies.max_age_minutes)

"""One item of kf/sync_msg → a client's message, or what the platform says of a conversation."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import structlog

from bot.platforms.wire import (
    Unreadable,
    arrival,
    dead,
    digest,
    moment,
    moment_or,
    name_of,
    object_of,
    required,
    settled,
    text_of,
)
from crm_store.arrival import Arrival
from handlers.events import (
    ClientMessage,
    ConversationChange,
    ConversationEvent,
    Form,
    Speaker,
)

log = structlog.get_logger(__name__)

SPEAKERS = {"3": Speaker.CLIENT, "5": Speaker.SERVICER}
SYSTEM = "4"
CHANGES = {
    "enter_session": ConversationChange.ENTERED,
    "session_status_change": ConversationChange.STATE_CHANGED,
    "user_recall_msg": ConversationChange.RECALLED,
    "servicer_recall_msg": ConversationChange.RECALLED,
    "msg_send_fail": ConversationChange.SEND_FAILED,
    "servicer_status_change": ConversationChange.SERVICER_STATUS,
}
FORMS = {
    "text": Form.TEXT,
    "image": Form.IMAGE,
    "voice": Form.VOICE,
    "video": Form.VIDEO,
    "file": Form.FILE,
    "location": Form.LOCATION,
    "link": Form.LINK,
}
"""Every other type (business_card, miniprogram, channels, merged_msg …) is Form.OTHER."""
WORDS = {
    Form.TEXT: ("content",),
    Form.LOCATION: ("name", "address"),
    Form.LINK: ("title", "desc", "url"),
    Form.OTHER: ("title", "head_content"),
}
KNOWN_ELSEWHERE = frozenset({"content", "media_id"})


def arrival_of(item: Any, open_kfid: str, now: datetime) -> Arrival:
    """The item as an arrival; a dead letter where it cannot be understood. Never raises."""
    try:
        item = settled(item)
        if not isinstance(item, dict):
            raise Unreadable("no object")  # noqa: TRY301 one place turns it into a dead letter
        return _read(item, open_kfid, now)
    except (Unreadable, RecursionError) as error:
        log.warning("kf_item_unreadable", open_kfid=open_kfid, error=str(error))
        return _dead(item, error)


def _read(item: dict[str, Any], open_kfid: str, now: datetime) -> Arrival:
    origin = text_of(item, "origin")
    if text_of(item, "msgtype") == "event" or origin == SYSTEM:
        return _event(item, open_kfid, now)
    if origin not in SPEAKERS:
        raise Unreadable("an origin that is neither client, system nor servicer")
    return _message(item, open_kfid, SPEAKERS[origin])


def _message(item: dict[str, Any], open_kfid: str, speaker: Speaker) -> Arrival:
    msgtype = required(item, "msgtype")
    content = object_of(item, msgtype)
    form = FORMS.get(msgtype, Form.OTHER)
    if form is Form.TEXT and "content" not in content:
        raise Unreadable("a text without content")
    message = ClientMessage(
        account=text_of(item, "open_kfid") or open_kfid,
        client_ref=required(item, "external_userid"),
        message_id=required(item, "msgid"),
        sent_at=moment(item.get("send_time")),
        speaker=speaker,
        servicer=text_of(item, "servicer_userid") or None,
        form=form,
        text=_words(form, content),
        media_id=text_of(content, "media_id") or None,
        extra=_extra(msgtype, content),
    )
    return arrival(
        message,
        key=name_of("wecom:kf", message.message_id),
        lane=_conversation(message.account, message.client_ref),
    )


def _words(form: Form, content: Mapping[str, Any]) -> str:
    words = (text_of(content, name) for name in WORDS.get(form, ()))
    return "\n".join(filter(None, words))


def _extra(msgtype: str, content: Mapping[str, Any]) -> dict[str, Any]:
    rest = {name: value for name, value in content.items() if name not in KNOWN_ELSEWHERE}
    return rest if msgtype in FORMS else {"msgtype": msgtype, **content}


def _event(item: dict[str, Any], open_kfid: str, now: datetime) -> Arrival:
    """`open_kfid` and `external_userid` stand inside `event`; some events have no client."""
    told = object_of(item, "event") or item
    account = text_of(told, "open_kfid") or text_of(item, "open_kfid") or open_kfid
    client = text_of(told, "external_userid") or text_of(item, "external_userid")
    event = ConversationEvent(
        account=account,
        client_ref=client,
        message_id=text_of(item, "msgid") or _fingerprint(item),
        sent_at=moment_or(item.get("send_time"), now),
        change=CHANGES.get(text_of(told, "event_type"), ConversationChange.OTHER),
        detail={k: v for k, v in told.items() if k not in ("open_kfid", "external_userid")},
    )
    lane = _conversation(account, client) if client else "wecom:events"
    return arrival(event, key=name_of("wecom:kf", event.message_id), lane=lane)


def _conversation(account: str, client: str) -> str:
    return name_of("kf", account, client)


def _fingerprint(item: object) -> str:
    return digest([json.dumps(item, sort_keys=True)])


def _dead(item: object, error: Exception) -> Arrival:
    try:
        body = json.dumps(item, ensure_ascii=True)
    except (RecursionError, ValueError):
        body = ""
    msgid = text_of(item, "msgid") if isinstance(item, dict) else ""
    return dead("wecom", body, error, key=name_of("wecom:kf", msgid) if msgid else None)

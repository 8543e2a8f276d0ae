"""DingTalk's JSON → events, the same in Stream and HTTP mode.

Under open.dingtalk.com/document/development: receive-message (the robot), event-callback-card
(pressed cards), http-callback-overview (events).
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog
from yarl import URL

from bot.platforms.wire import (
    Unreadable,
    arrival,
    dead,
    digest,
    label,
    moment,
    moment_or,
    name_of,
    object_of,
    read_object,
    required,
    text_of,
)
from crm_store.arrival import Arrival
from handlers.events import CardPress, DirectoryChange, Form, MemberMessage, Platform, Reply

log = structlog.get_logger(__name__)

OTHERS = "dingtalk:events"
VENDOR = "https://oapi.dingtalk.com"
GROUP = "2"
QUOTA_SPENT = "20001"
FORMS = {
    "text": Form.TEXT,
    "richText": Form.TEXT,
    "picture": Form.IMAGE,
    "audio": Form.VOICE,
    "video": Form.VIDEO,
    "file": Form.FILE,
}


@dataclass(frozen=True)
class Delivery:
    """One delivery, as it came: its body, when, and what of the transport tells it from others.

    `mark` is the frame's messageId in Stream mode, the signature's timestamp in HTTP mode.
    """

    body: str
    now: datetime
    mark: str = ""
    frame: Mapping[str, Any] = field(default_factory=dict)
    """The frame's headers in Stream mode: eventId, eventType, eventBornTime …"""


class DingTalkReader:
    """Parses what the robot hears, what is pressed on its cards, and subscribed events.

    Every method returns one arrival, or none for what is of no use; what cannot be understood is a
    dead letter. `oapi_base` is where sessionWebhooks may point besides DingTalk's own host.
    """

    def __init__(self, oapi_base: str = VENDOR) -> None:
        self._origins = {URL(VENDOR).origin(), URL(oapi_base).origin()}

    def robot(self, delivery: Delivery) -> list[Arrival]:
        return _readable(delivery, self._robot)

    def card(self, delivery: Delivery) -> list[Arrival]:
        return _readable(delivery, _card)

    def event(self, delivery: Delivery) -> list[Arrival]:
        return _readable(delivery, _event)

    def _robot(self, delivery: Delivery) -> Arrival | None:
        body = read_object(delivery.body)
        msgtype = text_of(body, "msgtype")
        if text_of(body, "errCode") == QUOTA_SPENT and not object_of(body, msgtype):
            return _quota_spent(body, delivery)
        if msgtype and msgtype not in FORMS:
            log.info("dingtalk_ignored", msgtype=label(msgtype))
            return None
        content = _content(body, msgtype)
        account = text_of(body, "senderStaffId")
        message = MemberMessage(
            platform=Platform.DINGTALK,
            account=account,
            message_id=required(body, "msgId"),
            sent_at=moment_or(body.get("createAt"), delivery.now),
            form=_form(msgtype, content),
            text=_words(msgtype, content),
            group=_group(body),
            reply=self._reply(body),
            media_id=_media(msgtype, content) or None,
        )
        return arrival(
            message,
            key=name_of("dingtalk:msg", message.message_id),
            lane=_member(account or text_of(body, "senderId")),
        )

    def _reply(self, body: Mapping[str, Any]) -> Reply | None:
        """The sessionWebhook, only where it leads to DingTalk: the robot's body is not signed."""
        text = text_of(body, "sessionWebhook")
        try:
            url = URL(text)
            expires_at = moment(body.get("sessionWebhookExpiredTime"))
            trusted = url.origin() in self._origins and url.user is None and _plain(text)
        except ValueError:
            return None
        if not trusted:
            log.warning("dingtalk_webhook_refused", host=url.host)
            return None
        return Reply(url=text, expires_at=expires_at)


def _plain(url: str) -> bool:
    """No character that one reader of addresses skips and another does not."""
    return url.isascii() and url.isprintable() and not set(url) & set(" \\")


def _readable(delivery: Delivery, parse: Callable[[Delivery], Arrival | None]) -> list[Arrival]:
    try:
        found = parse(delivery)
    except Unreadable as error:
        log.warning("dingtalk_unreadable", error=str(error))
        return [dead("dingtalk", delivery.body, error)]
    return [] if found is None else [found]


def _content(body: Mapping[str, Any], msgtype: str) -> dict[str, Any]:
    """`text` stands by itself, every other kind in `content`."""
    content = object_of(body, "text" if msgtype == "text" else "content")
    if not msgtype or not content:
        raise Unreadable("a message without msgtype or content")
    return content


def _form(msgtype: str, content: Mapping[str, Any]) -> Form:
    if msgtype == "richText" and not _words(msgtype, content):
        return Form.IMAGE
    return FORMS[msgtype]


def _words(msgtype: str, content: Mapping[str, Any]) -> str:
    """What was said; after an @ the text begins with a space. A voice has DingTalk's transcript."""
    if msgtype == "text":
        return text_of(content, "content").strip()
    if msgtype == "audio":
        return text_of(content, "recognition").strip()
    return "".join(text_of(run, "text") for run in _runs(content)).strip()


def _media(msgtype: str, content: Mapping[str, Any]) -> str:
    if msgtype != "richText":
        return text_of(content, "downloadCode")
    return next(filter(None, (text_of(run, "downloadCode") for run in _runs(content))), "")


def _runs(content: Mapping[str, Any]) -> list[dict[str, Any]]:
    runs = content.get("richText")
    return [run for run in runs if isinstance(run, dict)] if isinstance(runs, list) else []


def _group(body: Mapping[str, Any]) -> str | None:
    if text_of(body, "conversationType") != GROUP:
        return None
    return text_of(body, "conversationId") or None


def _quota_spent(body: Mapping[str, Any], delivery: Delivery) -> Arrival:
    """The month's calls are used up: DingTalk says that somebody spoke, and withholds the words."""
    log.error("dingtalk_quota_spent")
    message_id = text_of(body, "msgId") or digest([delivery.body])
    change = DirectoryChange(
        platform=Platform.DINGTALK,
        change="quota_spent",
        happened_at=moment_or(body.get("createAt"), delivery.now),
        detail={"account": text_of(body, "senderStaffId")},
    )
    return arrival(change, key=name_of("dingtalk:msg", message_id), lane=OTHERS)


def _card(delivery: Delivery) -> Arrival | None:
    body = read_object(delivery.body)
    if text_of(body, "type") not in ("", "actionCallback"):
        log.info("dingtalk_ignored", card_callback=label(text_of(body, "type")))
        return None
    pressed = object_of(_pressed(body), "cardPrivateData")
    actions, account = pressed.get("actionIds"), required(body, "userId")
    if not isinstance(actions, list) or not actions or not isinstance(actions[0], str):
        raise Unreadable("a press without actionIds")
    press = CardPress(
        platform=Platform.DINGTALK,
        account=account,
        card_key=required(body, "outTrackId"),
        action=actions[0],
        pressed_at=delivery.now,
        choices=_choices(object_of(pressed, "params")),
    )
    content = json.dumps(pressed, sort_keys=True)
    parts = (press.card_key, account, content, delivery.mark)
    # Pressing the same button twice is two presses; delivering one press twice is not.
    return arrival(press, key=name_of("dingtalk:card", digest(parts)), lane=_member(account))


def _pressed(body: Mapping[str, Any]) -> dict[str, Any]:
    """`content` is JSON in a string; older template engines put the same into `value`."""
    return object_of(body, "content") or object_of(body, "value")


def _choices(params: Mapping[str, Any]) -> dict[str, str]:
    return {
        name: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        for name, value in params.items()
    }


def _event(delivery: Delivery) -> Arrival | None:
    """A subscribed event; the Stream form names it in the frame, the HTTP form in the body."""
    body, frame = read_object(delivery.body), delivery.frame
    change = text_of(frame, "eventType") or text_of(body, "EventType") or text_of(body, "eventType")
    if not change:
        raise Unreadable("an event without a type")
    if change.startswith("check_"):
        return None
    event_id = text_of(frame, "eventId") or text_of(body, "eventId") or text_of(body, "EventId")
    born = frame.get("eventBornTime") or body.get("TimeStamp") or body.get("timeStamp")
    event = DirectoryChange(
        platform=Platform.DINGTALK,
        change=change,
        happened_at=moment_or(born, delivery.now),
        detail=body,
    )
    key = name_of("dingtalk:event", event_id or digest([delivery.body]))
    return arrival(event, key=key, lane=OTHERS)


def _member(account: str) -> str:
    return name_of("member:dingtalk", account)

"""WeCom's decrypted XML → events (developer.work.weixin.qq.com/document/path/90240)."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from xml.etree.ElementTree import Element

import structlog

from bot.platforms.wecom_xml import parse_xml
from bot.platforms.wire import DEEPEST, Unreadable, arrival, dead, digest, label, moment, name_of
from crm_store.arrival import Arrival, Route
from handlers.events import (
    CardPress,
    ContactChange,
    DirectoryChange,
    Event,
    Form,
    MemberMessage,
    Platform,
)

log = structlog.get_logger(__name__)

OTHERS = "wecom:events"
FORMS = {
    "text": Form.TEXT,
    "image": Form.IMAGE,
    "voice": Form.VOICE,
    "video": Form.VIDEO,
    "location": Form.LOCATION,
    "link": Form.LINK,
}
WORDS = {"text": ("Content",), "location": ("Label",), "link": ("Title", "Description", "Url")}
DIRECTORY = frozenset(
    {
        "subscribe",
        "unsubscribe",
        "change_contact",
        "change_external_chat",
        "change_external_tag",
        "customer_acquisition",
        "kf_account_auth_change",
        "msgaudit_notify",
        "batch_job_result",
        "open_approval_change",
        "close_inactive_agent",
        "reopen_inactive_agent",
    }
)
"""Changes somebody may care for. What only tells where a finger went (enter_agent, LOCATION, view,
click, scancode_…) is acknowledged and forgotten."""
WIDE_KEY = (
    *("FromUserName", "CreateTime", "Event", "ChangeType", "UserID", "ExternalUserID", "ChatId"),
    *("OpenKfId", "TaskId", "EventKey", "ResponseCode", "AgentID", "Token"),
)
"""What tells two events apart; the vendor's own shorter key loses some."""


def arrivals(app: str, plaintext: str) -> list[Arrival]:
    """What one callback of `app` brings: one arrival, or none where it is of no use to anybody.

    What cannot be understood comes back as a dead letter, so that a person can look at it.
    """
    try:
        root = parse_xml(plaintext)
        found = _parse(app, root)
    except Unreadable as error:
        log.warning("wecom_unreadable", app=app, error=str(error))
        return [dead("wecom", plaintext, error)]
    if found is None:
        kind, event = label(_text(root, "MsgType")), label(_text(root, "Event"))
        log.info("wecom_ignored", app=app, msg=kind, what=event)
        return []
    return [found]


def _parse(app: str, root: Element) -> Arrival | None:
    kind = _required(root, "MsgType")
    if kind != "event":
        return _message(app, root, FORMS[kind]) if kind in FORMS else None
    event = _required(root, "Event")
    if event in DIRECTORY:
        return _directory_change(root, event)
    parse = EVENTS.get(event)
    return parse(app, root) if parse else None


def _message(app: str, root: Element, form: Form) -> Arrival:
    account, message_id = _required(root, "FromUserName"), _required(root, "MsgId")
    words = (_text(root, name) for name in WORDS.get(form, ()))
    message = MemberMessage(
        platform=Platform.WECOM,
        account=account,
        message_id=message_id,
        sent_at=_created(root),
        form=form,
        text="\n".join(filter(None, words)),
        media_id=_text(root, "MediaId") or None,
    )
    return arrival(message, key=name_of("wecom:msg", app, message_id), lane=_member(account))


def _card_press(_app: str, root: Element) -> Arrival:
    account = _required(root, "FromUserName")
    press = CardPress(
        platform=Platform.WECOM,
        account=account,
        card_key=_required(root, "TaskId"),
        action=_required(root, "EventKey"),
        pressed_at=_created(root),
        code=_text(root, "ResponseCode") or None,
        choices=_choices(root),
    )
    return _as_event(press, root, _member(account))


def _choices(root: Element) -> dict[str, str]:
    """Question key → option ids, joined by commas. The vendor's sample misspells OptionId."""
    return {
        _text(item, "QuestionKey"): ",".join(
            option.text or ""
            for box in item
            if box.tag in ("OptionIds", "OpitonIds")
            for option in box
        )
        for item in root.iterfind("SelectedItems/SelectedItem")
    }


def _contact_change(_app: str, root: Element) -> Arrival:
    change = ContactChange(
        change=_required(root, "ChangeType"),
        account=_required(root, "UserID"),
        client_ref=_required(root, "ExternalUserID"),
        happened_at=_created(root),
        state=_text(root, "State") or None,
        welcome_code=_text(root, "WelcomeCode") or None,
    )
    return _as_event(change, root, OTHERS)


def _pointer(app: str, root: Element) -> Arrival:
    """Messages wait in a 客服 account: where to fetch them, and the token that lets us."""
    account = _required(root, "OpenKfId")
    payload = {
        "open_kfid": account,
        "token": _text(root, "Token"),
        "app": app,
        "created_at": _created(root).isoformat(),
    }
    return Arrival(
        kind="kf_pointer",
        key=_event_key(root),
        lane=name_of("kf-pull", account),
        payload=payload,
        route=Route.PULL,
    )


def _directory_change(root: Element, event: str) -> Arrival:
    """These have too little in common for one key: every field of them is part of it."""
    leaves = [f"{leaf.tag}={leaf.text or ''}" for leaf in root.iter() if len(leaf) == 0]
    change = DirectoryChange(
        platform=Platform.WECOM,
        change=event,
        happened_at=_created(root),
        detail={child.tag: _value(child) for child in root},
    )
    return arrival(change, key=name_of("wecom:event", digest(leaves)), lane=OTHERS)


EVENTS: dict[str, Callable[[str, Element], Arrival]] = {
    "template_card_event": _card_press,
    "template_card_menu_event": _card_press,
    "change_external_contact": _contact_change,
    "kf_msg_or_event": _pointer,
}


def _as_event(event: Event, root: Element, lane: str) -> Arrival:
    return arrival(event, key=_event_key(root), lane=lane)


def _event_key(root: Element) -> str:
    return name_of("wecom:event", digest(_text(root, name) for name in WIDE_KEY))


def _member(account: str) -> str:
    """WeCom spells one userid now so, now so."""
    return name_of("member:wecom", account.lower())


def _created(root: Element) -> datetime:
    return moment(_required(root, "CreateTime"))


def _text(root: Element, name: str) -> str:
    return root.findtext(name) or ""


def _required(root: Element, name: str) -> str:
    if not (text := _text(root, name)):
        raise Unreadable(f"{name} is missing")
    return text


def _value(element: Element, depth: int = 0) -> Any:
    """An element as JSON: its text, or its children by name, or a list where one name repeats."""
    if depth > DEEPEST:
        raise Unreadable(f"nested deeper than {DEEPEST} levels")
    if len(element) == 0:
        return element.text or ""
    names = [child.tag for child in element]
    if len(set(names)) < len(names):
        return [_value(child, depth + 1) for child in element]
    return {child.tag: _value(child, depth + 1) for child in element}

"""Whatever comes, a parser answers with an event, a dead letter or nothing: it never fails."""

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.platforms.dingtalk import Delivery, DingTalkReader
from bot.platforms.kf_messages import arrival_of
from bot.platforms.stream_frames import parse_frame
from bot.platforms.wecom_events import arrivals
from bot.platforms.wire import Unreadable, label
from crm_store.arrival import Arrival, Route
from handlers.events import (
    CardPress,
    ClientMessage,
    ContactChange,
    ConversationEvent,
    DirectoryChange,
    MemberMessage,
)
from tests.platforms.entrance import NOW

# A slow machine is no reason to fail.
patiently = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)

EVENTS = {
    event.kind: event
    for event in (
        CardPress,
        ClientMessage,
        ContactChange,
        ConversationEvent,
        DirectoryChange,
        MemberMessage,
    )
}
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=10**18, max_value=10**30)
    | st.floats()
    | st.text(st.characters(codec=None))
    | st.sampled_from(["text", "event", "richText", "audio", "2", "3", "4", "20001", "{}", "1e9"])
)
ANYTHING = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8
)


def objects(*names: str) -> st.SearchStrategy[dict[str, Any]]:
    """Objects with fields that the parsers look at, holding anything."""
    return st.dictionaries(st.sampled_from(names), ANYTHING | st.deferred(lambda: objects(*names)))


ROBOT = objects(
    *("msgtype", "text", "content", "richText", "downloadCode", "recognition", "msgId", "createAt"),
    *("senderStaffId", "senderId", "sessionWebhook", "sessionWebhookExpiredTime", "errCode"),
    *("conversationType", "conversationId"),
)
CARD = objects(
    *("type", "outTrackId", "userId", "content", "value", "cardPrivateData", "actionIds", "params")
)
EVENT = objects("EventType", "eventType", "eventId", "TimeStamp", "UserId")
ITEM = objects(
    *("msgid", "open_kfid", "external_userid", "send_time", "origin", "msgtype", "servicer_userid"),
    *("text", "content", "menu_id", "event", "event_type", "media_id"),
)
FRAME = objects("type", "headers", "data", "messageId", "topic")


def keepable(arrival: Arrival) -> None:
    """The store can keep it, and the worker can read it back."""
    assert arrival.key.isascii()
    assert max(len(arrival.key), len(arrival.lane)) <= 200
    json.dumps(arrival.payload, ensure_ascii=False).encode()
    if arrival.route is Route.HANDLE:
        EVENTS[arrival.kind].model_validate(arrival.payload)


@patiently
@given(ROBOT | CARD | EVENT | ANYTHING)
def test_dingtalk(body: Any) -> None:
    reader, delivery = DingTalkReader(), Delivery(json.dumps(body), NOW)

    for found in (reader.robot(delivery), reader.card(delivery), reader.event(delivery)):
        for arrival in found:
            keepable(arrival)


@patiently
@given(ITEM | ANYTHING)
def test_kf(item: Any) -> None:
    keepable(arrival_of(item, "wkShop", NOW))


@patiently
@given(FRAME | ANYTHING)
def test_frames(frame: Any) -> None:
    try:
        parsed = parse_frame(json.dumps(frame))
    except Unreadable:
        return

    assert isinstance(parsed.data, str)


NAMES = ("MsgType", "Event", "FromUserName", "CreateTime", "MsgId", "TaskId", "EventKey")
WORDS = st.sampled_from(["text", "event", "link", "template_card_event", "subscribe"]) | st.text()


@patiently
@given(st.lists(st.tuples(st.sampled_from(NAMES), WORDS | st.integers().map(str))))
def test_wecom(fields: list[tuple[str, str]]) -> None:
    inside = "".join(f"<{name}><![CDATA[{text}]]></{name}>" for name, text in fields)

    for arrival in arrivals("assistant", f"<xml>{inside}</xml>"):
        keepable(arrival)


def test_a_name_is_logged_only_where_it_is_one() -> None:
    assert label("template_card_event") == "template_card_event"
    assert label("13800001234") == "(11 characters)"
    assert label("想了解CT设备") == "(7 characters)"
    assert label("x" * 5000) == "(5000 characters)"

"""Frames of DingTalk's Stream mode: what they are, and what each is answered with.

A frame's `data` is JSON in a string, so it is parsed twice
(open.dingtalk.com/document/development/stream).
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import structlog

from bot.platforms.dingtalk import Delivery, DingTalkReader
from bot.platforms.wire import object_of, read_object, text_of
from config import tracing
from config.clock import Clock
from crm_store.arrival import Accept, Arrival
from crm_store.errors import NotStored

log = structlog.get_logger(__name__)

ROBOT = "/v1.0/im/bot/messages/get"
CARD = "/v1.0/card/instances/callback"
SUBSCRIPTIONS = (
    {"type": "EVENT", "topic": "*"},
    {"type": "CALLBACK", "topic": ROBOT},
    {"type": "CALLBACK", "topic": CARD},
)


class Kind(StrEnum):
    SYSTEM = "SYSTEM"
    EVENT = "EVENT"
    CALLBACK = "CALLBACK"


@dataclass(frozen=True)
class Frame:
    kind: str
    headers: dict[str, Any]
    data: str

    @property
    def topic(self) -> str:
        return text_of(self.headers, "topic")

    @property
    def message_id(self) -> str:
        return text_of(self.headers, "messageId")

    @property
    def is_ping(self) -> bool:
        return self.kind == Kind.SYSTEM and self.topic == "ping"

    @property
    def is_disconnect(self) -> bool:
        return self.kind == Kind.SYSTEM and self.topic == "disconnect"


def parse_frame(text: str) -> Frame:
    """Raises Unreadable where it is no JSON object."""
    body = read_object(text)
    data = body.get("data")
    return Frame(
        kind=text_of(body, "type"),
        headers=object_of(body, "headers"),
        data=data if isinstance(data, str) else json.dumps(data),
    )


def pong(frame: Frame) -> str:
    return json.dumps({"code": 200, "headers": frame.headers, "message": "OK", "data": frame.data})


def ack(frame: Frame, data: dict[str, Any], *, code: int = 200, message: str = "OK") -> str:
    return json.dumps(
        {
            "code": code,
            "headers": {"messageId": frame.message_id, "contentType": "application/json"},
            "message": message,
            "data": json.dumps(data),
        }
    )


class FrameHandler:
    """Makes a frame's content durable, and says what to answer."""

    def __init__(self, reader: DingTalkReader, accept: Accept, clock: Clock) -> None:
        self._reader = reader
        self._accept = accept
        self._clock = clock

    async def answer(self, frame: Frame) -> str | None:
        """The ACK, once the content is durable; None where silence makes DingTalk repeat it."""
        with tracing.traced(tracing.fresh()):
            return await self._answer(frame)

    async def _answer(self, frame: Frame) -> str | None:
        if frame.kind == Kind.EVENT:
            if await self._stored(frame, self._reader.event):
                return ack(frame, {"status": "SUCCESS"})
            return ack(frame, {"status": "LATER", "message": "not stored"})
        if frame.kind == Kind.CALLBACK and frame.topic == ROBOT:
            return await self._callback(frame, self._reader.robot, {"response": None})
        if frame.kind == Kind.CALLBACK and frame.topic == CARD:
            return await self._callback(frame, self._reader.card, {"response": {}})
        if frame.kind == Kind.SYSTEM:
            return None
        log.warning("dingtalk_stream_unknown", kind=frame.kind, topic=frame.topic)
        return ack(frame, {"response": None}, code=404, message="no handler")

    async def _callback(
        self, frame: Frame, read: Callable[[Delivery], list[Arrival]], response: dict[str, Any]
    ) -> str | None:
        return ack(frame, response) if await self._stored(frame, read) else None

    async def _stored(self, frame: Frame, read: Callable[[Delivery], list[Arrival]]) -> bool:
        delivery = Delivery(
            frame.data, self._clock.now(), mark=frame.message_id, frame=frame.headers
        )
        found = read(delivery)
        try:
            if found:
                await self._accept(found)
        except NotStored:
            log.warning("dingtalk_stream_not_stored", keys=[arrival.key for arrival in found])
            return False
        return True

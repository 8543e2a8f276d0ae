"""DingTalk's HTTP mode: the robot's messages, subscribed events and pressed cards.

Stream mode needs none of these addresses, so they are not there in it.
"""

import base64
import hashlib
import hmac
import secrets
from datetime import datetime

import structlog
from aiohttp import web

from bot.platforms.dingtalk import Delivery, DingTalkReader
from bot.platforms.envelope import Envelope, EnvelopeError, same
from bot.platforms.reception import (
    body_of,
    fresh_timestamp,
    is_fresh,
    one_value,
    refusal,
    store,
)
from bot.platforms.wire import Unreadable, dead_bytes, read_object, text_of
from config.clock import Clock
from config.settings import DingTalk
from crm_store.arrival import Accept

log = structlog.get_logger(__name__)

HOUR = 3_600_000
"""Milliseconds within which a robot's signature counts."""
CARD_TIMESTAMP = "x-ddpaas-signature-timestamp"
CARD_SIGNATURE = "x-ddpaas-signature"


def hmac_base64(key: str, message: str) -> str:
    """Both of DingTalk's plain signatures: HMAC-SHA256 in base64."""
    return base64.b64encode(hmac.digest(key.encode(), message.encode(), hashlib.sha256)).decode()


def robot_fault(secret: str, timestamp: str, sign: str, now: datetime) -> str | None:
    """Why the robot's header pair is refused; None where it is right."""
    if not timestamp or not sign:
        return "missing sign"
    if not (timestamp.isascii() and timestamp.isdigit()) or len(timestamp) > len("253402300799999"):
        return "no timestamp"
    ahead = int(timestamp) - round(now.timestamp() * 1000)
    if abs(ahead) >= HOUR:
        return "timestamp in the future" if ahead > 0 else "stale timestamp"
    if not same(hmac_base64(secret, f"{timestamp}\n{secret}"), sign):
        return "sign mismatch"
    return None


class DingTalkCallbacks:
    """The handlers of `/callbacks/dingtalk/…`. An address whose secret is not set is not there."""

    def __init__(self, settings: DingTalk, accept: Accept, clock: Clock) -> None:
        self._accept = accept
        self._clock = clock
        self._reader = DingTalkReader(settings.oapi_base)
        self._secret = settings.client_secret.get_secret_value()
        card_secret = settings.card_callback_secret
        self._card_secret = card_secret.get_secret_value() if card_secret else ""
        self._envelope = _envelope(settings)

    def add_to(self, app: web.Application) -> None:
        app.router.add_post("/callbacks/dingtalk/robot", self.robot)
        if self._envelope:
            app.router.add_post("/callbacks/dingtalk/events", self.events)
        if self._card_secret:
            app.router.add_post("/callbacks/dingtalk/cards", self.cards)

    async def robot(self, request: web.Request) -> web.Response:
        body = await body_of(request)
        timestamp, sign = _header(request, "timestamp"), _header(request, "sign")
        if why := robot_fault(self._secret, timestamp, sign, self._clock.now()):
            raise _forbidden(request, why)
        await store(self._accept, self._reader.robot(self._delivery(_json_text(body))))
        return web.json_response({"msgtype": "empty"})

    async def cards(self, request: web.Request) -> web.Response:
        """The empty answer leaves the card as it is: what it becomes is the outbox's business."""
        body = await body_of(request)
        timestamp = _header(request, CARD_TIMESTAMP)
        if not is_fresh(timestamp, self._clock.now()):
            raise _forbidden(request, "missing or stale timestamp")
        expected = hmac_base64(self._card_secret, timestamp)
        if not same(expected, _header(request, CARD_SIGNATURE)):
            raise _forbidden(request, "sign mismatch")
        found = self._reader.card(self._delivery(_json_text(body), mark=timestamp))
        await store(self._accept, found)
        return web.json_response({})

    async def events(self, request: web.Request) -> web.Response:
        assert self._envelope is not None
        encrypt = _encrypt_of(await body_of(request))
        signature = one_value(request, "msg_signature", "signature")
        timestamp = fresh_timestamp(request, self._clock.now())
        nonce = one_value(request, "nonce")
        try:
            plaintext = self._envelope.open(signature, timestamp, nonce, encrypt)
        except EnvelopeError as error:
            if error.inside is None:
                raise refusal(request, error) from None
            found = [dead_bytes("dingtalk", error.inside)]
        else:
            found = self._reader.event(self._delivery(plaintext))
        await store(self._accept, found)
        return self._success(self._envelope)

    def _success(self, envelope: Envelope) -> web.Response:
        """The encrypted word without which DingTalk sends the event again."""
        timestamp = str(round(self._clock.now().timestamp() * 1000))
        sealed = envelope.seal("success", timestamp=timestamp, nonce=secrets.token_hex(8))
        return web.json_response(
            {
                "msg_signature": sealed.signature,
                "timeStamp": sealed.timestamp,
                "nonce": sealed.nonce,
                "encrypt": sealed.encrypt,
            }
        )

    def _delivery(self, body: str, *, mark: str = "") -> Delivery:
        return Delivery(body, self._clock.now(), mark=mark)


def _envelope(settings: DingTalk) -> Envelope | None:
    if settings.event_token is None or settings.event_aes_key is None:
        return None
    return Envelope(
        settings.event_token.get_secret_value(),
        settings.event_aes_key.get_secret_value(),
        settings.event_receive_id or settings.client_id,
    )


def _header(request: web.Request, name: str) -> str:
    """A header that is there exactly once; else empty."""
    values = request.headers.getall(name, [])
    return values[0] if len(values) == 1 else ""


def _json_text(body: bytes) -> str:
    """The body as text, once it is sure to hold a JSON object: it is not signed, else 400."""
    try:
        read_object(body)
        return body.decode("utf-8-sig")
    except (Unreadable, UnicodeDecodeError):
        raise web.HTTPBadRequest from None


def _encrypt_of(body: bytes) -> str:
    try:
        encrypt = text_of(read_object(body), "encrypt")
    except Unreadable:
        encrypt = ""
    if not encrypt:
        raise web.HTTPBadRequest
    return encrypt


def _forbidden(request: web.Request, why: str) -> web.HTTPForbidden:
    log.warning("callback_refused", path=request.path, why=why)
    return web.HTTPForbidden()

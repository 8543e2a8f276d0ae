"""The client of DingTalk's API: replies, robot messages, interactive cards and their update.

At least once: neither batchSend nor a sessionWebhook knows a key that would make a repeat
harmless. A card does (outTrackId).
"""

import asyncio
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import structlog

from config.clock import Clock
from config.settings import DingTalk
from notifiers import dingtalk_agenda, dingtalk_card
from notifiers.card import UPLOAD, Card, Image, Message, Text
from notifiers.dingtalk_errors import (
    APP,
    CARD_EXISTS,
    blocked,
    card_is_gone,
    failure,
    refuses_token,
)
from notifiers.errors import (
    CardCodeGone,
    DeliveryError,
    Misconfigured,
    Puzzling,
    Retryable,
    Undeliverable,
)
from notifiers.limits import Limits, Pace, TokenBuckets
from notifiers.messenger import FreshToken, Receipt, ReplyAddress, TokenCache
from notifiers.multipart import Upload, upload
from notifiers.pictures.png import png
from notifiers.quotas import CALLS, Usage
from notifiers.wire import PATIENCE, Answer, Wire, as_json

log = structlog.get_logger(__name__)

TOKEN_HEADER = "x-acs-dingtalk-access-token"
CARD_ROUTE = "genjin"
"""The callbackRouteKey of HTTP mode, registered by `register_card_route`."""
OLD_TOKEN_REFUSED = frozenset({"40001", "40014", "42001"})
"""The old host's numbers; it takes the same token as the new one."""
REPLY_HOST = "https://oapi.dingtalk.com"
FIRST_ERROR_STATUS = 400
KEY_CHARS = 100
ACCOUNT = re.compile(r"[^\s;/|,]{1,128}")
CONGESTED = timedelta(minutes=1)
PACE = Pace(rate=15, burst=5)
"""No second over 20 calls of one API by one app (standard edition, dingtalk.md §6)."""

BATCH_SEND = "v1.0/robot/oToMessages/batchSend"
CREATE_CARD = "v1.0/card/instances/createAndDeliver"
UPDATE_CARD = "v1.0/card/instances"
REGISTER_ROUTE = "v1.0/card/callbacks/register"
TOKEN = "v1.0/oauth2/accessToken"

APIS: Mapping[str, str] = {"robot/messageFiles/download": "v1.0/robot/messageFiles/download"}
"""What `call` may ask for, and its path."""


class DingTalkMessenger:
    """`Messenger` over api.dingtalk.com. The session is the composition root's, which closes it."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        settings: DingTalk,
        tokens: TokenCache,
        clock: Clock,
        *,
        limits: Limits | None = None,
        usage: Usage | None = None,
        patience: timedelta = PATIENCE,
    ) -> None:
        self._wire = Wire(session, patience)
        self._settings = settings
        self._tokens = tokens
        self._clock = clock
        self._limits = limits or TokenBuckets(PACE)
        self._usage = usage or Usage()
        self._agenda = dingtalk_agenda.Agenda(self._ask, self._ask_old, _code)

    async def send(
        self, to: str, message: Message, *, key: str, repeat: int, reply: ReplyAddress | None = None
    ) -> Receipt:
        """As in `Messenger`. `repeat` is of no use here: DingTalk drops no equal messages.

        A card is delivered to the receiver's own chat with the robot, never as a reply. It needs
        no code to be changed later.
        """
        _check_receiver(to)
        if isinstance(message, Image):
            return await self._say(to, _as_robot_message(message))
        if isinstance(message, Text):
            if reply is not None and await self._reply(reply, message):
                return Receipt(by_reply=True)
            return await self._say(to, dingtalk_card.text_message(message.text))
        if self._settings.card_template_id is None:
            return await self._say(to, dingtalk_card.card_without_template(message))
        return await self._show(to, message, key, self._settings.card_template_id)

    async def update(self, to: str, key: str, card: Card, *, code: str | None) -> None:
        """As in `Messenger`. Without a template nothing was sent that could be changed."""
        if self._settings.card_template_id is None:
            raise CardCodeGone("an ActionCard cannot be changed")
        body = dingtalk_card.updating(card, key=key)
        answer = await self._ask(UPDATE_CARD, body, method="PUT")
        refusal = _code(answer)
        if refusal is not None and card_is_gone(refusal):
            raise CardCodeGone(
                "the card cannot be changed any more", code=refusal, by_platform=True
            )
        _check(answer)

    async def call(self, api: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """As in `Messenger`; `api` is one of APIS, or a form of the agenda."""
        if api in dingtalk_agenda.FORMS:
            return await self._agenda.call(api, arguments)
        if api == UPLOAD:
            return {"media_id": await self._upload(str(arguments["svg"]))}
        path = APIS.get(api)
        if path is None:
            raise Undeliverable(f"there is no call named {api}", code="unknown api")
        answer = await self._ask(path, arguments)
        _check(answer)
        return answer.body

    async def _upload(self, svg: str) -> str:
        """Draws the picture and leaves it with the old host, which has the only upload there is; a
        repeat leaves another."""
        drawn = await asyncio.to_thread(png, svg)
        file = upload(drawn, field="media", filename="genjin.png", kind="image/png")
        name = f"dingtalk:{self._settings.client_id}"
        token = await self._tokens.token(name, self.fetch_token)
        answer = await self._upload_once(file, token)
        if str(answer.body.get("errcode")) in OLD_TOKEN_REFUSED:
            await self._tokens.discard(name, token)
            token = await self._tokens.token(name, self.fetch_token)
            answer = await self._upload_once(file, token)
        errcode = answer.body.get("errcode")
        if errcode != 0:
            raise failure(str(errcode))
        media_id = answer.body.get("media_id")
        if not isinstance(media_id, str) or not media_id:
            raise Puzzling("an unknown error", code="no media_id")
        return media_id

    async def _upload_once(self, file: Upload, token: str) -> Answer:
        await self._limits.turn(UPLOAD)
        self._usage.note(CALLS)
        answer = await self._wire.post(
            f"{self._settings.oapi_base}/{UPLOAD}",
            file.body,
            query={"access_token": token, "type": "image"},
            headers={"Content-Type": file.content_type},
        )
        _check_not_blocked(answer)
        return answer

    async def register_card_route(self, callback_url: str) -> None:
        """Tells DingTalk where presses go in HTTP mode. Repeating it changes nothing."""
        secret = self._settings.card_callback_secret
        if secret is None:
            advice = "HTTP 模式的互动卡片需要设置 dingtalk.card_callback_secret"
            raise Misconfigured("no secret for card callbacks", app=APP, advice=advice)
        body = {
            "callbackRouteKey": CARD_ROUTE,
            "callbackUrl": callback_url,
            "apiSecret": secret.get_secret_value(),
            "forceUpdate": True,
        }
        _check(await self._ask(REGISTER_ROUTE, body))

    async def _reply(self, reply: ReplyAddress, message: Text) -> bool:
        """Whether the words went out over the address that came with the question.

        The number of its expiry is not documented, so whatever refuses them there leaves them to
        batchSend, which says better why.
        """
        if reply.expires_at <= self._clock.now():
            return False
        if not self._may_reply_to(reply.url):
            log.warning("dingtalk.reply_address_refused")
            return False
        content = {"msgtype": "text", "text": {"content": dingtalk_card.words(message.text)}}
        answer = await self._wire.post(reply.url, as_json(content))
        _check_not_blocked(answer)
        if answer.body.get("errcode") == 0:
            return True
        log.info("dingtalk.reply_refused", errcode=answer.body.get("errcode"))
        return False

    def _may_reply_to(self, url: str) -> bool:
        """Anybody could have written the address into a forged body: only DingTalk's own goes."""
        return _origin(url) in {_origin(REPLY_HOST), _origin(self._settings.oapi_base)}

    async def _say(self, to: str, message: dingtalk_card.RobotMessage) -> Receipt:
        answer = await self._ask(BATCH_SEND, message.sending(to, self._settings.robot_code))
        _check(answer)
        if to in (answer.body.get("invalidStaffIdList") or ()):
            raise Undeliverable(
                "the userid is unknown", code="invalidStaffIdList", by_platform=True
            )
        if to in (answer.body.get("flowControlledStaffIdList") or ()):
            code = "flowControlledStaffIdList"
            raise Retryable("the receiver gets too much at once", code=code, after=CONGESTED)
        return Receipt(answer.body.get("processQueryKey"))

    async def _show(self, to: str, card: Card, key: str, template: str) -> Receipt:
        """A card whose outTrackId is known was delivered before.

        Therefore one that was made and not delivered cannot be tried again, it would look
        delivered: what it says goes out as words at once.
        """
        if not key or len(key) > KEY_CHARS:
            raise ValueError("a key is 1 to 100 characters")
        route = CARD_ROUTE if self._settings.mode == "http" else None
        robot = self._settings.robot_code
        body = dingtalk_card.creating(
            to, card, key=key, template=template, robot=robot, route=route
        )
        answer = await self._ask(CREATE_CARD, body)
        if (_code(answer) or "").casefold() == CARD_EXISTS:
            return Receipt(key)
        _check(answer)
        if _was_delivered(answer.body):
            return Receipt(key)
        log.warning("dingtalk.card_not_delivered", card=key)
        return await self._say_instead(to, card)

    async def _say_instead(self, to: str, card: Card) -> Receipt:
        """The card as words, now or never: a retry would not come here, so any failure is final."""
        try:
            return await self._say(to, dingtalk_card.card_without_template(card))
        except DeliveryError as error:
            reason = f"neither the card nor its words arrived: {error.reason}"
            raise Undeliverable(reason, code=error.code, by_platform=True) from None

    async def _ask(
        self,
        path: str,
        body: Mapping[str, Any],
        *,
        method: str = "POST",
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        pace: str | None = None,
    ) -> Answer:
        """The answer, whatever its code; a refused token is replaced once, never twice. `pace`:
        what is counted together where the path names a person."""
        wire, name = as_json(body), f"dingtalk:{self._settings.client_id}"

        async def once(token: str) -> Answer:
            await self._limits.turn(pace or path)
            self._usage.note(CALLS)
            url = f"{self._settings.api_base}/{path}"
            with_token = {TOKEN_HEADER: token, **(headers or {})}
            answer = await self._wire.post(
                url, wire, query=query, headers=with_token, method=method
            )
            _check_not_blocked(answer)
            return answer

        token = await self._tokens.token(name, self.fetch_token)
        answer = await once(token)
        if refuses_token(answer.status, _code(answer) or ""):
            log.info("dingtalk.token_refused", code=_code(answer))
            await self._tokens.discard(name, token)
            answer = await once(await self._tokens.token(name, self.fetch_token))
        return answer

    async def _ask_old(self, path: str, body: Mapping[str, Any]) -> Answer:
        """The old host, which takes the token in the address and says errcode."""
        name = f"dingtalk:{self._settings.client_id}"
        token = await self._tokens.token(name, self.fetch_token)
        await self._limits.turn(path)
        self._usage.note(CALLS)
        url = f"{self._settings.oapi_base}/{path}"
        answer = await self._wire.post(url, as_json(body), query={"access_token": token})
        if refuses_token(answer.status, str(answer.body.get("errcode", ""))):
            await self._tokens.discard(name, token)
        return answer

    async def fetch_token(self) -> FreshToken:
        """A new token from the platform, past every cache."""
        secret = self._settings.client_secret.get_secret_value()
        body = as_json({"appKey": self._settings.client_id, "appSecret": secret})
        answer = await self._wire.post(f"{self._settings.api_base}/{TOKEN}", body)
        _check_not_blocked(answer)
        _check(answer)
        token, seconds = answer.body.get("accessToken"), answer.body.get("expireIn")
        if not isinstance(token, str) or not token or not isinstance(seconds, int):
            raise Retryable("no token in the answer", code="token")
        return FreshToken(token, timedelta(seconds=seconds))


def _as_robot_message(image: Image) -> dingtalk_card.RobotMessage:
    """Its words, where the picture lies elsewhere."""
    if image.platform == APP:
        return dingtalk_card.image_message(image.media_id)
    return dingtalk_card.text_message(image.words)


def _code(answer: Answer) -> str | None:
    """The error's code, or None where the call succeeded."""
    code, success = answer.body.get("code"), answer.body.get("success")
    if answer.status >= FIRST_ERROR_STATUS:
        return str(code) if code else f"http {answer.status}"
    if success is False or (code and not success):
        return str(code or "unsuccessful")
    return None


def _check(answer: Answer) -> None:
    code = _code(answer)
    if code is not None:
        raise failure(code)


def _check_receiver(to: str) -> None:
    """One person and nobody else: `;` would name a second space for the card."""
    if not ACCOUNT.fullmatch(to):
        raise Undeliverable("this is no account of a single member", code="receiver")


def _check_not_blocked(answer: Answer) -> None:
    block = blocked(answer.body)
    if block is not None:
        raise block


def _was_delivered(body: Mapping[str, Any]) -> bool:
    """Success as a whole may hide that the one delivery inside failed."""
    result = body.get("result")
    deliveries = (result.get("deliverResults") if isinstance(result, dict) else None) or []
    return bool(deliveries) and all(delivery.get("success") for delivery in deliveries)


def _origin(url: str) -> tuple[str, str, int | None] | None:
    """Scheme, host and port; None for what is no plain web address."""
    try:
        parts = urlsplit(url)
        port = parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    except ValueError:
        return None
    if "@" in parts.netloc or "\\" in url or not parts.hostname:
        return None
    return parts.scheme, parts.hostname, port

"""The client of WeCom's API: sends, updates cards, and makes the calls whose answer matters."""

import asyncio
import re
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Any

import aiohttp
import structlog

from config.clock import Clock
from config.settings import WeCom, WeComApp
from notifiers import wecom_card
from notifiers.card import UPLOAD, Card, Message
from notifiers.errors import CardCodeGone, Puzzling, Undeliverable
from notifiers.limits import Limits, Pace, TokenBuckets
from notifiers.messenger import FreshToken, Receipt, ReplyAddress, TokenCache
from notifiers.multipart import upload
from notifiers.pictures.png import png
from notifiers.speech.recording import MOST_BYTES
from notifiers.wecom_errors import (
    OK,
    TASK_ID_USED,
    TOKEN_REFUSED,
    failure,
    misconfigured,
    refuses_code,
)
from notifiers.wecom_media import read_media
from notifiers.wire import PATIENCE, TooLong, Wire, as_json

log = structlog.get_logger(__name__)

ASSISTANT = "assistant"
CODE_LIFE = timedelta(hours=72)
KEY = re.compile(r"[0-9A-Za-z_\-@]{1,128}")
PACE = Pace(rate=38, burst=4_000, at_start=400)
"""No minute over 10,000 calls of one API by one corp, no hour over 150,000 (wecom.md §3.1), with
some twenty restarts an hour to spare."""

APIS: Mapping[str, str] = {
    "kf/sync_msg": "kf",
    "kf/send_msg": "kf",
    "kf/send_msg_on_event": "kf",
    "kf/service_state/get": "kf",
    "kf/service_state/trans": "kf",
    "kf/customer/batchget": "kf",
    "media/get": "kf",
    UPLOAD: "assistant",
    "externalcontact/send_welcome_msg": "contacts",
    "externalcontact/remark": "contacts",
    "externalcontact/mark_tag": "contacts",
}
"""What `call` may ask for, and whose token it takes: rights hang on an app's own secret."""
MEDIA = "media/get"
"""Answers with the bytes themselves, as `content`."""


class WeComMessenger:
    """`Messenger` over qyapi. The session is the composition root's, which closes it."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        settings: WeCom,
        tokens: TokenCache,
        clock: Clock,
        *,
        limits: Limits | None = None,
        patience: timedelta = PATIENCE,
    ) -> None:
        self._wire = Wire(session, patience)
        self._settings = settings
        self._tokens = tokens
        self._clock = clock
        self._limits = limits or TokenBuckets(PACE)

    async def send(
        self, to: str, message: Message, *, key: str, repeat: int, reply: ReplyAddress | None = None
    ) -> Receipt:
        """As in `Messenger`. A card whose task_id is known was delivered before: its code is lost,
        for WeCom gives it out once."""
        _check_receiver(to)
        _check_key(key)
        body = wecom_card.sending(to, self._agent_id(), message, key=key, repeat=repeat)
        answer = await self._post(ASSISTANT, "message/send", as_json(body))
        if _errcode(answer) == TASK_ID_USED and body["msgtype"] == "template_card":
            return Receipt()
        _check(answer, ASSISTANT)
        _check_reached(to, answer)
        return self._receipt(answer)

    async def update(self, to: str, key: str, card: Card, *, code: str | None) -> None:
        """As in `Messenger`. An update whose answer was lost has used its code up: tried again,
        it is CardCodeGone, and a new card follows."""
        if code is None:
            raise CardCodeGone("the card's code is not known")
        _check_receiver(to)
        body = wecom_card.updating(to, self._agent_id(), card, key=key, code=code)
        answer = await self._post(ASSISTANT, "message/update_template_card", as_json(body))
        errcode = _errcode(answer)
        if errcode != OK and refuses_code(errcode):
            raise CardCodeGone(
                "the card's code is used or expired", code=str(errcode), by_platform=True
            )
        _check(answer, ASSISTANT)
        _check_reached(to, answer)

    async def call(self, api: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """As in `Messenger`; `api` is one of APIS."""
        app = APIS.get(api)
        if app is None:
            raise Undeliverable(f"there is no call named {api}", code="unknown api")
        if api == MEDIA:
            return {"content": await self.media(str(arguments["media_id"]), app=app)}
        if api == UPLOAD:
            return {"media_id": await self._upload(str(arguments["svg"]))}
        answer = await self._post(app, api, as_json(arguments))
        _check(answer, app)
        return answer

    async def _upload(self, svg: str) -> str:
        """Draws the picture and leaves it at WeCom for three days; a repeat leaves another."""
        drawn = await asyncio.to_thread(png, svg)
        file = upload(drawn, field="media", filename="genjin.png", kind="image/png")
        answer = await self._post(
            ASSISTANT,
            UPLOAD,
            file.body,
            query={"type": "image"},
            headers={"Content-Type": file.content_type},
        )
        _check(answer, ASSISTANT)
        media_id = answer.get("media_id")
        if not isinstance(media_id, str) or not media_id:
            raise Puzzling("an unknown error", code="no media_id")
        return media_id

    async def media(self, media_id: str, *, app: str = ASSISTANT) -> bytes:
        """What somebody sent, as long as WeCom keeps it (three days)."""
        name = f"wecom:{self._settings.corp_id}:{app}"
        token = await self._token(name, app)
        found = await self._download(token, media_id)
        if not isinstance(found, bytes) and _errcode(found) in TOKEN_REFUSED:
            await self._tokens.discard(name, token)
            found = await self._download(await self._token(name, app), media_id)
        if not isinstance(found, bytes):
            _check(found, app)
            raise Puzzling("an unknown error", code="no file")
        return found

    async def _download(self, token: str, media_id: str) -> bytes | dict[str, Any]:
        await self._limits.turn(MEDIA)
        url = f"{self._settings.api_base}/cgi-bin/{MEDIA}"
        query = {"access_token": token, "media_id": media_id}
        try:
            raw = await self._wire.raw("GET", url, query=query, longest=MOST_BYTES)
        except TooLong:
            raise Undeliverable("the file's size is refused", code="too large") from None
        return read_media(raw)

    async def _post(
        self,
        app: str,
        path: str,
        body: bytes,
        *,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """The answer, whatever its errcode; a refused token is replaced once, never twice."""
        name = f"wecom:{self._settings.corp_id}:{app}"
        token = await self._token(name, app)
        ask = partial(self._ask, path, body=body, query=query or {}, headers=headers)
        answer = await ask(token)
        if _errcode(answer) in TOKEN_REFUSED:
            log.info("wecom.token_refused", app=app, errcode=_errcode(answer))
            await self._tokens.discard(name, token)
            answer = await ask(await self._token(name, app))
        return answer

    async def _ask(
        self,
        path: str,
        token: str,
        *,
        body: bytes,
        query: Mapping[str, str],
        headers: Mapping[str, str] | None,
    ) -> dict[str, Any]:
        await self._limits.turn(path)
        url = f"{self._settings.api_base}/cgi-bin/{path}"
        asked = {"access_token": token, **query}
        return (await self._wire.post(url, body, query=asked, headers=headers)).body

    async def fetch_token(self, app: str) -> FreshToken:
        """A new token of the app from the platform, past every cache."""
        secret = self._app(app).secret.get_secret_value()
        query = {"corpid": self._settings.corp_id, "corpsecret": secret}
        answer = await self._wire.get(f"{self._settings.api_base}/cgi-bin/gettoken", query)
        _check(answer.body, app)
        return _fresh(answer.body)

    async def _token(self, name: str, app: str) -> str:
        return await self._tokens.token(name, partial(self.fetch_token, app))

    def _app(self, app: str) -> WeComApp:
        known = self._settings.apps.get(app)
        if known is None:
            raise misconfigured(
                app, "the app is not in the settings", "设置里缺少 wecom.apps.{app}"
            )
        return known

    def _agent_id(self) -> int:
        agent_id = self._app(ASSISTANT).agent_id
        if agent_id is None:
            raise failure(41011, "", app=ASSISTANT)
        return agent_id

    def _receipt(self, answer: Mapping[str, Any]) -> Receipt:
        code = answer.get("response_code") or None
        expires_at = self._clock.now() + CODE_LIFE if code else None
        return Receipt(answer.get("msgid"), code, expires_at)


def _errcode(answer: Mapping[str, Any]) -> int:
    """Every answer has one; a JSON object without it is some proxy's."""
    errcode = answer.get("errcode")
    return errcode if isinstance(errcode, int) else -1


def _check(answer: Mapping[str, Any], app: str) -> None:
    errcode = _errcode(answer)
    if errcode != OK:
        raise failure(errcode, str(answer.get("errmsg", "")), app=app)


def _check_receiver(to: str) -> None:
    """One person and nobody else: `|` separates receivers, `@all` is the whole company."""
    if not to or "|" in to or to.startswith("@"):
        raise Undeliverable("this is no account of a single member", code="receiver")


def _check_key(key: str) -> None:
    if not KEY.fullmatch(key):
        raise ValueError("a key is 1 to 128 of [0-9A-Za-z_-@]: WeCom answers 42014 to others")


def _check_reached(to: str, answer: Mapping[str, Any]) -> None:
    """errcode 0 does not mean that this receiver was reached. Ids come back lower-cased."""
    for part in ("invaliduser", "unlicenseduser"):
        listed = answer.get(part) or ()
        names = listed.split("|") if isinstance(listed, str) else listed
        if to.casefold() in {str(name).casefold() for name in names}:
            reason = f"the receiver is among the answer's {part}"
            raise Undeliverable(reason, code=part, by_platform=True)


def _fresh(answer: Mapping[str, Any]) -> FreshToken:
    token, seconds = answer.get("access_token"), answer.get("expires_in")
    if not isinstance(token, str) or not token or not isinstance(seconds, int):
        raise failure(-1, "", app=ASSISTANT)
    return FreshToken(token, timedelta(seconds=seconds))

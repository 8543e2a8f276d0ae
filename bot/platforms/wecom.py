"""WeCom's callbacks: verified, opened, parsed, made durable, and only then acknowledged.

`GET` is the verification when the address is saved; `POST` brings messages and events of a
self-built app, 微信客服 and 客户联系 alike
(developer.work.weixin.qq.com/document/path/90238).
"""

import re
from dataclasses import dataclass

from aiohttp import web

from bot.platforms.envelope import Envelope, EnvelopeError
from bot.platforms.reception import body_of, fresh_timestamp, one_value, refusal, store
from bot.platforms.wecom_events import arrivals
from bot.platforms.wecom_xml import parse_xml
from bot.platforms.wire import Unreadable, dead_bytes
from config.clock import Clock
from config.settings import WeCom
from crm_store.arrival import Accept

_AS_EVER = re.compile(
    rb"""
    <xml>
    (?: [\x20\t\r\n]*+ <(ToUserName|AgentID)> (?: <!\[CDATA\[ \w*+ \]\]> | \w*+ ) </\1> )*+
    [\x20\t\r\n]*+ <Encrypt><!\[CDATA\[ ([A-Za-z0-9+/=]++) \]\]></Encrypt>
    (?: [\x20\t\r\n]*+ <(ToUserName|AgentID)> (?: <!\[CDATA\[ \w*+ \]\]> | \w*+ ) </\3> )*+
    [\x20\t\r\n]*+ </xml> [\x20\t\r\n]*+
    """,
    re.VERBOSE,
)
"""The envelope as it always comes: what matches it, any XML parser reads in the same way."""
MOST_TAGS = 64
"""Opening brackets in an envelope: three elements in CDATA have eleven."""


def add_callbacks(
    app: web.Application, settings: WeCom | None, accept: Accept, clock: Clock
) -> None:
    """Adds `/callbacks/wecom/{app}` for every app of the settings."""
    for name, keys in (settings.apps if settings else {}).items():
        assert settings is not None
        envelope = Envelope(
            keys.token.get_secret_value(), keys.aes_key.get_secret_value(), settings.corp_id
        )
        callbacks = AppCallbacks(name, envelope, accept, clock)
        app.router.add_get(f"/callbacks/wecom/{name}", callbacks.verify)
        app.router.add_post(f"/callbacks/wecom/{name}", callbacks.receive)


@dataclass(frozen=True)
class AppCallbacks:
    """What one app of the settings is called for."""

    name: str
    envelope: Envelope
    accept: Accept
    clock: Clock

    async def verify(self, request: web.Request) -> web.Response:
        """Answers with the bare text inside `echostr`: no quotes, no newline."""
        echostr = one_value(request, "echostr")
        try:
            plaintext = self.envelope.open(*self._seal(request), echostr)
        except EnvelopeError as error:
            raise refusal(request, error) from None
        return web.Response(body=plaintext.encode(), content_type="text/plain")

    async def receive(self, request: web.Request) -> web.Response:
        encrypt = _encrypt_of(await body_of(request))
        try:
            plaintext = self.envelope.open(*self._seal(request), encrypt)
        except EnvelopeError as error:
            if error.inside is None:
                raise refusal(request, error) from None
            found = [dead_bytes("wecom", error.inside)]
        else:
            found = arrivals(self.name, plaintext)
        await store(self.accept, found)
        return web.Response()

    def _seal(self, request: web.Request) -> tuple[str, str, str]:
        """Signature, timestamp and nonce; 403 where one is missing or the timestamp is old."""
        signature, nonce = one_value(request, "msg_signature"), one_value(request, "nonce")
        return signature, fresh_timestamp(request, self.clock.now()), nonce


def _encrypt_of(body: bytes) -> str:
    """The text of `<Encrypt>`; 400 where the body is no such XML.

    Anybody can send one: what has more tags than an envelope is not even looked into.
    """
    if found := _AS_EVER.fullmatch(body):
        return found[2].decode()
    if body.count(b"<") > MOST_TAGS:
        raise web.HTTPBadRequest
    try:
        encrypts = parse_xml(body.decode("utf-8-sig")).findall("Encrypt")
    except (UnicodeDecodeError, Unreadable):
        encrypts = []
    if len(encrypts) != 1 or not encrypts[0].text:
        raise web.HTTPBadRequest
    return encrypts[0].text

"""WeCom's callbacks: verified, opened, parsed, made durable, and only then acknowledged.

`GET` is the verification when the address is saved; `POST` brings messages and events of a
self-built app, 微信客服 and 客户联系 alike
(developer.work.weixin.qq.com/document/path/90238).
"""

from aiohttp import web

from bot.platforms.envelope import Envelope, EnvelopeError
from bot.platforms.reception import body_of, fresh_timestamp, one_value, refusal, store
from bot.platforms.wecom_events import arrivals
from bot.platforms.wecom_xml import parse_xml
from bot.platforms.wire import Unreadable, dead_bytes
from config.clock import Clock
from config.settings import WeCom
from crm_store.arrival import Accept

MOST_TAGS = 64
"""Opening brackets in an envelope: three elements in CDATA have eleven."""


class WeComCallbacks:
    """The handlers of `/callbacks/wecom/{app}` for every app of the settings."""

    def __init__(self, settings: WeCom | None, accept: Accept, clock: Clock) -> None:
        self._accept = accept
        self._clock = clock
        self._envelopes = _envelopes(settings) if settings else {}

    def add_to(self, app: web.Application) -> None:
        app.router.add_get("/callbacks/wecom/{app}", self.verify)
        app.router.add_post("/callbacks/wecom/{app}", self.receive)

    async def verify(self, request: web.Request) -> web.Response:
        """Answers with the bare text inside `echostr`: no quotes, no newline."""
        envelope, echostr = self._envelope(request), one_value(request, "echostr")
        try:
            plaintext = envelope.open(*self._seal(request), echostr)
        except EnvelopeError as error:
            raise refusal(request, error) from None
        return web.Response(body=plaintext.encode(), content_type="text/plain")

    async def receive(self, request: web.Request) -> web.Response:
        envelope, encrypt = self._envelope(request), _encrypt_of(await body_of(request))
        try:
            plaintext = envelope.open(*self._seal(request), encrypt)
        except EnvelopeError as error:
            if error.inside is None:
                raise refusal(request, error) from None
            found = [dead_bytes("wecom", error.inside)]
        else:
            found = arrivals(request.match_info["app"], plaintext)
        await store(self._accept, found)
        return web.Response()

    def _envelope(self, request: web.Request) -> Envelope:
        try:
            return self._envelopes[request.match_info["app"]]
        except KeyError:
            raise web.HTTPNotFound from None

    def _seal(self, request: web.Request) -> tuple[str, str, str]:
        """Signature, timestamp and nonce; 403 where one is missing or the timestamp is old."""
        signature, nonce = one_value(request, "msg_signature"), one_value(request, "nonce")
        return signature, fresh_timestamp(request, self._clock.now()), nonce


def _envelopes(settings: WeCom) -> dict[str, Envelope]:
    return {
        name: Envelope(
            app.token.get_secret_value(), app.aes_key.get_secret_value(), settings.corp_id
        )
        for name, app in settings.apps.items()
    }


def _encrypt_of(body: bytes) -> str:
    """The text of `<Encrypt>`; 400 where the body is no such XML.

    Anybody can send one: what has more tags than an envelope is not even looked into.
    """
    if body.count(b"<") > MOST_TAGS:
        raise web.HTTPBadRequest
    try:
        encrypts = parse_xml(body.decode("utf-8-sig")).findall("Encrypt")
    except (UnicodeDecodeError, Unreadable):
        encrypts = []
    if len(encrypts) != 1 or not encrypts[0].text:
        raise web.HTTPBadRequest
    return encrypts[0].text

"""qyapi's endpoints: the token, the caller's rights, then the work."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import web

from bot.sandbox.ledger import Call
from bot.sandbox.tokens import TokenExpired, Tokens, TokenUnknown
from bot.sandbox.uploads import picture
from bot.sandbox.wecom.callbacks import Callbacks
from bot.sandbox.wecom.inbound import Inbound
from bot.sandbox.wecom.kf import Kf
from bot.sandbox.wecom.media import Media
from bot.sandbox.wecom.messages import Messages
from bot.sandbox.wire import OldHost, Refused, Wire, bug, json_object
from bot.sandbox.world import World

Endpoint = Callable[[Call, str, Mapping[str, Any]], Awaitable[dict[str, Any]]]
PREFIX = "/wecom/cgi-bin/"
SERVICERS = "kf/servicer/list"
MEDIA = "media/get"
UPLOAD = "media/upload"


class WeCom:
    """The whole platform: what the bot may call, and the people behind it."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._wire = Wire(world, "wecom")
        self._dialect = OldHost()
        self._tokens = Tokens(world.clock, world.faults)
        self.callbacks = Callbacks(world)
        self.media = Media(world)
        self.messages = Messages(world, self.callbacks, self.media)
        self.kf = Kf(world, self.callbacks)
        self.inbound = Inbound(world, self.callbacks)
        self._endpoints: dict[str, Endpoint] = {
            "message/send": self.messages.send,
            "message/update_template_card": self.messages.update,
            "kf/account/list": self.kf.accounts,
            "kf/sync_msg": self.kf.sync_msg,
            "kf/send_msg": self.kf.send_msg,
            "kf/send_msg_on_event": self.kf.send_msg_on_event,
            "kf/service_state/get": self.kf.state_get,
            "kf/service_state/trans": self.kf.state_trans,
            "kf/customer/batchget": self.kf.customers,
        }

    def routes(self) -> list[web.RouteDef]:
        posts = [web.post(PREFIX + path, self._serve) for path in self._endpoints]
        return [
            web.get(PREFIX + "gettoken", self._get_token, allow_head=False),
            web.get(PREFIX + SERVICERS, self._get_servicers, allow_head=False),
            web.get(PREFIX + MEDIA, self._get_media, allow_head=False),
            web.post(PREFIX + UPLOAD, self._upload),
            *posts,
        ]

    async def _get_token(self, request: web.Request) -> web.StreamResponse:
        async def work(call: Call, body: Any) -> dict[str, Any]:
            corp_id, secret = request.query.get("corpid"), request.query.get("corpsecret")
            apps = self._world.cast.apps
            call.app = next((name for name, app in apps.items() if app.secret == secret), "")
            if not corp_id:
                bug(41002, "corpid is missing")
            if not secret:
                bug(41004, "corpsecret is missing")
            if corp_id != self._world.cast.corp_id:
                raise Refused(40013, "invalid corpid")
            if not call.app:
                raise Refused(40001, "invalid credential")
            token, seconds = self._tokens.issue(call.app)
            return {"access_token": token, "expires_in": seconds}

        return await self._wire.serve(request, "gettoken", self._dialect, work)

    async def _get_servicers(self, request: web.Request) -> web.StreamResponse:
        async def work(call: Call, body: Any) -> Mapping[str, Any]:
            call.app = self._caller(request, SERVICERS)
            return self.kf.servicers(request.query.get("open_kfid", ""))

        return await self._wire.serve(request, SERVICERS, self._dialect, work)

    async def _get_media(self, request: web.Request) -> web.StreamResponse:
        async def work(call: Call, body: Any) -> bytes:
            call.app = self._caller(request, MEDIA)
            return self.media.get(request.query.get("media_id", ""))

        return await self._wire.serve(request, MEDIA, self._dialect, work)

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        async def work(call: Call, body: Any) -> Mapping[str, Any]:
            call.app = self._caller(request, UPLOAD)
            call.body = None
            content = await picture(request, too_large=40009, wrong_kind=40004)
            created = str(int(self._world.now.timestamp()))
            media_id = self.media.keep(content)
            return {"type": "image", "media_id": media_id, "created_at": created}

        return await self._wire.serve(request, UPLOAD, self._dialect, work)

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        path = request.path.removeprefix(PREFIX)

        async def work(call: Call, body: Any) -> Mapping[str, Any]:
            call.app = self._caller(request, path)
            return await self._endpoints[path](call, call.app, json_object(body))

        return await self._wire.serve(request, path, self._dialect, work)

    def _caller(self, request: web.Request, path: str) -> str:
        """The app whose token came along; an app may call only its own part of the API."""
        text = request.query.get("access_token", "")
        if not text:
            bug(41001, "access_token missing")
        try:
            app = self._tokens.owner(text)
        except TokenUnknown:
            raise Refused(40014, "invalid access_token") from None
        except TokenExpired:
            raise Refused(42001, "access_token expired") from None
        needed = "kf" if path.startswith("kf/") else "assistant"
        if path != MEDIA and app != needed:
            bug(40014, f"the token of {app} was used where that of {needed} belongs")
        return app

"""api.dingtalk.com's and oapi's endpoints: the token, the rate, then the work."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import web

from bot.sandbox.dingtalk.agenda import Agenda
from bot.sandbox.dingtalk.cards import Cards
from bot.sandbox.dingtalk.inbound import Inbound
from bot.sandbox.dingtalk.rate import Rate
from bot.sandbox.dingtalk.robot import Robot
from bot.sandbox.dingtalk.stream import PATH as STREAM
from bot.sandbox.dingtalk.stream import Stream
from bot.sandbox.ledger import Call
from bot.sandbox.tokens import TokenExpired, Tokens, TokenUnknown
from bot.sandbox.uploads import picture
from bot.sandbox.wire import NewHost, OldHost, Refused, Wire, bug, json_object
from bot.sandbox.world import World

PREFIX = "/dingtalk/"
OLD_PREFIX = "/dingtalk-oapi/"
TOKEN_HEADER = "x-acs-dingtalk-access-token"
BAD_TOKEN = "InvalidAuthentication"
BAD_BODY = "InvalidParameter"
NO_JSON_TYPE = 43004
APP = "dingtalk"
UPLOAD = "media/upload"

Endpoint = Callable[[Call, Mapping[str, Any]], Awaitable[dict[str, Any]]]


class DingTalk:
    """The whole platform: what the bot may call, and the members behind it."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._wire = Wire(world, "dingtalk")
        self._new, self._old = NewHost(), OldHost()
        self._tokens = Tokens(world.clock, world.faults)
        self._rate = Rate(world.faults)
        self.robot = Robot(world)
        self.cards = Cards(world)
        self.agenda = Agenda(world)
        self.stream = Stream(world)
        self.inbound = Inbound(world, self.stream, self.robot, self.cards)
        self._endpoints: dict[tuple[str, str], Endpoint] = {
            ("POST", "v1.0/robot/oToMessages/batchSend"): self.robot.batch_send,
            ("POST", "v1.0/robot/messageFiles/download"): self.robot.download,
            ("POST", "v1.0/card/instances/createAndDeliver"): self.cards.create,
            ("PUT", "v1.0/card/instances"): self.cards.update,
            ("POST", "v1.0/card/callbacks/register"): self.cards.register,
        }

    def routes(self) -> list[web.RouteDef]:
        calls = [web.route(method, PREFIX + path, self._serve) for method, path in self._endpoints]
        return [
            web.post(PREFIX + "v1.0/oauth2/accessToken", self._access_token),
            web.post(PREFIX + "v1.0/gateway/connections/open", self._open),
            web.post(OLD_PREFIX + "robot/sendBySession", self._reply),
            web.post(OLD_PREFIX + UPLOAD, self._upload),
            web.post(OLD_PREFIX + "topapi/v2/user/get", self._user),
            *self._agenda_routes(),
            web.get(STREAM, self.stream.connect, allow_head=False),
            *calls,
        ]

    async def _access_token(self, request: web.Request) -> web.StreamResponse:
        async def work(call: Call, body: Any) -> dict[str, Any]:
            given, app = json_object(body, BAD_BODY), self._world.cast.dingtalk
            _check_json_type(request, BAD_BODY)
            call.app = APP
            if set(given) != {"appKey", "appSecret"}:
                bug(BAD_BODY, "the fields are appKey and appSecret")
            if (given["appKey"], given["appSecret"]) != (app.client_id, app.client_secret):
                raise Refused("invalidClientIdOrSecret", "appKey or appSecret is wrong")
            token, seconds = self._tokens.issue(APP, renew=True)
            return {"accessToken": token, "expireIn": seconds}

        return await self._wire.serve(request, _short(request), self._new, work)

    async def _open(self, request: web.Request) -> web.StreamResponse:
        async def work(call: Call, body: Any) -> dict[str, Any]:
            _check_json_type(request, BAD_BODY)
            accept = request.headers.get("Accept", "")
            return await self.stream.open(call, json_object(body, BAD_BODY), accept)

        return await self._wire.serve(request, _short(request), self._new, work)

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        path = _short(request)

        async def work(call: Call, body: Any) -> dict[str, Any]:
            call.app = self._caller(request)
            _check_json_type(request, BAD_BODY)
            self._rate.check(path)
            return await self._endpoints[request.method, path](call, json_object(body, BAD_BODY))

        return await self._wire.serve(request, path, self._new, work)

    async def _reply(self, request: web.Request) -> web.StreamResponse:
        async def work(call: Call, body: Any) -> dict[str, Any]:
            _check_json_type(request, NO_JSON_TYPE)
            session = request.query.get("session", "")
            return await self.robot.reply(call, json_object(body, NO_JSON_TYPE), session)

        path = request.path.removeprefix(OLD_PREFIX)
        return await self._wire.serve(request, path, self._old, work)

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        """The old host takes the same token, in the query."""

        async def work(call: Call, body: Any) -> dict[str, Any]:
            call.body = None
            try:
                call.app = self._tokens.owner(request.query.get("access_token", ""))
            except (TokenUnknown, TokenExpired):
                raise Refused(40014, "invalid access_token") from None
            self._rate.check(UPLOAD)
            content = await picture(request, too_large=40009, wrong_kind=40004)
            created = int(self._world.now.timestamp() * 1000)
            return {"type": "image", "media_id": self.robot.keep(content), "created_at": created}

        return await self._wire.serve(request, UPLOAD, self._old, work)

    def _agenda_routes(self) -> list[web.RouteDef]:
        """Their addresses name a person, and the entry."""
        todos = PREFIX + "v1.0/todo/users/{union}/tasks"
        events = PREFIX + "v1.0/calendar/users/{union}/calendars/primary/events"
        return [
            web.post(todos, self._todo),
            web.put(todos + "/{number}", self._todo),
            web.delete(todos + "/{number}", self._todo),
            web.post(events, self._event),
            web.put(events + "/{number}", self._event),
            web.delete(events + "/{number}", self._event),
        ]

    async def _user(self, request: web.Request) -> web.StreamResponse:
        async def work(call: Call, body: Any) -> dict[str, Any]:
            _check_json_type(request, NO_JSON_TYPE)
            try:
                call.app = self._tokens.owner(request.query.get("access_token", ""))
            except (TokenUnknown, TokenExpired):
                raise Refused(40014, "不合法的access_token") from None
            return await self.agenda.user(call, json_object(body, NO_JSON_TYPE))

        path = request.path.removeprefix(OLD_PREFIX)
        return await self._wire.serve(request, path, self._old, work)

    async def _todo(self, request: web.Request) -> web.StreamResponse:
        union, number = request.match_info["union"], request.match_info.get("number", "")
        operator = request.query.get("operatorId", "")
        deeds = {"PUT": self.agenda.change_todo, "DELETE": self.agenda.remove_todo}

        async def work(call: Call, given: dict[str, Any]) -> dict[str, Any]:
            if request.method == "POST":
                return await self.agenda.add_todo(call, given, union, operator)
            return await deeds[request.method](call, given, union, number, operator)

        return await self._agenda(request, "v1.0/todo/tasks", work)

    async def _event(self, request: web.Request) -> web.StreamResponse:
        union, number = request.match_info["union"], request.match_info.get("number", "")
        token = request.headers.get("x-client-token", "")
        deeds = {"PUT": self.agenda.change_event, "DELETE": self.agenda.remove_event}

        async def work(call: Call, given: dict[str, Any]) -> dict[str, Any]:
            if request.method == "POST":
                return await self.agenda.add_event(call, given, union, token)
            return await deeds[request.method](call, given, union, number)

        return await self._agenda(request, "v1.0/calendar/events", work)

    async def _agenda(
        self,
        request: web.Request,
        path: str,
        deed: Callable[[Call, dict[str, Any]], Awaitable[dict[str, Any]]],
    ) -> web.StreamResponse:
        """A known caller within the API's rate, whose body is an object."""

        async def work(call: Call, body: Any) -> dict[str, Any]:
            call.app = self._caller(request)
            self._rate.check(path.rpartition("/")[0])
            return await deed(call, json_object(body, BAD_BODY))

        return await self._wire.serve(request, path, self._new, work)

    def _caller(self, request: web.Request) -> str:
        """The new host takes the token in its own header, and nowhere else."""
        text = request.headers.get(TOKEN_HEADER, "")
        if not text:
            where = "in the query" if "access_token" in request.query else "missing"
            bug(BAD_TOKEN, f"the token is {where}; it belongs into {TOKEN_HEADER}")
        try:
            return self._tokens.owner(text)
        except (TokenUnknown, TokenExpired):
            raise Refused(BAD_TOKEN, "the token is unknown or expired") from None


def _short(request: web.Request) -> str:
    return request.path.removeprefix(PREFIX)


def _check_json_type(request: web.Request, code: int | str) -> None:
    if request.content_type != "application/json":
        bug(code, "Content-Type is not application/json")

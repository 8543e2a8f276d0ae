"""DingTalk's API as a small server on this machine: as strict as the real one, or scripted.

Written from the vendor's pages, not from our client: it refuses what they say is refused.
"""

from collections import defaultdict, deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
from aiohttp import web

from tests.fakes.misbehaviour import Misbehaviour, Mood

CLIENT_ID = "dingapp"
CLIENT_SECRET = "ding-secret"
ROBOT_CODE = "dingrobot"
TEMPLATE_ID = "tpl.schema"
MEMBERS = {"chen", "lina"}
TOKEN_PATH = "v1.0/oauth2/accessToken"

ROBOT_FIELDS = {
    "sampleText": {"content"},
    "sampleMarkdown": {"title", "text"},
    "sampleActionCard": {"title", "text", "singleTitle", "singleURL"},
    **{
        f"sampleActionCard{count}": {"title", "text"}
        | {f"{part}{n}" for part in ("actionTitle", "actionURL") for n in range(1, count + 1)}
        for count in range(2, 6)
    },
}

Body = dict[str, Any]


class Refused(Exception):
    def __init__(self, code: str, status: int = 400) -> None:
        super().__init__(code)
        self.code = code
        self.status = status


@dataclass
class Request:
    path: str
    raw: bytes
    body: Body


@dataclass
class FakeDingTalk:
    base: str = ""
    requests: list[Request] = field(default_factory=list)
    unknown_paths: list[str] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)
    token_count: int = 0
    answers: dict[str, deque[tuple[int, Body]]] = field(default_factory=lambda: defaultdict(deque))
    misbehaviour: Misbehaviour = field(default_factory=Misbehaviour)
    cards: dict[str, dict[str, str]] = field(default_factory=dict)
    """outTrackId → what the card shows now."""
    routes: set[str] = field(default_factory=set)

    def will_refuse(self, path: str, code: str, status: int = 400) -> None:
        self.will_say(path, {"code": code, "message": "scripted", "requestid": "R"}, status)

    def will_say(self, path: str, body: Body, status: int = 200) -> None:
        self.answers[path].append((status, body))

    def will(self, *moods: Mood) -> None:
        self.misbehaviour.moods.extend(moods)

    def bodies(self, path: str) -> list[Body]:
        return [request.body for request in self.requests if request.path == path]

    async def serve(self, request: web.Request) -> web.Response:
        path = request.match_info["path"]
        act = ACTS.get((request.method, path))
        if act is None:
            self.unknown_paths.append(f"{request.method} {path}")
            return web.json_response({"code": "InvalidAction.NotFound"}, status=404)
        raw = await request.read()
        if (odd := await self.misbehaviour.instead(request)) is not None:
            return odd
        try:
            body = self._checked(request, path, raw)
            if self.answers[path]:
                status, scripted = self.answers[path].popleft()
                return web.json_response(scripted, status=status)
            return web.json_response(act(self, body))
        except Refused as refused:
            said = {"code": refused.code, "message": "refused", "requestid": "R"}
            return web.json_response(said, status=refused.status)

    def _checked(self, request: web.Request, path: str, raw: bytes) -> Body:
        if request.content_type != "application/json":
            raise Refused("43004")
        body = orjson.loads(raw)
        self.requests.append(Request(path, raw, body))
        if path in {TOKEN_PATH, "robot/sendBySession"}:
            if "x-acs-dingtalk-access-token" in request.headers:
                raise Refused("a token has no place here")
        elif request.query or request.headers.get("x-acs-dingtalk-access-token") not in self.tokens:
            raise Refused("InvalidAuthentication")
        return dict(body)

    def grant(self, body: Body) -> Body:
        self.token_count += 1
        if body != {"appKey": CLIENT_ID, "appSecret": CLIENT_SECRET}:
            raise Refused("invalidClientIdOrSecret")
        token = f"DINGTOKEN{self.token_count}"
        self.tokens.add(token)
        return {"accessToken": token, "expireIn": 7200}

    def say(self, body: Body) -> Body:
        check_robot(body.get("robotCode"))
        users = body.get("userIds")
        if not isinstance(users, list) or not 1 <= len(users) <= 20:
            raise Refused("invalidParameter.userIds.overMax")
        check_robot_message(body)
        unknown = [user for user in users if user not in MEMBERS]
        sent = {"processQueryKey": f"Q{len(self.requests)}", "flowControlledStaffIdList": []}
        return {**sent, "invalidStaffIdList": unknown}

    def create(self, body: Body) -> Body:
        track = body["outTrackId"]
        if not track or len(track) > 100:
            raise Refused("param.outTrackIdIllegal")
        if track in self.cards:
            raise Refused("param.cardAlreadyExist")
        if body.get("cardTemplateId") != TEMPLATE_ID:
            raise Refused("param.templateNotExist")
        if body.get("callbackType") == "HTTP":
            if body.get("callbackRouteKey") not in self.routes:
                raise Refused("param.callbackRouteKeyNotExist")
        elif body.get("callbackType") != "STREAM" or "callbackRouteKey" in body:
            raise Refused("param.callbackType")
        space, _, user = body["openSpaceId"].partition(".card//IM_ROBOT.")
        if space != "dtv1" or "imRobotOpenSpaceModel" not in body:
            raise Refused("param.openSpaceId")
        deliver = body.get("imRobotOpenDeliverModel", {})
        check_robot(deliver.get("robotCode"))
        if deliver.get("spaceType") != "IM_ROBOT":
            raise Refused("param.deliverModel")
        self.cards[track] = check_params(body["cardData"]["cardParamMap"])
        delivery = {"spaceType": "IM_ROBOT", "spaceId": user, "success": user in MEMBERS}
        delivery["errorMsg"] = "" if user in MEMBERS else "user not in the robot's scope"
        return {"success": True, "result": {"outTrackId": track, "deliverResults": [delivery]}}

    def update(self, body: Body) -> Body:
        if body["outTrackId"] not in self.cards:
            raise Refused("param.cardNotExist")
        shown = check_params(body["cardData"]["cardParamMap"])
        if body.get("cardUpdateOptions", {}).get("updateCardDataByKey") is not True:
            self.cards[body["outTrackId"]] = {}
        self.cards[body["outTrackId"]].update(shown)
        return {"success": True, "result": True}

    def register(self, body: Body) -> Body:
        if not all(isinstance(body.get(name), str) for name in ("callbackUrl", "apiSecret")):
            raise Refused("param.callback")
        self.routes.add(body["callbackRouteKey"])
        return {"success": True, "result": {"callbackUrl": body["callbackUrl"]}}

    def reply(self, body: Body) -> Body:
        if body.get("msgtype") != "text" or not body["text"]["content"]:
            return {"errcode": 40035, "errmsg": "text"}
        return {"errcode": 0, "errmsg": "ok"}

    def download(self, body: Body) -> Body:
        check_robot(body.get("robotCode"))
        return {"downloadUrl": f"https://files.example.com/{body['downloadCode']}"}


def check_robot(code: object) -> None:
    if code != ROBOT_CODE:
        raise Refused("invalidParameter.robotCode.auth")


def check_robot_message(body: Body) -> None:
    expected = ROBOT_FIELDS.get(body.get("msgKey", ""))
    if expected is None:
        raise Refused("invalidParameter.msgKey.invalid")
    try:
        fields = orjson.loads(body["msgParam"]) if isinstance(body["msgParam"], str) else None
    except orjson.JSONDecodeError:
        fields = None
    if not isinstance(fields, dict) or set(fields) != expected:
        raise Refused("invalidParameter.msgParam.invalid")
    if not all(isinstance(value, str) and value for value in fields.values()):
        raise Refused("miss.param.text")


def check_params(params: Body) -> dict[str, str]:
    for name, value in params.items():
        if not isinstance(value, str) or len(value.encode()) > 1000 or len(name) > 100:
            raise Refused("param.cardParamMap")
    return dict(params)


ACTS: dict[tuple[str, str], Callable[[FakeDingTalk, Body], Body]] = {
    ("POST", TOKEN_PATH): FakeDingTalk.grant,
    ("POST", "v1.0/robot/oToMessages/batchSend"): FakeDingTalk.say,
    ("POST", "v1.0/card/instances/createAndDeliver"): FakeDingTalk.create,
    ("PUT", "v1.0/card/instances"): FakeDingTalk.update,
    ("POST", "v1.0/card/callbacks/register"): FakeDingTalk.register,
    ("POST", "v1.0/robot/messageFiles/download"): FakeDingTalk.download,
    ("POST", "robot/sendBySession"): FakeDingTalk.reply,
}


@asynccontextmanager
async def running_dingtalk() -> AsyncIterator[FakeDingTalk]:
    fake = FakeDingTalk()
    app = web.Application()
    app.router.add_route("*", "/{path:.+}", fake.serve)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    fake.base = f"http://{host}:{port}"
    try:
        yield fake
    finally:
        fake.misbehaviour.rest.set()
        await runner.cleanup()
    assert not fake.unknown_paths

"""WeCom's API as a small server on this machine: as strict as the real one, scripted where asked.

Written from the vendor's pages, not from our client: it refuses what they say is refused.
"""

import re
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
from aiohttp import web

from tests.fakes.misbehaviour import Misbehaviour, Mood

CORP_ID = "ww0123456789abcdef"
SECRETS = {"assistant": "assistant-secret", "kf": "kf-secret", "contacts": "contacts-secret"}
AGENT_ID = 1000002
MEMBERS = {"LiNa", "WangLei"}

Body = dict[str, Any]


class Refused(Exception):
    def __init__(self, errcode: int, errmsg: str = "refused") -> None:
        super().__init__(errmsg)
        self.errcode = errcode
        self.errmsg = errmsg


@dataclass
class Request:
    path: str
    app: str
    raw: bytes
    body: Body


@dataclass
class FakeWeCom:
    base: str = ""
    requests: list[Request] = field(default_factory=list)
    unknown_paths: list[str] = field(default_factory=list)
    tokens: dict[str, str] = field(default_factory=dict)
    """Token → app; revoked ones are taken out."""
    token_count: int = 0
    answers: dict[str, deque[Body]] = field(default_factory=lambda: defaultdict(deque))
    misbehaviour: Misbehaviour = field(default_factory=Misbehaviour)
    task_ids: set[str] = field(default_factory=set)
    codes: dict[str, str] = field(default_factory=dict)
    """response_code → task_id, while it is good."""
    servicers: dict[str, list[Body]] = field(
        default_factory=lambda: {"wkShop": [{"userid": "lina", "status": 0}]}
    )
    """微信客服 account → who receives there; status 1: not just now."""

    files: dict[str, bytes] = field(default_factory=dict)
    """What media/get gives out, by media_id."""

    def will_answer(self, path: str, errcode: int, errmsg: str = "scripted", **more: Any) -> None:
        self.answers[path].append({"errcode": errcode, "errmsg": errmsg, **more})

    def will(self, *moods: Mood) -> None:
        self.misbehaviour.moods.extend(moods)

    def revoke_tokens(self) -> None:
        self.tokens.clear()

    def bodies(self, path: str) -> list[Body]:
        return [request.body for request in self.requests if request.path == path]

    async def gettoken(self, request: web.Request) -> web.Response:
        if (odd := await self.misbehaviour.instead(request)) is not None:
            return odd
        self.token_count += 1
        if self.answers["gettoken"]:
            return web.json_response(self.answers["gettoken"].popleft())
        if request.query.get("corpid") != CORP_ID:
            return web.json_response({"errcode": 40013, "errmsg": "invalid corpid"})
        for app, secret in SECRETS.items():
            if request.query.get("corpsecret") == secret:
                token = f"TOKEN+{app}/{self.token_count}="
                self.tokens[token] = app
                granted = {"access_token": token, "expires_in": 7200}
                return web.json_response({"errcode": 0, "errmsg": "ok", **granted})
        return web.json_response({"errcode": 40001, "errmsg": "invalid credential"})

    async def serve(self, request: web.Request) -> web.Response:
        path = request.match_info["path"]
        act = ACTS.get(path)
        if act is None:
            self.unknown_paths.append(path)
            return web.Response(status=404)
        raw = await request.read()
        if (odd := await self.misbehaviour.instead(request)) is not None:
            return odd
        try:
            body = self._checked(request, path, raw)
            if self.answers[path]:
                return web.json_response(self.answers[path].popleft())
            return web.json_response({"errcode": 0, "errmsg": "ok", **act(self, body)})
        except Refused as refused:
            return web.json_response({"errcode": refused.errcode, "errmsg": refused.errmsg})

    async def list_servicers(self, request: web.Request) -> web.Response:
        if self.tokens.get(request.query.get("access_token", "")) != "kf":
            return web.json_response({"errcode": 40014, "errmsg": "invalid access_token"})
        found = self.servicers.get(request.query.get("open_kfid", ""))
        if found is None:
            return web.json_response({"errcode": 95000, "errmsg": "invalid open_kfid"})
        return web.json_response({"errcode": 0, "errmsg": "ok", "servicer_list": found})

    async def give_out(self, request: web.Request) -> web.StreamResponse:
        """media/get: the bytes, or JSON that says why not."""
        if (odd := await self.misbehaviour.instead(request)) is not None:
            return odd
        app = self.tokens.get(request.query.get("access_token", ""))
        media_id = request.query.get("media_id", "")
        self.requests.append(Request("media/get", app or "?", b"", {"media_id": media_id}))
        if self.answers["media/get"]:
            return web.json_response(self.answers["media/get"].popleft())
        if app is None:
            return web.json_response({"errcode": 40014, "errmsg": "invalid access_token"})
        if media_id not in self.files:
            # As some of WeCom's answers come.
            said = '{"errcode":40007,"errmsg":"invalid media_id"}'
            return web.Response(text=said, content_type="text/plain")
        return web.Response(body=self.files[media_id], content_type="audio/amr")

    def _checked(self, request: web.Request, path: str, raw: bytes) -> Body:
        token = request.query.get("access_token")
        if not token or "Authorization" in request.headers:
            raise Refused(41001)
        app = self.tokens.get(token)
        try:
            body = orjson.loads(raw)
        except orjson.JSONDecodeError:
            raise Refused(47001) from None
        self.requests.append(Request(path, app or "?", raw, body))
        if app is None:
            raise Refused(40014)
        if not isinstance(body, dict) or request.content_type != "application/json":
            raise Refused(47001)
        if not path.startswith({"assistant": "message/", "kf": "kf/"}.get(app, "externalcontact/")):
            raise Refused(48002)
        return body

    def send(self, body: Body) -> Body:
        receivers = _text(body.get("touser"), 82001).split("|")
        if type(body.get("agentid")) is not int or body["agentid"] != AGENT_ID:
            raise Refused(40056)
        invalid = [name for name in receivers if name not in MEMBERS]
        if len(invalid) == len(receivers):
            raise Refused(81013)
        answer: Body = {"invaliduser": "|".join(invalid).lower(), "msgid": f"M{len(self.requests)}"}
        match body.get("msgtype"):
            case "text":
                if len(_text(body["text"]["content"], 44004).encode()) > 2048:
                    raise Refused(45002)
            case "template_card":
                card = body["template_card"]
                check_card(card)
                self._take_task_id(card)
                if card["card_type"] == "button_interaction":
                    answer["response_code"] = f"RC-{card['task_id']}"
                    self.codes[answer["response_code"]] = card["task_id"]
            case _:
                raise Refused(40008)
        return answer

    def _take_task_id(self, card: Body) -> None:
        task_id = card.get("task_id")
        if task_id is None:
            return
        if not re.fullmatch(r"[0-9A-Za-z_\-@]{1,128}", task_id) or task_id in self.task_ids:
            raise Refused(42014)
        self.task_ids.add(task_id)

    def update(self, body: Body) -> Body:
        if not isinstance(body.get("userids"), list) or type(body.get("agentid")) is not int:
            raise Refused(40058)
        if self.codes.pop(body["response_code"], None) is None:
            raise Refused(40096, "invalid response_code")
        check_card(body["template_card"])
        return {"invaliduser": [name.lower() for name in body["userids"] if name not in MEMBERS]}


def check_card(card: Body) -> None:
    """The rules of a template card, as the vendor lists them."""
    kind = card.get("card_type")
    if kind not in {"text_notice", "button_interaction"}:
        raise Refused(42031)
    allowed = {"card_type", "source", "action_menu", "main_title", "quote_area", "sub_title_text"}
    allowed |= {"horizontal_content_list", "card_action", "task_id"}
    if kind == "text_notice":
        allowed |= {"emphasis_content", "jump_list"}
        if not card.get("card_action", {}).get("url"):
            raise Refused(42045)
    else:
        allowed |= {"button_selection", "button_list", "replace_text"}
        _check_buttons(card.get("button_list", []))
    if unknown := set(card) - allowed:
        raise Refused(40058, f"unknown fields {sorted(unknown)}")
    if (kind == "button_interaction" or "action_menu" in card) and not card.get("task_id"):
        raise Refused(42016)
    if not card["main_title"].get("title"):
        raise Refused(42033)
    _check_rows(card.get("horizontal_content_list", []))
    if len(card.get("jump_list", [])) > 3:
        raise Refused(42042)
    items = card.get("action_menu", {}).get("action_list", [])
    if "action_menu" in card and not 1 <= len(items) <= 3:
        raise Refused(42037)
    if len({item["key"] for item in items}) < len(items):
        raise Refused(42051)


def _check_buttons(buttons: list[Body]) -> None:
    if not 1 <= len(buttons) <= 6:
        raise Refused(42038)
    keys = [button["key"] for button in buttons if button["type"] == 0]
    if any(len(key.encode()) > 1024 for key in keys):
        raise Refused(42020)
    if not all(keys) or len(set(keys)) < len(keys):
        raise Refused(42018)
    if any(not button["text"] or button["style"] not in {1, 2, 3, 4} for button in buttons):
        raise Refused(42038)
    if any(not button["url"] for button in buttons if button["type"] == 1):
        raise Refused(42028)


def _check_rows(rows: list[Body]) -> None:
    if len(rows) > 6:
        raise Refused(42035)
    for row in rows:
        _text(row.get("keyname"), 42027)
        _text(row.get("value"), 42027)
        if row.get("type") == 1 and not row.get("url"):
            raise Refused(42028)


def _text(value: object, errcode: int) -> str:
    if not isinstance(value, str) or not value:
        raise Refused(errcode)
    return value


def _sync(_: FakeWeCom, body: Body) -> Body:
    _text(body.get("open_kfid"), 95000)
    return {"next_cursor": "C1", "has_more": 0, "msg_list": []}


def _kf_send(_: FakeWeCom, body: Body) -> Body:
    if len(_text(body.get("msgid"), 40058).encode()) > 32:
        raise Refused(40058)
    return {"msgid": body["msgid"]}


def _state(_: FakeWeCom, body: Body) -> Body:
    _text(body.get("external_userid"), 40058)
    return {"service_state": 0, "servicer_userid": ""}


def _nothing(_: FakeWeCom, __: Body) -> Body:
    return {}


def _accounts(fake: FakeWeCom, _: Body) -> Body:
    accounts = [{"open_kfid": kfid, "name": f"{kfid}接待"} for kfid in fake.servicers]
    return {"account_list": accounts}


ACTS: dict[str, Callable[[FakeWeCom, Body], Body]] = {
    "message/send": FakeWeCom.send,
    "message/update_template_card": FakeWeCom.update,
    "kf/account/list": _accounts,
    "kf/sync_msg": _sync,
    "kf/send_msg": _kf_send,
    "kf/send_msg_on_event": _nothing,
    "kf/service_state/get": _state,
    "kf/service_state/trans": _nothing,
    "kf/customer/batchget": _nothing,
    "externalcontact/send_welcome_msg": _nothing,
    "externalcontact/remark": _nothing,
    "externalcontact/mark_tag": _nothing,
}


@asynccontextmanager
async def running_wecom() -> AsyncIterator[FakeWeCom]:
    fake = FakeWeCom()
    app = web.Application()
    app.router.add_get("/cgi-bin/gettoken", fake.gettoken)
    app.router.add_get("/cgi-bin/kf/servicer/list", fake.list_servicers)
    app.router.add_get("/cgi-bin/media/get", fake.give_out)
    app.router.add_post("/cgi-bin/{path:.+}", fake.serve)
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

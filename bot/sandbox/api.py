"""The page's JSON API, under /sandbox/api/."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, Protocol

from aiohttp import web

from bot.sandbox.cast import Client, Member
from bot.sandbox.dingtalk.robot import CONVERSATION as DINGTALK
from bot.sandbox.ledger import Push
from bot.sandbox.screens import Item
from bot.sandbox.steps import Steps
from bot.sandbox.wecom.inbound import ASSISTANT
from bot.sandbox.wecom.kf import Kf
from bot.sandbox.wecom.kf_lines import CLIENT_CONVERSATION, conversation_of
from bot.sandbox.wecom.kf_sessions import State
from bot.sandbox.world import Impossible, World

PREFIX = "/sandbox/api/"
KEEP_ALIVE = 15
LONGEST_TURN = timedelta(days=366)
BAD_REQUEST, CONFLICT = 400, 409

Answer = Callable[[web.Request], Awaitable[dict[str, Any]]]


class _Platforms(Protocol):
    @property
    def kf(self) -> Kf: ...


class People(Protocol):
    """What the page lets its visitor do as one of the people."""

    @property
    def wecom(self) -> _Platforms: ...

    async def client_enters(self, client: str) -> Push: ...

    async def client_writes(self, client: str, text: str) -> Push: ...

    async def client_presses(self, client: str, item_id: str, key: str) -> Push: ...

    async def servicer_writes(self, member: str, client: str, text: str) -> Push: ...

    async def member_writes(self, member: str, text: str, *, platform: Any = None) -> Push: ...

    async def member_presses(self, member: str, item_id: str, key: str) -> Push: ...


class PageApi:
    def __init__(self, world: World, people: People) -> None:
        self._world = world
        self._people = people
        self._steps = Steps(world)
        self._news = asyncio.Event()
        world.screens.on_change(self._tell)

    def routes(self) -> list[web.RouteDef]:
        posts: dict[str, Answer] = {
            "say": self._say,
            "enter": self._enter,
            "press": self._press,
            "clock": self._clock,
        }
        return [
            web.get(PREFIX + "state", _answering(self._state)),
            web.get(PREFIX + "knowledge", _answering(self._knowledge)),
            web.get(PREFIX + "events", self._events, allow_head=False),
            web.get(PREFIX + "pictures/{person}/{item}", self._picture, allow_head=False),
            *(web.post(PREFIX + name, _answering(answer)) for name, answer in posts.items()),
        ]

    async def _state(self, request: web.Request) -> dict[str, Any]:
        cast = self._world.cast
        people = [
            *(self._client(c) for c in cast.clients),
            *(self._member(m) for m in cast.members),
        ]
        return {
            "now": self._world.now.isoformat(),
            "version": self._world.screens.version,
            "people": people,
            "screens": {
                person["id"]: [
                    item_json(item, person["id"]) for item in self._world.screens.of(person["id"])
                ]
                for person in people
            },
        }

    async def _knowledge(self, request: web.Request) -> dict[str, Any]:
        return await self._steps.knowledge()

    async def _events(self, request: web.Request) -> web.StreamResponse:
        """A line per new version, the present one first."""
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-cache"}
        )
        await response.prepare(request)
        told = 0
        with contextlib.suppress(ConnectionError):
            while not self._world.closing.is_set():
                if told != self._world.screens.version:
                    told = self._world.screens.version
                    await response.write(b'data: {"version": %d}\n\n' % told)
                elif not await self._something_new():
                    await response.write(b": still here\n\n")
        return response

    async def _picture(self, request: web.Request) -> web.StreamResponse:
        item = self._world.screens.item(request.match_info["person"], request.match_info["item"])
        if item is None or not item.picture:
            raise web.HTTPNotFound
        headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "private, max-age=3600"}
        return web.Response(body=item.picture, content_type="image/png", headers=headers)

    async def _say(self, request: web.Request) -> dict[str, Any]:
        """{person, conversation, text}"""
        person, conversation, text = await _fields(request, "person", "conversation", "text")
        if not text.strip():
            raise Impossible("还没有写字")
        if self._world.cast.client(person) is not None:
            return _taken(await self._people.client_writes(person, text))
        if conversation == ASSISTANT:
            return _taken(await self._people.member_writes(person, text, platform="wecom"))
        if conversation == DINGTALK:
            return _taken(await self._people.member_writes(person, text, platform="dingtalk"))
        for client in self._world.cast.clients:
            if conversation == conversation_of(client):
                return _taken(await self._people.servicer_writes(person, client.id, text))
        raise Impossible("没有这个会话")

    async def _enter(self, request: web.Request) -> dict[str, Any]:
        """{person}"""
        (person,) = await _fields(request, "person")
        return _taken(await self._people.client_enters(person))

    async def _press(self, request: web.Request) -> dict[str, Any]:
        """{person, item, key}"""
        person, item, key = await _fields(request, "person", "item", "key")
        if self._world.cast.client(person) is not None:
            return _taken(await self._people.client_presses(person, item, key))
        return _taken(await self._people.member_presses(person, item, key))

    async def _clock(self, request: web.Request) -> dict[str, Any]:
        """{minutes: n} or {to_next: true}"""
        body = await _json(request)
        if body.get("to_next") is True:
            stops = await self._steps.to_next()
        else:
            stops = await self._steps.forward(_span(body.get("minutes")))
        return {
            "now": self._world.now.isoformat(),
            "stops": [moment.isoformat() for moment in stops],
        }

    def _client(self, client: Client) -> dict[str, Any]:
        conversation = {
            "id": CLIENT_CONVERSATION,
            "name": "微信客服",
            "platform": "wechat",
            "can_write": True,
            "hint": "像客户一样说句话",
        }
        return {
            "id": client.id,
            "name": client.nickname,
            "title": "微信客户",
            "role": "client",
            "platforms": ["wechat"],
            "conversations": [conversation],
        }

    def _member(self, member: Member) -> dict[str, Any]:
        conversations = []
        if member.wecom:
            name = self._world.cast.apps[ASSISTANT].name
            conversations.append(_assistant(ASSISTANT, name, "wecom"))
        if member.dingtalk:
            conversations.append(_assistant(DINGTALK, self._world.cast.dingtalk.name, "dingtalk"))
        conversations += [
            self._handed_over(member, client)
            for client in self._world.cast.clients
            if self._people.wecom.kf.lines.had(member, client)
        ]
        platforms = {"wecom": member.wecom, "dingtalk": member.dingtalk}
        return {
            "id": member.id,
            "name": member.name,
            "title": member.title,
            "role": member.role,
            "platforms": [name for name, account in platforms.items() if account],
            "conversations": conversations,
        }

    def _handed_over(self, member: Member, client: Client) -> dict[str, Any]:
        session = self._people.wecom.kf.sessions.of(client)
        his = session.state is State.HUMAN and session.servicer == member
        return {
            "id": conversation_of(client),
            "name": client.nickname,
            "platform": "wecom",
            "can_write": his,
            "hint": f"以客服身份回复{client.nickname}" if his else "这个会话现在不由您接待",
        }

    def _tell(self) -> None:
        self._news.set()
        self._news = asyncio.Event()

    async def _something_new(self) -> bool:
        """Waits a while for news, or for the end."""
        waiting = [
            asyncio.ensure_future(event.wait()) for event in (self._news, self._world.closing)
        ]
        done, pending = await asyncio.wait(
            waiting, timeout=KEEP_ALIVE, return_when=asyncio.FIRST_COMPLETED
        )
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)
        return bool(done)


def item_json(item: Item, person: str) -> dict[str, Any]:
    """An item as the page reads it."""
    return {
        "id": item.id,
        "at": item.at.isoformat(),
        "from": item.sender,
        "mine": item.mine,
        "platform": item.platform,
        "conversation": item.conversation,
        "kind": item.kind,
        "text": item.text,
        "card": asdict(item.card) if item.card is not None else None,
        "picture": f"{PREFIX}pictures/{person}/{item.id}" if item.picture else None,
        "edited_at": _iso(item.edited_at),
    }


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None


def _assistant(conversation: str, name: str, platform: str) -> dict[str, Any]:
    return {
        "id": conversation,
        "name": name,
        "platform": platform,
        "can_write": True,
        "hint": "对跟进助手说，比如“帮助”",
    }


def _answering(answer: Answer) -> Callable[[web.Request], Awaitable[web.Response]]:
    """Turns what cannot be done into a sentence for the page."""

    async def handler(request: web.Request) -> web.Response:
        try:
            return web.json_response(await answer(request))
        except BadRequest as error:
            return web.json_response({"error": str(error)}, status=BAD_REQUEST)
        except Impossible as error:
            return web.json_response({"error": str(error)}, status=CONFLICT)

    return handler


class BadRequest(Exception):
    """The page asked for something malformed; the message says what, in Chinese."""


async def _json(request: web.Request) -> dict[str, Any]:
    if request.content_type != "application/json":
        raise BadRequest("请求要用 JSON")
    try:
        body = await request.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise BadRequest("请求不是 JSON 对象")
    return body


async def _fields(request: web.Request, *names: str) -> list[str]:
    body = await _json(request)
    for name in names:
        if not isinstance(body.get(name), str):
            raise BadRequest(f"请求里缺少 {name}")
    return [body[name] for name in names]


def _span(minutes: Any) -> timedelta:
    if isinstance(minutes, bool) or not isinstance(minutes, int | float):
        raise BadRequest("请求里缺少 minutes")
    if not 0 < minutes <= LONGEST_TURN.total_seconds() / 60:
        raise BadRequest("时间只能往前走，一次最多一年")
    return timedelta(minutes=minutes)


def _taken(push: Push) -> dict[str, Any]:
    """Whether the bot took it. Its platform has it either way, as in life."""
    if not push.accepted:
        raise Impossible("机器人没有接住这条消息，请看看它是否还在运行")
    return {"ok": True}

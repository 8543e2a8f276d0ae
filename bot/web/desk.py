"""GET and POST /d/{token}, GET /d/{token}/events: somebody's own page of new leads, as they come.

The page works without a script (it reloads itself); with one, the server tells it of every change
(server-sent events), and it shows a notification of the desktop for what is new, and closes it
when the lead was seen elsewhere.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import orjson
import structlog
from aiohttp import web

from bot.links import DeskLink
from bot.web.desk_board import Board, Full, State, Watcher
from bot.web.guard import HEADERS
from bot.web.pages import page, refusal
from bot.web.serving import Served
from bot.web.signed_page import form_of, from_elsewhere, is_from_here, or_refused
from crm_store.errors import CrmError
from crm_store.models import Member
from crm_store.queries import desk_alerts
from crm_store.wakeup import either
from handlers.deciding import NotForYou
from handlers.desk.page import Ringing, know, ringing_before, sitting
from notifiers.cards.wording import clock_time

log = structlog.get_logger(__name__)

HEARTBEAT_SECONDS = 15.0
"""Proxies close what says nothing for a minute, and we learn of pages that went away."""
_WRITTEN_WITHIN_SECONDS = 10.0
_COME_BACK_AFTER_MS = 3000
_FULL_FOR_SECONDS = 30
_WHAT_TO_DO = "请在聊天里对助手说“桌面提醒”，拿一个新的链接。"
_POLICY = HEADERS["Content-Security-Policy"] + "; script-src 'self'; connect-src 'self'"
BOARD: web.AppKey[Board] = web.AppKey("desk board", Board)


class DeskPage:
    def __init__(self, bot: Served, *, heartbeat: float = HEARTBEAT_SECONDS) -> None:
        self._bot = bot
        self._heartbeat = heartbeat
        self._board = Board(bot)

    def add_to(self, app: web.Application) -> None:
        app[BOARD] = self._board
        app.router.add_get("/d/{token}", self.read, allow_head=False)
        app.router.add_post("/d/{token}", self.act)
        app.router.add_get("/d/{token}/events", self.listen, allow_head=False)
        app.cleanup_ctx.append(self._looking)
        app.on_shutdown.append(self._stop)

    async def _looking(self, app: web.Application) -> AsyncIterator[None]:
        looking = asyncio.create_task(self._board.run(), name="desk board")
        yield
        looking.cancel()
        with suppress(asyncio.CancelledError):
            await looking

    async def _stop(self, app: web.Application) -> None:
        self._board.close()

    async def read(self, request: web.Request) -> web.StreamResponse:
        return await or_refused(request, self._read, what_to_do=_WHAT_TO_DO)

    async def act(self, request: web.Request) -> web.StreamResponse:
        if not is_from_here(request, self._bot.settings.public_url):
            log.warning("page_act_refused", why="origin")
            return from_elsewhere(request)
        return await or_refused(request, self._act, what_to_do=_WHAT_TO_DO)

    async def listen(self, request: web.Request) -> web.StreamResponse:
        return await or_refused(request, self._listen, what_to_do=_WHAT_TO_DO)

    def _link(self, request: web.Request) -> DeskLink:
        return self._bot.links.open_desk(request.match_info["token"])

    async def _read(
        self, request: web.Request, notice: str = "", status: int = 200
    ) -> web.Response:
        link = self._link(request)
        async with self._bot.store.view() as view:
            member = await sitting(view, link.member_id, link.seat)
            ids = await desk_alerts.ringing_of_members(view, [member.id], now=view.now)
            ringing = await ringing_before(
                view, member.id, ids.get(member.id, ()), self._bot.links, self._bot.rules.current
            )
        answer = page(
            request,
            "desk.html",
            status,
            member=member.name,
            ringing=[_shown(one) for one in ringing],
            notice=notice,
            events=f"/d/{request.match_info['token']}/events",
        )
        answer.headers["Content-Security-Policy"] = _POLICY
        return answer

    async def _act(self, request: web.Request) -> web.StreamResponse:
        link = self._link(request)
        given = await form_of(request)
        if given.get("act") != "know":
            return await self._read(request, notice="没有这个操作，请刷新页面", status=422)
        try:
            async with self._bot.store.transaction() as tx:
                member = await sitting(tx, link.member_id, link.seat)
                names = {"alert": given.get("alert", "")}
                await self._bot.dispatcher.act(tx, know, {Member: member}, names)
        except NotForYou:
            raise
        except CrmError as refused:
            return await self._read(request, notice=str(refused), status=422)
        return await self._read(request)

    async def _listen(self, request: web.Request) -> web.StreamResponse:
        link = self._link(request)
        async with self._bot.store.view() as view:
            await sitting(view, link.member_id, link.seat)
        if self._bot.draining:
            return _later(request)
        try:
            watcher = self._board.join(link.member_id, link.seat)
        except Full:
            log.warning("desk_full", pages=self._board.pages)
            return _later(request)
        response = web.StreamResponse(
            headers={
                "Content-Type": "text/event-stream; charset=utf-8",
                "X-Accel-Buffering": "no",  # nginx would gather them
            }
        )
        try:
            await response.prepare(request)
            await self._tell(response, watcher, request.headers.get("Last-Event-ID", ""))
        except (ConnectionError, TimeoutError):
            # The page went away, or does not read what it is told.
            if request.transport is not None:
                request.transport.abort()
        finally:
            self._board.leave(watcher)
        return response

    async def _tell(self, response: web.StreamResponse, watcher: Watcher, has: str) -> None:
        """Every state that is not the one the page has, until it is over."""
        await _write(response, f"retry: {_COME_BACK_AFTER_MS}\n\n")
        while True:
            await either(watcher.changed, self._heartbeat)
            watcher.changed.clear()
            if watcher.ended is not None:
                await _write(response, f"event: over\ndata: {watcher.ended}\n\n")
                return
            state = watcher.state
            if state is None or state.version == has:
                await _write(response, ": still here\n\n")
                continue
            await _write(response, _event(state))
            has = state.version


async def _write(response: web.StreamResponse, words: str) -> None:
    async with asyncio.timeout(_WRITTEN_WITHIN_SECONDS):
        await response.write(words.encode())


def _event(state: State) -> str:
    told = orjson.dumps({"ringing": [_shown(one) for one in state.ringing]}).decode()
    return f"id: {state.version}\nevent: state\ndata: {told}\n\n"


def _shown(one: Ringing) -> dict[str, Any]:
    return {
        "id": one.id,
        "title": one.title,
        "line": one.line,
        "url": one.url,
        "at": clock_time(one.since),
    }


def _later(request: web.Request) -> web.Response:
    answer = refusal(request, 503, "提醒页暂时开不了", "现在打开的提醒页太多，请过半分钟再打开。")
    answer.headers["Retry-After"] = str(_FULL_FOR_SECONDS)
    return answer

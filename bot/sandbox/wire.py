"""One call of the bot, from its arrival to its answer: scripted faults, the work, the record."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Literal, NoReturn, Protocol

from aiohttp import web

from bot.sandbox.faults import ScriptedAnswer
from bot.sandbox.ledger import Call, Outcome
from bot.sandbox.world import World

NOT_JSON = 47001


class Refused(Exception):
    """The platform says no. `bug` marks what no correct bot would have asked for."""

    def __init__(
        self, code: int | str, message: str, *, status: int | None = None, bug: bool = False
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.bug = bug


def bug(code: int | str, message: str, *, status: int | None = None) -> NoReturn:
    raise Refused(code, message, status=status, bug=True)


class Dialect(Protocol):
    """How one platform's host puts success and refusal."""

    def success(self, answer: Mapping[str, Any]) -> tuple[int, Any]: ...

    def refusal(self, refused: Refused) -> tuple[int, Any]: ...


class OldHost:
    """qyapi and oapi: HTTP 200 with errcode."""

    def success(self, answer: Mapping[str, Any]) -> tuple[int, Any]:
        return 200, {"errcode": 0, "errmsg": "ok", **answer}

    def refusal(self, refused: Refused) -> tuple[int, Any]:
        return 200, {"errcode": refused.code, "errmsg": refused.message}


class NewHost:
    """api.dingtalk.com: HTTP 4xx with a code in words."""

    def success(self, answer: Mapping[str, Any]) -> tuple[int, Any]:
        return 200, dict(answer)

    def refusal(self, refused: Refused) -> tuple[int, Any]:
        status = refused.status or (403 if str(refused.code).startswith("Forbidden") else 400)
        body = {"code": refused.code, "message": refused.message, "requestid": "SANDBOX-0001"}
        return status, body


Work = Callable[[Call, Any], Awaitable[Mapping[str, Any] | bytes]]
"""An answer's JSON, or a file."""


class Wire:
    def __init__(self, world: World, platform: Literal["wecom", "dingtalk"]) -> None:
        self._world = world
        self._platform: Literal["wecom", "dingtalk"] = platform

    async def serve(
        self, request: web.Request, path: str, dialect: Dialect, work: Work
    ) -> web.StreamResponse:
        """`work` gets the call's record and the parsed body (None where there is none)."""
        body = await _body(request)
        call = self._world.ledger.arrived(self._platform, request.method, path, body)
        if (bare := await self._before(request, call)) is not None:
            return bare
        try:
            if (scripted := self._world.faults.take_answer(path)) is not None:
                return self._scripted(call, scripted, dialect)
            answer = await work(call, body)
        except Refused as refused:
            return self._refuse(call, refused, dialect)
        if call.outcome is Outcome.PENDING:
            call.outcome = Outcome.ANSWERED
        if isinstance(answer, bytes):
            call.status, call.answer = 200, f"{len(answer)} bytes"
        else:
            call.status, call.answer = dialect.success(answer)
        if self._world.faults.take_cut(path):
            call.cut = True
            _cut(request)
        if isinstance(answer, bytes):
            return web.Response(body=answer, content_type="application/octet-stream")
        return web.json_response(call.answer, status=call.status)

    async def _before(self, request: web.Request, call: Call) -> web.Response | None:
        faults = self._world.faults
        if (gate := faults.take_gate(call.path)) is not None:
            await _first_of(gate, self._world.closing)
        if faults.take_reset(call.path):
            call.outcome, call.cut = Outcome.REFUSED, True
            _cut(request)
            return web.Response()
        if (status := faults.take_status(call.path)) is None:
            return None
        call.outcome, call.status = Outcome.REFUSED, status
        return web.Response(status=status)

    def _scripted(self, call: Call, scripted: ScriptedAnswer, dialect: Dialect) -> web.Response:
        if scripted.body is None:
            refused = Refused(scripted.code, scripted.message, status=scripted.status)
            return self._refuse(call, refused, dialect)
        call.outcome, call.status = Outcome.REFUSED, scripted.status or 200
        call.answer = scripted.body
        return web.json_response(scripted.body, status=call.status)

    def _refuse(self, call: Call, refused: Refused, dialect: Dialect) -> web.Response:
        call.outcome, call.code = Outcome.REFUSED, refused.code
        call.status, call.answer = dialect.refusal(refused)
        if refused.bug:
            self._world.ledger.violation(f"{call.path}: {refused.code} {refused.message}")
        return web.json_response(call.answer, status=call.status)


def json_object(body: Any, code: int | str = NOT_JSON) -> dict[str, Any]:
    """The body, where it is a JSON object; refuses any other."""
    if not isinstance(body, dict):
        bug(code, "the body is not a JSON object")
    return body


async def _body(request: web.Request) -> Any:
    raw = await request.read()
    if not raw:
        return None
    try:
        return json.loads(raw)
    except ValueError:
        return raw.decode(errors="replace")


async def _first_of(*events: asyncio.Event) -> None:
    waiting = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)


def _cut(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()

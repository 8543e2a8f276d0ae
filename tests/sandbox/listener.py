"""The bot's side of the wire, as plain as it gets: hears callbacks, answers as told."""

import asyncio
import json
from collections import deque
from typing import Any

from aiohttp import web

from bot.sandbox.cast import Cast
from bot.sandbox.crypto import Envelope
from bot.sandbox.wecom import xml


class Listener:
    """`heard` holds what was opened, in order; `answers` what to say next (else an empty 200)."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.heard: list[tuple[str, dict[str, Any]]] = []
        self.queries: list[dict[str, str]] = []
        self.headers: list[dict[str, str]] = []
        self.answers: deque[web.Response] = deque()
        self.gate: asyncio.Event | None = None
        self.next_due: list[str] = []
        self.echo = ""
        """Is added to the answer of a URL verification."""
        self.url = ""
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        app = web.Application()
        app.router.add_get("/callbacks/wecom/{app}", self._verify)
        app.router.add_post("/callbacks/wecom/{app}", self._wecom)
        app.router.add_post("/callbacks/dingtalk/{topic}", self._dingtalk)
        app.router.add_get("/demo/knowledge", self._knowledge)
        app.router.add_get("/demo/quiet", self._quiet)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    def envelope(self, app: str) -> Envelope:
        keys = self.cast.apps[app]
        return Envelope(keys.token, keys.aes_key, self.cast.corp_id)

    def event_envelope(self) -> Envelope:
        app = self.cast.dingtalk
        return Envelope(app.event_token, app.event_aes_key, app.client_id)

    async def _verify(self, request: web.Request) -> web.Response:
        envelope = self.envelope(request.match_info["app"])
        return web.Response(text=envelope.open(request.query["echostr"]) + self.echo)

    async def _wecom(self, request: web.Request) -> web.Response:
        app = request.match_info["app"]
        envelope, outer = self.envelope(app), xml.texts(await request.text())
        query = dict(request.query)
        signature = envelope.sign(query["timestamp"], query["nonce"], outer["Encrypt"])
        assert signature == query["msg_signature"]
        self.heard.append((app, dict(xml.texts(envelope.open(outer["Encrypt"])))))
        self.queries.append(query)
        return await self._answer(web.Response())

    async def _dingtalk(self, request: web.Request) -> web.Response:
        topic, body = request.match_info["topic"], await request.json()
        self.headers.append(dict(request.headers))
        if topic == "events":
            body = json.loads(self.event_envelope().open(body["encrypt"]))
        self.heard.append((topic, body))
        return await self._answer(self._success() if topic == "events" else web.Response())

    async def _answer(self, otherwise: web.Response) -> web.Response:
        if self.gate is not None:
            await self.gate.wait()
        return self.answers.popleft() if self.answers else otherwise

    def _success(self) -> web.Response:
        envelope = self.event_envelope()
        sealed = envelope.seal("success")
        signature = envelope.sign("1", "n", sealed)
        return web.json_response(
            {"msg_signature": signature, "timeStamp": "1", "nonce": "n", "encrypt": sealed}
        )

    async def _knowledge(self, request: web.Request) -> web.Response:
        due = self.next_due[0] if self.next_due else None
        return web.json_response({"next_due": due, "quiet": True})

    async def _quiet(self, request: web.Request) -> web.Response:
        return web.json_response({"quiet": True})

"""A registered system (an ERP, a shop) on this machine: it checks what it is told as the contract
says, keeps its clients in its own spelling, and does wrong what it is told to do wrong.

It shares no code with what tells it: the signature is computed here once more.
"""

import hashlib
import hmac
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import orjson
from aiohttp import web

from tests.fakes.listening import listening
from tests.fakes.misbehaviour import Misbehaviour, Mood

SECRET = "secret-of-the-erp-0123456789"

Body = dict[str, Any]
Fake = TypeVar("Fake", bound="FakeSystem")


@dataclass
class FakeSystem:
    secret: str = SECRET
    base: str = ""
    told: list[Body] = field(default_factory=list)
    """What it accepted, as it came."""
    headers: list[dict[str, str]] = field(default_factory=list)
    tried: int = 0
    answers: deque[web.Response] = field(default_factory=deque)
    """Before it takes anything, one a request."""
    says: str = ""
    """What it answers beside its status."""
    misbehaviour: Misbehaviour = field(default_factory=Misbehaviour)
    clients: dict[str, Body] = field(default_factory=dict)
    """Its own copy, by CID: the newest sequence wins, a repeat changes nothing."""
    rewrites: Callable[[str], str] = str
    """How it spells what it is told."""

    @property
    def url(self) -> str:
        return f"{self.base}/hooks"

    def will(self, *moods: Mood) -> None:
        self.misbehaviour.moods.extend(moods)

    def refuses(self, status: int, **headers: str) -> None:
        self.answers.append(web.Response(status=status, text="secret words", headers=headers))

    @property
    def events(self) -> list[tuple[str, str, int]]:
        return [(body["event"], body["cid"], body["sequence"]) for body in self.told]

    async def hear(self, request: web.Request) -> web.StreamResponse:
        self.tried += 1
        odd = await self.misbehaviour.instead(request)
        if odd is not None:
            return odd
        if self.answers:
            return self.answers.popleft()
        raw = await request.read()
        if not self._is_signed(request.headers.get("X-Genjin-Signature", ""), raw):
            return web.Response(status=401)
        body = orjson.loads(raw)
        self.told.append(body)
        self.headers.append(dict(request.headers))
        self.keep(body)
        return web.Response(text=self.says)

    def _is_signed(self, header: str, raw: bytes) -> bool:
        at, _, given = header.partition(",")
        signed = at.removeprefix("t=").encode() + b"." + raw
        right = hmac.new(self.secret.encode(), signed, hashlib.sha256).hexdigest()
        return hmac.compare_digest(given, f"v1={right}")

    def keep(self, body: Body) -> None:
        mine = self.clients.setdefault(body["cid"], {"sequence": 0, "fields": {}})
        if body.get("sequence", 0) <= mine["sequence"]:
            return
        mine["sequence"] = body["sequence"]
        for name, text in body.get("fields", {}).items():
            mine["fields"][name] = self.rewrites(text) if text else text


@asynccontextmanager
async def running_system(secret: str = SECRET) -> AsyncIterator[FakeSystem]:
    async with running(FakeSystem(secret)) as fake:
        yield fake


@asynccontextmanager
async def running(fake: Fake) -> AsyncIterator[Fake]:
    async with listening("/hooks", fake.hear) as fake.base:
        try:
            yield fake
        finally:
            fake.misbehaviour.rest.set()

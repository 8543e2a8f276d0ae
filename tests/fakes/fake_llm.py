"""A language model's server on this machine: OpenAI's protocol, with its faults on demand.

It is as strict about a request as a strict server is, and answers what it was told to.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
from aiohttp import web

from tests.fakes.listening import listening
from tests.fakes.misbehaviour import Misbehaviour, Mood

KEY = "sk-llm-of-the-tests-0123456789"
MODEL = "test-model"
NOTHING: Mapping[str, Any] = dict.fromkeys(("value", "min", "max", "unit", "start", "end"))

Body = dict[str, Any]


def found(name: str, evidence: str, **values: Any) -> Body:
    """One finding, the other keys null."""
    return {"field": name, "evidence": evidence, **NOTHING, **values}


@dataclass
class FakeLlm:
    base: str = ""
    requests: list[Body] = field(default_factory=list)
    findings: list[Body] = field(default_factory=list)
    """What it finds in every message from now on."""
    script: deque[web.Response | Body | str] = field(default_factory=deque)
    """Before that, one a request: a whole answer, a choice's keys, or its content."""
    misbehaviour: Misbehaviour = field(default_factory=Misbehaviour)
    drips: bool = False
    """Whether it sends a byte now and then, for ever."""
    holds: asyncio.Event | None = None
    """Where there is one, answers wait for it."""

    def will(self, *moods: Mood) -> None:
        self.misbehaviour.moods.extend(moods)

    def refuses(
        self, status: int, error: Body | None = None, *, headers: Mapping[str, str] | None = None
    ) -> None:
        body = orjson.dumps({"error": {"message": "quotes the question", **(error or {})}})
        self.script.append(web.Response(status=status, body=body, headers=headers))

    @property
    def messages(self) -> list[str]:
        """The words that it got to see."""
        questions = [orjson.loads(asked["messages"][1]["content"]) for asked in self.requests]
        return [question["message"] for question in questions]

    async def complete(self, request: web.Request) -> web.StreamResponse:
        odd = await self.misbehaviour.instead(request) or self._refusal(request)
        if odd is not None:
            return odd
        body = orjson.loads(await request.read())
        fault = _fault(body)
        if fault is not None:
            return web.json_response({"error": fault}, status=400)
        self.requests.append(body)
        if self.holds is not None:
            await self.holds.wait()
        if self.drips:
            return await self._drip(request)
        answer = self.script.popleft() if self.script else {}
        return answer if isinstance(answer, web.Response) else self._completion(answer)

    def _refusal(self, request: web.Request) -> web.Response | None:
        if request.headers.get("Authorization") != f"Bearer {KEY}":
            return web.json_response({"error": {"code": "invalid_api_key"}}, status=401)
        return None

    def _completion(self, answer: Body | str) -> web.Response:
        content = answer if isinstance(answer, str) else _as_text({"found": self.findings})
        said = {"role": "assistant", "content": content, "refusal": None}
        choice: Body = {"index": 0, "finish_reason": "stop", "message": said}
        if isinstance(answer, dict):
            choice |= answer
        return web.json_response({"object": "chat.completion", "choices": [choice]})

    async def _drip(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while not self.misbehaviour.rest.is_set():
            await response.write(b" ")
            await asyncio.sleep(0.01)
        return response


def _as_text(body: Body) -> str:
    return orjson.dumps(body).decode()


def _fault(body: Body) -> Body | None:
    """What a strict server would refuse, as it says so."""
    if body.get("model") != MODEL:
        return {"code": "model_not_found", "param": None}
    if [message.get("role") for message in body.get("messages", [])] != ["system", "user"]:
        return {"param": "messages"}
    if body.get("temperature") != 0:
        return {"param": "temperature"}
    form = body.get("response_format", {})
    if form.get("type") != "json_schema" or form["json_schema"].get("strict") is not True:
        return {"param": "response_format"}
    if not _closed(form["json_schema"]["schema"]):
        return {"param": "response_format.json_schema"}
    return None


def _closed(schema: Body) -> bool:
    """Every object lists all of its keys as required, and allows no other."""
    if schema.get("type") == "array":
        return _closed(schema["items"])
    if schema.get("type") != "object":
        return True
    inner = schema["properties"]
    is_closed = schema.get("additionalProperties") is False and schema["required"] == list(inner)
    return is_closed and all(_closed(one) for one in inner.values())


@asynccontextmanager
async def running_llm() -> AsyncIterator[FakeLlm]:
    fake = FakeLlm()
    async with listening("/chat/completions", fake.complete) as fake.base:
        try:
            yield fake
        finally:
            fake.misbehaviour.rest.set()

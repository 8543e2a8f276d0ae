"""A speech service on this machine: `POST /v1/audio/transcriptions`, with its faults on demand."""

import io
import wave
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.fakes.listening import listening
from tests.fakes.misbehaviour import Misbehaviour, Mood

KEY = "sk-speech-of-the-tests-0123456789"
MODEL = "test-ears"


@dataclass
class FakeSpeech:
    base: str = ""
    heard: list[dict[str, Any]] = field(default_factory=list)
    """The form's fields, and `seconds` of the sound, of each request."""
    says: str = "你好"
    script: deque[web.Response] = field(default_factory=deque)
    """Before that, one answer a request."""
    misbehaviour: Misbehaviour = field(default_factory=Misbehaviour)

    def will(self, *moods: Mood) -> None:
        self.misbehaviour.moods.extend(moods)

    def refuses(self, status: int, *, headers: Mapping[str, str] | None = None) -> None:
        error = {"error": {"message": "quotes the client"}}
        self.script.append(web.json_response(error, status=status, headers=headers))

    def answers(self, body: str) -> None:
        self.script.append(web.Response(text=body, content_type="application/json"))

    async def transcribe(self, request: web.Request) -> web.StreamResponse:
        if (odd := await self.misbehaviour.instead(request)) is not None:
            return odd
        if request.headers.get("Authorization") != f"Bearer {KEY}":
            return web.json_response({"error": {"code": "invalid_api_key"}}, status=401)
        form = await request.post()
        file = form["file"]
        assert isinstance(file, web.FileField)
        with wave.open(io.BytesIO(file.file.read())) as sound:
            shape = (sound.getnchannels(), sound.getsampwidth(), sound.getframerate())
            seconds = sound.getnframes() / sound.getframerate()
        assert shape == (1, 2, 16_000)
        fields = {name: value for name, value in form.items() if isinstance(value, str)}
        self.heard.append({**fields, "file": file.filename, "seconds": seconds})
        if fields["model"] != MODEL:
            return web.json_response({"error": {"code": "model_not_found"}}, status=400)
        return self.script.popleft() if self.script else web.json_response({"text": self.says})


@asynccontextmanager
async def running_speech() -> AsyncIterator[FakeSpeech]:
    fake = FakeSpeech()
    async with listening("/audio/transcriptions", fake.transcribe) as fake.base:
        try:
            yield fake
        finally:
            fake.misbehaviour.rest.set()

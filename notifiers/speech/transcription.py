"""What turns a recording into words: the port, and an OpenAI-compatible service behind it."""

import re
import unicodedata
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Protocol

import aiohttp
import orjson

from config.clock import Clock
from config.settings import Speech
from notifiers.errors import Puzzling, Undeliverable
from notifiers.openai_errors import OK, Service, failure
from notifiers.speech.hearing import Pcm
from notifiers.wire import TooLong, Wire

SPEECH = Service("speech", what="语音服务", path="/audio/transcriptions")
LONGEST_ANSWER = 262_144
LONGEST_TRANSCRIPT = 2_000
"""Characters: five times what anybody says in a minute."""
REFUSED = "refused"
_TOO_LARGE = 413
_TAG = re.compile(r"<\|[^|<>]{0,40}\|>")
"""SenseVoice's remarks about language and mood."""


class SpeechToText(Protocol):
    """Every implementation may raise the errors of notifiers/errors.py."""

    async def transcribe(self, recording: Pcm) -> str:
        """The words, empty where there are none."""
        ...


class SpeechService:
    """`SpeechToText` over `POST {base_url}/audio/transcriptions`
    (platform.openai.com/docs/api-reference/audio/createTranscription)."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        settings: Speech,
        clock: Clock,
        *,
        boundary: Callable[[], str] = lambda: uuid.uuid4().hex,
    ) -> None:
        self._wire = Wire(session, timedelta(seconds=settings.timeout_seconds))
        self._settings = settings
        self._clock = clock
        self._boundary = boundary

    async def transcribe(self, recording: Pcm) -> str:
        boundary = self._boundary()
        headers = {
            "Content-Type": f"multipart/form-data; boundary={boundary}",
            "Accept": "application/json",
        }
        if self._settings.api_key is not None:
            headers["Authorization"] = f"Bearer {self._settings.api_key.get_secret_value()}"
        url = f"{self._settings.base_url}/audio/transcriptions"
        body = _form(boundary, self._fields(), recording.as_wav())
        try:
            raw = await self._wire.raw(
                "POST", url, headers=headers, body=body, longest=LONGEST_ANSWER
            )
        except TooLong:
            raise Undeliverable("the answer is too long", code=REFUSED, by_platform=True) from None
        if raw.status == _TOO_LARGE:
            raise Undeliverable("the recording is too large", code=REFUSED, by_platform=True)
        if raw.status != OK:
            raise failure(SPEECH, raw.status, raw.content, raw.headers, now=self._clock.now())
        return _words(raw.content)

    def _fields(self) -> dict[str, str]:
        fields = {"model": self._settings.model or "", "response_format": "json"}
        if self._settings.language:
            fields["language"] = self._settings.language
        return fields


def _form(boundary: str, fields: dict[str, str], wav: bytes) -> bytes:
    """multipart/form-data, whole: its length is known, and a retry is the same."""
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    head = (
        f"--{boundary}\r\n"
        'Content-Disposition: form-data; name="file"; filename="voice.wav"\r\n'
        "Content-Type: audio/wav\r\n\r\n"
    )
    return b"".join((*parts, head.encode(), wav, f"\r\n--{boundary}--\r\n".encode()))


def _words(content: bytes) -> str:
    try:
        body = orjson.loads(content)
    except orjson.JSONDecodeError:
        raise Puzzling("the answer is not JSON", code="no answer") from None
    text = body.get("text") if isinstance(body, dict) else None
    if not isinstance(text, str):
        raise Puzzling("there is no text in the answer", code="no answer")
    return believable(text)


def believable(text: str) -> str:
    """The transcript; refused where nobody could have said so much."""
    if len(text) > LONGEST_TRANSCRIPT:
        raise Undeliverable("the answer is too long", code=REFUSED, by_platform=True)
    return text


def tidy(text: str) -> str:
    """A transcript as words: no remarks, no control characters, single spaces; empty where only
    marks are left."""
    plain = "".join(
        char if unicodedata.category(char)[0] != "C" else " " for char in _TAG.sub("", text)
    )
    plain = " ".join(plain.split())
    return plain if any(char.isalnum() for char in plain) else ""

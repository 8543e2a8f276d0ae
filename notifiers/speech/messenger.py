"""The callee that the outbox knows as `speech`: a recording in, its words out.

    transcribe {"message_id"}   a client's recording, which the database keeps
    listen {"media_id"}         a colleague's, which is fetched, heard and let go

Answers {"text", "seconds"}.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from crm_store.queries.recordings import content_of
from crm_store.store import Store
from notifiers.card import Card, Message
from notifiers.errors import Undeliverable
from notifiers.messenger import Receipt, ReplyAddress
from notifiers.speech.hearing import decoded
from notifiers.speech.transcription import SpeechToText, tidy

APP = "speech"
TRANSCRIBE, LISTEN = "transcribe", "listen"
GONE = "gone"
Fetch = Callable[[str], Awaitable[bytes]]
"""A colleague's recording by its media_id."""


class SpeechMessenger:
    """`Messenger` over whatever turns speech into text. It is asked and told nothing."""

    def __init__(self, store: Store, to_text: SpeechToText, fetch: Fetch | None = None) -> None:
        self._store = store
        self._to_text = to_text
        self._fetch = fetch

    async def send(
        self, to: str, message: Message, *, key: str, repeat: int, reply: ReplyAddress | None = None
    ) -> Receipt:
        raise Undeliverable("speech is told nothing")

    async def update(self, to: str, key: str, card: Card, *, code: str | None) -> None:
        raise Undeliverable("speech is told nothing")

    async def call(self, api: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """As in `Messenger`; `api` is TRANSCRIBE or LISTEN."""
        match api:
            case "transcribe":
                content = await self._kept(arguments["message_id"])
            case "listen" if self._fetch is not None:
                content = await self._fetch(arguments["media_id"])
            case _:
                raise Undeliverable(f"there is no call named {api}", code="unknown api")
        pcm = await decoded(content)
        text = await self._to_text.transcribe(pcm)
        return {"text": tidy(text), "seconds": round(pcm.seconds)}

    async def _kept(self, message_id: int) -> bytes:
        async with self._store.view() as view:
            content = await content_of(view, message_id)
        if content is None:
            raise Undeliverable("the recording is gone", code=GONE)
        return content

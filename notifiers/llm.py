"""The client of a language model: one question, one POST, and an answer in the shape it was asked
for, or one of the errors of notifiers/errors.py."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import aiohttp
import orjson
from pydantic import ValidationError

from config.clock import Clock
from config.settings import Llm
from notifiers.card import Card, Message
from notifiers.errors import DeliveryError, Puzzling, Retryable, Undeliverable
from notifiers.llm_budget import OVER_BUDGET, DailyBudget
from notifiers.llm_question import FIELDS, Answered, request
from notifiers.messenger import Receipt, ReplyAddress
from notifiers.openai_errors import OK, Service, failure
from notifiers.wire import Raw, TooLong, Wire

_SCHEMA = "llm.model 或它的服务不支持 response_format: json_schema：换一个支持的"
SERVICE = Service(
    "llm",
    what="大模型服务",
    path="/chat/completions",
    parameters={"response_format": _SCHEMA},
)
READ = "read"
"""The one call: {"text", "said_at", "fields"} → {"found": [...]}."""
LONGEST = 262_144
"""Bytes of an answer: forty findings are a tenth of it."""
_FINISHED = ("stop", None)
_LATE = "timeout"


class LlmMessenger:
    """`Messenger` over an OpenAI-compatible server. It is asked and told nothing."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        settings: Llm,
        clock: Clock,
        budget: DailyBudget | None = None,
    ) -> None:
        self._wire = Wire(session, timedelta(seconds=settings.timeout_seconds))
        self._settings = settings
        self._clock = clock
        self._budget = budget

    async def send(
        self, to: str, message: Message, *, key: str, repeat: int, reply: ReplyAddress | None = None
    ) -> Receipt:
        raise Undeliverable("a model is told nothing")

    async def update(self, to: str, key: str, card: Card, *, code: str | None) -> None:
        raise Undeliverable("a model is told nothing")

    async def call(self, api: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """As in `Messenger`; `api` is READ."""
        if api != READ:
            raise Undeliverable(f"there is no call named {api}", code="unknown api")
        fields = [name for name in arguments["fields"] if name in FIELDS]
        asked = request(self._settings.model, arguments["text"], arguments["said_at"], fields)
        # In this order: strict servers write the keys as the schema lists them.
        raw = await self._ask_within_budget(orjson.dumps(asked))
        if raw.status != OK:
            raise failure(SERVICE, raw.status, raw.content, raw.headers, now=self._clock.now())
        return {"found": [found.model_dump() for found in _answered(raw.content).found]}

    async def _ask_within_budget(self, body: bytes) -> Raw:
        if self._budget is None:
            return await self._ask(body)
        if not await self._budget.take():
            raise Undeliverable("the day's questions are spent", code=OVER_BUDGET)
        try:
            return await self._ask(body)
        except Puzzling:
            raise
        except Retryable:
            await self._budget.give_back()
            raise

    async def _ask(self, body: bytes) -> Raw:
        key = self._settings.api_key
        headers = {"Authorization": f"Bearer {key.get_secret_value()}"} if key else None
        url = f"{self._settings.base_url}/chat/completions"
        try:
            return await self._wire.raw("POST", url, headers=headers, body=body, longest=LONGEST)
        except TooLong:
            raise _unusable("the answer is too long") from None
        except Retryable as late:
            if late.code == _LATE:
                # It may have thought all the while, and be paid for it: a few tries only.
                raise Puzzling(late.reason, code=_LATE) from None
            raise


def _answered(content: bytes) -> Answered:
    """The findings; what is wrong with the answer's shell may be the server's bad moment, what is
    wrong inside it would be said again."""
    try:
        body = orjson.loads(content)
        choice = body["choices"][0]
        message, reason = choice["message"], choice.get("finish_reason")
        said, refusal = message.get("content"), message.get("refusal")
    except (orjson.JSONDecodeError, LookupError, TypeError, AttributeError):
        raise Puzzling("the model's answer is none", code="no answer") from None
    if refusal:
        raise _unusable("the model refused the question", code="refusal")
    if reason not in _FINISHED:
        raise _unusable("the model broke off", code=_name(reason))
    try:
        return Answered.model_validate_json(said if isinstance(said, str) else "")
    except ValidationError:
        raise _unusable("the answer is not in the shape asked for", code="schema") from None


def _unusable(reason: str, *, code: str = "") -> DeliveryError:
    """It did answer, so its settings are right."""
    return Undeliverable(reason, code=code or "unusable", by_platform=True)


def _name(reason: object) -> str:
    """A finish_reason as it may stand in a log: a server's word, if it is one."""
    known = ("length", "content_filter", "tool_calls", "function_call")
    return reason if isinstance(reason, str) and reason in known else "unknown"

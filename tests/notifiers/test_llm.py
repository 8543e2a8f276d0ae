"""The client of a language model against a small server that speaks its protocol."""

import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from structlog.testing import capture_logs

from config.clock import TurnedClock
from config.settings import Llm
from notifiers.card import Text
from notifiers.errors import DeliveryError, Misconfigured, Puzzling, Retryable, Undeliverable
from notifiers.llm import LONGEST, READ, LlmMessenger
from notifiers.llm_question import FIELDS, Found, schema
from notifiers.messenger import Messenger
from notifiers.openai_errors import retry_after
from tests.fakes.fake_llm import KEY, MODEL, FakeLlm, found, running_llm
from tests.fakes.misbehaviour import Mood

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
WORDS = "手头大概三五十，年前想定下来"
BUDGET = found("budget", "三五十", min=300_000.0, max=500_000.0, unit="CNY")


@dataclass
class Line:
    fake: FakeLlm
    session: aiohttp.ClientSession

    def messenger(self, **changes: Any) -> LlmMessenger:
        given = {"base_url": self.fake.base, "model": MODEL, "api_key": KEY, **changes}
        return LlmMessenger(self.session, Llm.model_validate(given), TurnedClock(NOW))

    async def asks(self, messenger: LlmMessenger | None = None) -> dict[str, Any]:
        question = {"text": WORDS, "said_at": NOW.isoformat(), "fields": ["budget", "time"]}
        return await (messenger or self.messenger()).call(READ, question)

    async def fails(self, **changes: Any) -> DeliveryError:
        with pytest.raises(DeliveryError) as failed:
            await self.asks(self.messenger(**changes))
        return failed.value


@pytest.fixture
async def line() -> AsyncIterator[Line]:
    async with running_llm() as fake, aiohttp.ClientSession() as session:
        yield Line(fake, session)


async def test_a_question_comes_back_as_findings(line: Line) -> None:
    line.fake.findings = [BUDGET]

    answer = await line.asks()

    assert answer == {"found": [BUDGET]}
    (asked,) = line.fake.requests
    assert line.fake.messages == [WORDS]
    assert "budget" in asked["messages"][0]["content"]
    assert "competitor" not in asked["messages"][0]["content"]


async def test_the_same_question_is_the_same_request(line: Line) -> None:
    await line.asks()
    await line.asks()

    first, again = line.fake.requests
    assert first == again


def test_the_schema_says_what_is_checked() -> None:
    one = schema(sorted(FIELDS))["properties"]["found"]["items"]

    assert list(one["properties"]) == list(Found.model_fields)


async def test_a_server_without_a_key_is_sent_none(line: Line) -> None:
    error = await line.fails(api_key=None)

    assert isinstance(error, Misconfigured)
    assert "llm.api_key" in error.advice


async def test_a_model_is_told_nothing(line: Line) -> None:
    messenger: Messenger = line.messenger()

    with pytest.raises(Undeliverable):
        await messenger.send("anybody", Text(text="你好"), key="K", repeat=0)
    with pytest.raises(Undeliverable):
        await messenger.call("write", {})


@pytest.mark.parametrize(
    ("changes", "advice"),
    [({"api_key": "sk-wrong-key-0000"}, "llm.api_key"), ({"model": "other"}, "llm.model")],
)
async def test_a_wrong_setting_is_named(line: Line, changes: dict[str, str], advice: str) -> None:
    error = await line.fails(**changes)

    assert isinstance(error, Misconfigured)
    assert error.app == "llm"
    assert advice in error.advice


@pytest.mark.parametrize(
    ("status", "error", "kind"),
    [
        (400, {}, Undeliverable),
        (400, {"param": "response_format"}, Misconfigured),
        (400, {"code": "model_not_exist"}, Misconfigured),
        (400, {"param": "messages", "code": "context_length_exceeded"}, Undeliverable),
        (402, {}, Misconfigured),
        (403, {}, Misconfigured),
        (408, {}, Retryable),
        (413, {}, Undeliverable),
        (429, {}, Retryable),
        (429, {"code": "insufficient_quota"}, Misconfigured),
        (500, {}, Retryable),
        (503, {}, Retryable),
        (204, {}, Puzzling),
    ],
)
async def test_a_refusal_is_judged_by_its_status_and_fields(
    line: Line, status: int, error: dict[str, str], kind: type[DeliveryError]
) -> None:
    line.fake.refuses(status, error)

    failed = await line.fails()

    assert type(failed) is kind
    assert "quotes" not in str(failed)


async def test_it_goes_where_the_settings_say_and_nowhere_else(line: Line) -> None:
    elsewhere = {"Location": "http://127.0.0.1:9/v1/chat/completions"}
    line.fake.script.append(web.Response(status=307, headers=elsewhere))

    error = await line.fails()

    assert isinstance(error, Misconfigured)
    assert "llm.base_url" in error.advice


async def test_a_server_that_limits_says_how_long(line: Line) -> None:
    line.fake.refuses(429, headers={"Retry-After": "7"})

    error = await line.fails()

    assert isinstance(error, Retryable)
    assert error.after == timedelta(seconds=7)


@pytest.mark.parametrize(
    ("said", "wait"),
    [
        ("Tue, 24 Nov 2026 02:00:30 GMT", timedelta(seconds=30)),
        ("Tue, 24 Nov 2026 01:00:00 GMT", timedelta()),
        ("9" * 5_000, timedelta(minutes=5)),
        ("86400", timedelta(minutes=5)),
        ("soon", None),
        ("", None),
        ("-1", None),
    ],
)
def test_a_wait_is_read_and_bounded(said: str, wait: timedelta | None) -> None:
    assert retry_after(said, now=NOW) == wait


@pytest.mark.parametrize(
    ("answer", "kind", "code"),
    [
        ("好的，预算是三十万。", Undeliverable, "schema"),
        ('{"found": [{"field": "budget"}]}', Undeliverable, "schema"),
        ('{"found": [], "also": 1}', Undeliverable, "schema"),
        ('{"found": [' + "[" * 50_000, Undeliverable, "schema"),
        ({"finish_reason": "length"}, Undeliverable, "length"),
        ({"finish_reason": "content_filter"}, Undeliverable, "content_filter"),
        ({"message": {"content": None, "refusal": "不行"}}, Undeliverable, "refusal"),
        ({"message": {"content": None}}, Undeliverable, "schema"),
        ({"message": None}, Puzzling, "no answer"),
    ],
)
async def test_an_answer_that_cannot_be_used_is_none(
    line: Line, answer: Any, kind: type[DeliveryError], code: str
) -> None:
    line.fake.script.append(answer)

    error = await line.fails()

    assert (type(error), error.code) == (kind, code)


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"choices": []}', b'"x"', b"\xff"])
async def test_a_body_that_is_no_completion_is_tried_a_few_times(line: Line, body: bytes) -> None:
    line.fake.script.append(web.Response(body=body))

    assert isinstance(await line.fails(), Puzzling)


async def test_more_than_anybody_wants_to_read_is_not_read(line: Line) -> None:
    line.fake.script.append(web.Response(body=b" " * (8 * LONGEST)))

    error = await line.fails()

    assert isinstance(error, Undeliverable)


@pytest.mark.parametrize(
    ("mood", "kind"),
    [(Mood.SILENT, Puzzling), (Mood.RESET, Retryable), (Mood.BROKEN, Retryable)],
)
async def test_a_server_in_trouble_is_asked_again_and_a_slow_one_a_few_times(
    line: Line, mood: Mood, kind: type[DeliveryError]
) -> None:
    line.fake.will(mood)

    assert type(await line.fails(timeout_seconds=1)) is kind


async def test_a_server_that_drips_is_a_slow_one(line: Line) -> None:
    line.fake.drips = True

    assert type(await line.fails(timeout_seconds=1)) is Puzzling


async def test_neither_the_key_nor_the_words_are_logged(
    line: Line, caplog: pytest.LogCaptureFixture
) -> None:
    line.fake.refuses(400)
    with caplog.at_level(logging.DEBUG), capture_logs() as events:
        error = await line.fails()
        await line.asks()

    said = f"{events} {caplog.text} {error!r}"
    assert KEY not in said
    assert "三五十" not in said

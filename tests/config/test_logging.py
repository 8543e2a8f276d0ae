import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from config.logging import configure, mask_private_data


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers = handlers
    root.setLevel(level)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_an_event_is_one_line_of_json_with_its_context() -> None:
    stream = io.StringIO()
    configure("info", json=True, stream=stream)
    structlog.contextvars.bind_contextvars(event_id=7)

    structlog.get_logger("bot.worker").info("handled", kind="client_message", 线索="L1")
    structlog.get_logger("bot.worker").debug("unseen")

    (said,) = lines(stream)
    assert said["event"] == "handled"
    assert (said["event_id"], said["level"], said["logger"]) == (7, "info", "bot.worker")
    assert said["线索"] == "L1"


def test_a_librarys_words_go_the_same_way() -> None:
    stream = io.StringIO()
    configure("info", json=True, stream=stream)

    logging.getLogger("some.library").warning("call %s failed", "13800001234")
    logging.getLogger("aiohttp.access").info("GET /")

    (said,) = lines(stream)
    assert said["event"] == "call *** failed"


def test_an_exception_is_told_without_what_is_private_in_it() -> None:
    stream = io.StringIO()
    configure("info", json=True, stream=stream)

    try:
        int("no number from zhao@example.com")
    except ValueError:
        structlog.get_logger().exception("failed")

    (said,) = lines(stream)
    assert "ValueError" in said["exception"]
    assert "zhao" not in stream.getvalue()


def test_a_half_character_does_not_break_the_log() -> None:
    stream = io.StringIO()
    configure("info", json=True, stream=stream)

    structlog.get_logger().info("said", words="坏\ud800字", thing=object())

    assert lines(stream)[0]["words"] == "坏?字"


def test_on_a_terminal_the_log_is_for_reading() -> None:
    stream = io.StringIO()
    configure("warning", json=False, stream=stream)

    structlog.get_logger().warning("slow", seconds=3)

    assert "slow" in stream.getvalue()
    assert "seconds=3" in stream.getvalue()


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("text", "电话13800001234,", "电话***,"),
        ("text", "+86 138-0000-1234", "***"),
        ("text", "021-54321098", "***"),
        ("text", "order 20261122138000012345", "order 20261122138000012345"),
        ("to", "a.b@example.com.cn", "***"),
        ("access_token", "abc", "***"),
        ("aes_key", "abc", "***"),
        ("tokens", 3, 3),
        ("token", None, None),
        ("key", "wecom:kf:1", "wecom:kf:1"),
        ("url", "https://x/cgi?access_token=abc&debug=1", "https://x/cgi?access_token=***&debug=1"),
        ("url", "postgresql+asyncpg://u:pw@h/d", "postgresql+asyncpg://u:***@h/d"),
        ("path", "/t/eyJhbGciOi.abc-DEF_x", "/t/***"),
        ("header", "Bearer abcdef", "Bearer ***"),
        ("body", {"phone": "13800001234", "secret": "x"}, {"phone": "***", "secret": "***"}),
        ("people", ["13800001234", 5], ["***", 5]),
        ("raw", b"123", "<3 bytes>"),
    ],
)
def test_what_is_private_is_masked(name: str, value: object, shown: object) -> None:
    assert mask_private_data(None, "info", {name: value}) == {name: shown}

"""`grep ID` shows the way of a client's words, from the callback to the card on a rep's phone."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from bot.sandbox.cast import demo_cast
from bot.sandbox.ledger import Ledger
from config.logging import configure
from tests.e2e.conftest import Opens
from tests.eventually import eventually

ASK = "你好，我们医院想了解CT设备的参数，预算300万左右，电话13800001234"


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What the process logs, in place of stderr."""
    root, stream = logging.getLogger(), io.StringIO()
    handlers, level = root.handlers, root.level
    configure("info", json=True, stream=stream)
    yield stream
    root.handlers = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def lines(log: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


def card_keys(ledger: Ledger) -> list[str]:
    """The wire keys of the cards that came up on WeCom."""
    cards = [call.body.get("template_card") or {} for call in ledger.delivered()]
    return [card["task_id"] for card in cards if "task_id" in card]


async def test_one_id_leads_from_the_clients_words_to_the_card(
    opens: Opens, log: io.StringIO
) -> None:
    async with opens(cast=demo_cast()) as on:
        await on.sandbox.client_writes("zhao", ASK)
        await eventually(lambda: bool(card_keys(on.sandbox.ledger)))
        (key,) = card_keys(on.sandbox.ledger)
        await eventually(lambda: f'"key":"{key}"' in log.getvalue())

    (delivered,) = [line for line in lines(log) if line.get("key") == key]
    way = [line for line in lines(log) if delivered["trace"] in line.get("trace", "")]
    steps = [(line["event"], line.get("kind") or line.get("errand")) for line in way]
    assert steps[0] == ("events_stored", None)
    assert ("event_handled", "client_message") in steps
    assert ("delivered", "call") in steps
    assert ("event_handled", "call_answered") in steps
    assert steps.index(("delivered", "call")) < steps.index(("delivered", "send"))


async def test_what_two_people_say_has_two_ids(opens: Opens, log: io.StringIO) -> None:
    async with opens(cast=demo_cast()) as on:
        await on.sandbox.member_writes("lina", "帮助")
        await on.sandbox.member_writes("chen", "帮助")
        await eventually(lambda: log.getvalue().count('"event":"delivered"') >= 2)

    said = [line for line in lines(log) if line["event"] == "delivered"]
    assert len({line["trace"] for line in said}) == 2

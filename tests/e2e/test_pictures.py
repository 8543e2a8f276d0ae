"""A picture on its way to both platforms over real HTTP: left there first, then shown; what gets
lost between is had again, and nobody sees it twice."""

from collections.abc import Callable

import pytest

from bot.demo import Stage
from bot.sandbox.cast import demo_cast
from bot.sandbox.screens import Item
from tests.e2e.conftest import Opens
from tests.e2e.test_dingtalk import ASK, cards
from tests.eventually import eventually

UPLOAD, SEND = "media/upload", "message/send"
PNG = b"\x89PNG\r\n\x1a\n"


def pictures(on: Stage, person: str) -> list[Item]:
    return [item for item in on.sandbox.screen(person) if item.kind == "image"]


def nothing(on: Stage) -> None:
    pass


def upload_answer_lost(on: Stage) -> None:
    on.sandbox.faults.drop_after_delivery(UPLOAD, times=2)


def upload_out_of_order(on: Stage) -> None:
    on.sandbox.faults.http_status(UPLOAD, 500)
    on.sandbox.faults.reset(UPLOAD)


def upload_token_refused(on: Stage) -> None:
    on.sandbox.faults.will_answer(UPLOAD, 40014, "invalid access_token")


def sending_answer_lost(on: Stage) -> None:
    on.sandbox.faults.drop_after_delivery(SEND, times=2)


@pytest.mark.parametrize(
    "fault",
    [nothing, upload_answer_lost, upload_out_of_order, upload_token_refused, sending_answer_lost],
)
async def test_a_picture_comes_up_once_in_wecom(
    opens: Opens, fault: Callable[[Stage], None]
) -> None:
    async with opens(cast=demo_cast()) as on:
        await on.sandbox.client_writes("zhao", ASK)
        await eventually(lambda: len(cards(on, "lina", "CT设备")) == 1)
        fault(on)

        await on.sandbox.member_writes("lina", "热力图")
        await eventually(lambda: len(pictures(on, "lina")) == 1)
        await on.sandbox.settled()

        (shown,) = pictures(on, "lina")
        assert shown.picture.startswith(PNG)
        assert len(shown.picture) < 2 * 1024 * 1024
        assert on.sandbox.ledger.violations == []


@pytest.mark.parametrize(
    "fault", [nothing, upload_answer_lost, upload_out_of_order, upload_token_refused]
)
async def test_a_picture_comes_up_once_in_dingtalk(
    opens: Opens, fault: Callable[[Stage], None]
) -> None:
    async with opens(cast=demo_cast()) as on:
        await on.sandbox.client_writes("zhao", ASK)
        await eventually(lambda: len(cards(on, "lina", "CT设备")) == 1)
        fault(on)

        await on.sandbox.member_writes("chen", "热力图")
        await eventually(lambda: len(pictures(on, "chen")) == 1)
        await on.sandbox.settled()

        assert pictures(on, "chen")[0].picture.startswith(PNG)
        assert on.sandbox.ledger.violations == []


async def test_a_platform_that_takes_no_picture_says_the_words(opens: Opens) -> None:
    async with opens(cast=demo_cast()) as on:
        await on.sandbox.client_writes("zhao", ASK)
        await eventually(lambda: len(cards(on, "lina", "CT设备")) == 1)
        on.sandbox.faults.will_answer(UPLOAD, 40009, "invalid image size", times=9)

        await on.sandbox.member_writes("lina", "热力图")
        said = "时效热力图 · 近 7 天"
        await eventually(lambda: any(said in i.text for i in on.sandbox.screen("lina")))

        assert pictures(on, "lina") == []

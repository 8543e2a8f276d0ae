"""doctor on voice messages: what is missing, and the setting or the command that mends it."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.commands.doctor_speech import hearing
from bot.commands.findings import Mark
from config.settings import Settings
from tests.fakes.fake_speech import KEY, MODEL, FakeSpeech, running_speech

WECOM = {
    "corp_id": "ww0123456789abcdef",
    "apps": {"kf": {"secret": "s", "token": "t", "aes_key": "a" * 43}},
}


@pytest.fixture
async def fake() -> AsyncIterator[FakeSpeech]:
    async with running_speech() as running:
        yield running


async def examined(**speech: Any) -> list[tuple[Mark, str]]:
    settings = Settings.model_validate({"wecom": WECOM, "speech": speech or None})
    return [(one.mark, str(one)) async for one in hearing(settings)]


async def test_a_service_that_answers_is_well(fake: FakeSpeech) -> None:
    ((mark, said),) = await examined(base_url=fake.base, model=MODEL, api_key=KEY)

    assert mark is Mark.GOOD
    assert MODEL in said
    assert fake.heard[0]["seconds"] == 1


@pytest.mark.parametrize(
    ("changes", "advice"),
    [
        ({"api_key": "sk-wrong"}, "speech.api_key"),
        ({"model": "deaf"}, "speech.model"),
        ({"base_url": "http://127.0.0.1:9/v1"}, "speech.base_url"),
    ],
)
async def test_a_wrong_setting_is_named(
    fake: FakeSpeech, changes: dict[str, str], advice: str
) -> None:
    given = {"base_url": fake.base, "model": MODEL, "api_key": KEY, **changes}
    ((mark, said),) = await examined(**given)

    assert mark is Mark.FAULT
    assert advice in said


async def test_without_a_service_it_says_what_becomes_of_voices() -> None:
    ((mark, said),) = await examined()

    assert mark is Mark.NOTE
    assert "录音留着" in said


async def test_a_local_model_needs_its_program_and_its_files(tmp_path: Path) -> None:
    ((mark, said),) = await examined(model_dir=str(tmp_path))

    assert mark is Mark.FAULT
    assert "[speech]" in said or "tokens.txt" in said

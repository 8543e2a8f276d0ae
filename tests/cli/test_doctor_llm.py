"""doctor at the language model: each fault, and the setting that mends it."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.commands.doctor_llm import model
from bot.commands.findings import Mark
from config.settings import Settings
from tests.fakes.fake_llm import KEY, MODEL, FakeLlm, found, running_llm
from tests.fakes.misbehaviour import Mood

BUDGET = found("budget", "三五十万", min=300_000.0, max=500_000.0, unit="CNY")


@pytest.fixture
async def fake() -> AsyncIterator[FakeLlm]:
    async with running_llm() as running:
        running.findings = [BUDGET]
        yield running


async def examined(fake: FakeLlm, **changes: Any) -> list[tuple[Mark, str]]:
    llm = {"base_url": fake.base, "model": MODEL, "api_key": KEY, "timeout_seconds": 1}
    settings = Settings.model_validate({"llm": {**llm, **changes}})
    return [(one.mark, str(one)) async for one in model(settings)]


async def test_a_model_that_answers_is_well(fake: FakeLlm) -> None:
    ((mark, said),) = await examined(fake)

    assert mark is Mark.GOOD
    assert f"大模型 {MODEL} 能答" in said


async def test_without_a_model_there_is_nothing_to_look_at() -> None:
    assert [one async for one in model(Settings.model_validate({}))] == []


@pytest.mark.parametrize(
    ("changes", "advice"),
    [
        ({"api_key": "sk-wrong-key-0123456789"}, "llm.api_key"),
        ({"model": "other"}, "llm.model"),
        ({"base_url": "http://127.0.0.1:9/v1"}, "llm.base_url"),
    ],
)
async def test_a_wrong_setting_is_named(
    fake: FakeLlm, changes: dict[str, str], advice: str
) -> None:
    ((mark, said),) = await examined(fake, **changes)

    assert mark is Mark.FAULT
    assert advice in said
    assert "sk-" not in said


async def test_a_model_that_does_not_keep_to_the_shape_is_a_fault(fake: FakeLlm) -> None:
    fake.script.append("预算是三五十万")

    ((mark, said),) = await examined(fake)

    assert mark is Mark.FAULT
    assert "json_schema" in said


async def test_a_model_that_does_not_answer_is_a_fault(fake: FakeLlm) -> None:
    fake.will(Mood.SILENT)

    ((mark, said),) = await examined(fake)

    assert mark is Mark.FAULT
    assert "llm.timeout_seconds" in said


async def test_a_model_that_reads_nothing_is_noted(fake: FakeLlm) -> None:
    fake.findings = []

    ((mark, said),) = await examined(fake)

    assert mark is Mark.NOTE
    assert "以规则为准" in said


async def test_words_that_leave_the_house_as_they_are_are_noted(fake: FakeLlm) -> None:
    far = "http://llm.example.invalid/v1"

    seen = await examined(fake, base_url=far, mask=False)

    assert [mark for mark, _ in seen] == [Mark.FAULT, Mark.NOTE, Mark.FAULT]
    assert "https://" in seen[0][1]
    assert "llm.mask: true" in seen[1][1]

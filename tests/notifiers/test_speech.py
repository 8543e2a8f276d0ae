"""What turns PCM into words: the client of a service against a small server, and what a model on
this machine needs before it is asked."""

import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest

from config.clock import TurnedClock
from config.settings import Speech
from notifiers.errors import DeliveryError, Misconfigured, Puzzling, Retryable, Undeliverable
from notifiers.in_chinese import app_told, reason_told
from notifiers.speech.hearing import Pcm
from notifiers.speech.sherpa import Architecture, LocalModel, NoModel, find_model
from notifiers.speech.transcription import SpeechService, tidy
from tests.eventually import eventually
from tests.fakes.fake_speech import KEY, MODEL, FakeSpeech, running_speech
from tests.fakes.misbehaviour import Mood
from tests.recordings import tone

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
SOUND = Pcm(tone(0.5, 16_000))


@dataclass
class Line:
    fake: FakeSpeech
    session: aiohttp.ClientSession

    def service(self, **changes: Any) -> SpeechService:
        given = {"base_url": self.fake.base, "model": MODEL, "api_key": KEY, **changes}
        return SpeechService(self.session, Speech.model_validate(given), TurnedClock(NOW))

    async def fails(self, **changes: Any) -> DeliveryError:
        with pytest.raises(DeliveryError) as failed:
            await self.service(**changes).transcribe(SOUND)
        assert "quotes" not in str(failed.value)
        return failed.value


@pytest.fixture
async def line() -> AsyncIterator[Line]:
    async with running_speech() as fake, aiohttp.ClientSession() as session:
        yield Line(fake, session)


async def test_a_recording_goes_out_as_a_form_and_comes_back_as_words(line: Line) -> None:
    line.fake.says = "预算三百万"

    assert await line.service().transcribe(SOUND) == "预算三百万"
    (heard,) = line.fake.heard
    assert heard["seconds"] == 0.5
    assert (heard["file"], heard["language"]) == ("voice.wav", "zh")
    line.fake.answers('{"text": ""}')
    assert await line.service(language="").transcribe(SOUND) == ""
    assert "language" not in line.fake.heard[-1]


async def test_what_passes_is_tried_again(line: Line) -> None:
    line.fake.will(Mood.SILENT, Mood.RESET, Mood.BROKEN)
    codes = [(await line.fails(timeout_seconds=1)).code for _ in range(3)]
    line.fake.refuses(429, headers={"Retry-After": "7"})
    limited = await line.fails()

    assert codes == ["timeout", "connection", "http 502"]
    assert isinstance(limited, Retryable)
    assert limited.after == timedelta(seconds=7)


async def test_an_answer_that_is_none_is_tried_a_few_times(line: Line) -> None:
    line.fake.will(Mood.HTML)
    for body in ("好的", "[]", '{"text": null}'):
        line.fake.answers(body)

    assert [type(await line.fails()) for _ in range(4)] == [Puzzling] * 4


async def test_a_recording_that_is_refused_and_words_nobody_can_have_said(line: Line) -> None:
    line.fake.refuses(413)
    line.fake.refuses(422)
    line.fake.answers('{"text": "%s"}' % ("啊" * 3_000))
    line.fake.answers(" " * 300_000)

    failures = [await line.fails() for _ in range(4)]

    assert {type(one) for one in failures} == {Undeliverable}
    assert all(one.code and one.by_platform for one in failures)
    assert [reason_told(one.reason).isascii() for one in failures] == [False] * 4


async def test_wrong_settings_are_told_by_their_name(line: Line) -> None:
    wrong = [
        await line.fails(api_key="sk-another"),
        await line.fails(base_url=f"{line.fake.base}/nowhere"),
        await line.fails(model="deaf"),
    ]

    assert {type(one) for one in wrong} == {Misconfigured}
    advices = [getattr(one, "advice", "") for one in wrong]
    assert ["speech.api_key" in text for text in advices] == [True, False, False]
    assert ["speech.model" in text for text in advices] == [False, True, True]
    assert app_told("speech") == "语音转文字"


# -- a model on this machine -----------------------------------------------------------------


@dataclass
class Ears:
    """A recognizer in the shape of sherpa-onnx's."""

    says: str = "<|zh|><|NEUTRAL|>预算三百万"
    samples: list[float] = field(default_factory=list)

    def create_stream(self) -> Any:
        result = SimpleNamespace(text=self.says)
        return SimpleNamespace(result=result, accept_waveform=self._accept)

    def _accept(self, rate: int, samples: list[float]) -> None:
        assert rate == 16_000
        self.samples = samples

    def decode_stream(self, stream: Any) -> None:
        assert self.samples


def _folder(path: Path, *names: str, tokens: str = "<blk> 0\n") -> Path:
    path.mkdir()
    (path / "tokens.txt").write_text(tokens, encoding="utf-8")
    for name in names:
        (path / name).write_bytes(b"onnx")
    return path


def test_a_model_is_known_by_its_files(tmp_path: Path) -> None:
    sense = _folder(tmp_path / "a", "model.onnx", "model.int8.onnx", tokens="<|zh|> 0\n")
    whole = _folder(tmp_path / "b", "model.onnx")
    parts = _folder(tmp_path / "c", "encoder-epoch-12.int8.onnx", "decoder.onnx", "joiner.onnx")

    found = [find_model(folder) for folder in (sense, whole, parts)]

    kinds = [Architecture.SENSE_VOICE, Architecture.PARAFORMER, Architecture.TRANSDUCER]
    assert [model.architecture for model in found] == kinds
    assert found[0].parts == (sense / "model.int8.onnx",)


def test_what_a_folder_lacks_is_named(tmp_path: Path) -> None:
    _folder(tmp_path / "empty")
    _folder(tmp_path / "half", "encoder.onnx")
    (tmp_path / "bare").mkdir()

    for name, said in (
        ("nowhere", "没有文件夹"),
        ("bare", r"tokens\.txt"),
        ("empty", "model"),
        ("half", r"decoder\*\.onnx、joiner"),
    ):
        with pytest.raises(NoModel, match=said):
            find_model(tmp_path / name)


async def test_a_model_is_loaded_once_and_hears_samples(tmp_path: Path) -> None:
    folder = _folder(tmp_path / "a", "model.onnx")
    loaded, ears = [], Ears()

    def load(model: Any, language: str) -> Ears:
        loaded.append((model.architecture, language))
        return ears

    model = LocalModel(Speech(model_dir=folder), load=load)

    assert tidy(await model.transcribe(SOUND)) == "预算三百万"
    assert await model.transcribe(SOUND)
    assert loaded == [(Architecture.PARAFORMER, "zh")]
    assert len(ears.samples) == 8_000
    assert -1 <= min(ears.samples) < 0 < max(ears.samples) <= 1


@pytest.mark.parametrize(
    ("fault", "said"), [(ImportError(), r"\[speech\]"), (RuntimeError("protobuf"), "打不开")]
)
async def test_a_model_that_cannot_be_loaded_is_a_wrong_setting(
    tmp_path: Path, fault: Exception, said: str
) -> None:
    def load(model: Any, language: str) -> Any:
        raise fault

    settings = Speech(model_dir=_folder(tmp_path / "a", "model.onnx"))
    with pytest.raises(Misconfigured) as wrong:
        await LocalModel(settings, load=load).transcribe(SOUND)

    assert wrong.value.app == "speech"
    assert said.replace("\\", "") in wrong.value.advice


async def test_a_model_that_hangs_lets_go_and_is_asked_again_once_it_is_back(
    tmp_path: Path,
) -> None:
    settings = Speech(model_dir=_folder(tmp_path / "a", "model.onnx"))
    back, calls = threading.Event(), []

    def load(model: Any, language: str) -> Any:
        calls.append(model)
        back.wait(10)
        return Ears()

    model = LocalModel(settings, load=load, patience=timedelta(milliseconds=20))
    for _ in range(2):
        with pytest.raises(Misconfigured):
            await model.transcribe(SOUND)
    assert len(calls) == 1

    back.set()
    await eventually(lambda: not any(one.name == "speech" for one in threading.enumerate()))
    assert await model.transcribe(SOUND)


def test_a_transcript_without_a_letter_is_no_words() -> None:
    assert tidy("<|nospeech|><|EMO_UNKNOWN|> 。") == ""
    assert tidy(" 好的\n\x00明天 ") == "好的 明天"

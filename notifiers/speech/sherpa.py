"""Transcription on this machine: a sherpa-onnx model in a folder that the user brings
(k2-fsa.github.io/sherpa/onnx/pretrained_models). What was recorded goes nowhere.

    tokens.txt and encoder*.onnx, decoder*.onnx, joiner*.onnx   a transducer
    tokens.txt with <|zh|> in it, and model*.onnx               SenseVoice
    tokens.txt, and model*.onnx                                 a Paraformer

No wheel brings a model, so our tests end where the model begins: see docs/dependencies.md.
"""

import asyncio
import threading
from array import array
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from config.settings import Speech
from notifiers.errors import Misconfigured, Puzzling
from notifiers.speech.decoding import RATE
from notifiers.speech.hearing import Pcm
from notifiers.speech.transcription import believable

TOKENS = "tokens.txt"
_OF_SENSE_VOICE = "<|zh|>"
_PARTS = ("encoder", "decoder", "joiner")
_LOUDEST = 32_768
_THREADS = 2
PATIENCE = timedelta(minutes=2)
"""A minute's recording takes seconds, a model's loading as long again."""
_HANGS = "语音模型没有反应：重启助手；再这样就换一个模型（设置 speech.model_dir）"
_FULL_STOP = (
    "核对设置 speech.model_dir：里面应有解压后的 sherpa-onnx 模型（tokens.txt 和 .onnx 文件）"
)


class NoModel(Exception):
    """The folder holds no model that we know; the message says in Chinese what is missing."""


class Architecture(StrEnum):
    TRANSDUCER = "transducer"
    SENSE_VOICE = "sense-voice"
    PARAFORMER = "paraformer"


@dataclass(frozen=True)
class Model:
    """The files of a model."""

    architecture: Architecture
    tokens: Path
    parts: tuple[Path, ...]


def find_model(folder: Path) -> Model:
    """What the folder holds, by its files. Raises NoModel."""
    if not folder.is_dir():
        raise NoModel(f"没有文件夹 {folder}")
    tokens = folder / TOKENS
    if not tokens.is_file():
        raise NoModel(f"{folder} 里没有 {TOKENS}")
    parts = tuple(filter(None, (_best(folder, name) for name in _PARTS)))
    if len(parts) == len(_PARTS):
        return Model(Architecture.TRANSDUCER, tokens, parts)
    if parts:
        missing = [name for name in _PARTS if _best(folder, name) is None]
        raise NoModel(f"{folder} 里缺少 {'、'.join(f'{name}*.onnx' for name in missing)}")
    whole = _best(folder, "model")
    if whole is None:
        raise NoModel(f"{folder} 里没有 model*.onnx，也没有 encoder、decoder、joiner")
    is_sense_voice = _OF_SENSE_VOICE in tokens.read_text(encoding="utf-8", errors="replace")
    kind = Architecture.SENSE_VOICE if is_sense_voice else Architecture.PARAFORMER
    return Model(kind, tokens, (whole,))


def _best(folder: Path, name: str) -> Path | None:
    """Of several the int8 one: a third of the size, and as right on a telephone's sound."""
    found = sorted(folder.glob(f"{name}*.onnx"))
    return next((path for path in found if "int8" in path.name), found[0] if found else None)


def load(model: Model, language: str) -> Any:
    """sherpa-onnx's recognizer. Raises ImportError without the extra, RuntimeError for files that
    are no model."""
    from sherpa_onnx import OfflineRecognizer  # noqa: PLC0415 (an extra)

    tokens, parts = str(model.tokens), [str(part) for part in model.parts]
    match model.architecture:
        case Architecture.TRANSDUCER:
            return OfflineRecognizer.from_transducer(*parts, tokens, num_threads=_THREADS)
        case Architecture.SENSE_VOICE:
            return OfflineRecognizer.from_sense_voice(
                *parts, tokens, num_threads=_THREADS, language=language, use_itn=True
            )
        case Architecture.PARAFORMER:
            return OfflineRecognizer.from_paraformer(*parts, tokens, num_threads=_THREADS)


class LocalModel:
    """`SpeechToText` by a model on this machine, loaded at the first recording.

    A thread cannot be stopped: a model that hangs keeps the one it has, and is asked nothing more
    until it comes back.
    """

    def __init__(
        self,
        settings: Speech,
        *,
        load: Callable[[Model, str], Any] = load,
        patience: timedelta = PATIENCE,
    ) -> None:
        assert settings.model_dir is not None
        self._folder = settings.model_dir
        self._language = settings.language
        self._load = load
        self._recognizer: Any = None
        self._patience = patience
        self._turn = asyncio.Lock()
        self._is_busy = False

    async def transcribe(self, recording: Pcm) -> str:
        async with self._turn:
            if self._is_busy:
                raise _misconfigured(_HANGS)
            try:
                async with asyncio.timeout(self._patience.total_seconds()):
                    text = await self._beside(recording)
            except TimeoutError:
                raise _misconfigured(_HANGS) from None
            return believable(text)

    async def _beside(self, recording: Pcm) -> str:
        """In a thread that the process does not wait for when it ends."""
        loop = asyncio.get_running_loop()
        heard: asyncio.Future[str] = loop.create_future()

        def settle(text: str, error: Exception | None) -> None:
            self._is_busy = False
            if heard.done():
                return  # too late
            if error is None:
                heard.set_result(text)
            else:
                heard.set_exception(error)

        def hear() -> None:
            text, failed = "", None
            try:
                text = self._heard(recording)
            except Exception as error:  # noqa: BLE001 (raised where it is waited for)
                failed = error
            with suppress(RuntimeError):  # nobody waits: the loop is closed
                loop.call_soon_threadsafe(settle, text, failed)

        self._is_busy = True
        threading.Thread(target=hear, name="speech", daemon=True).start()
        return await heard

    def _heard(self, recording: Pcm) -> str:
        recognizer = self._ready()
        try:
            stream = recognizer.create_stream()
            stream.accept_waveform(RATE, _waveform(recording))
            recognizer.decode_stream(stream)
            return str(stream.result.text)
        except RuntimeError:
            raise Puzzling("the model failed", code="model") from None

    def _ready(self) -> Any:
        if self._recognizer is None:
            try:
                self._recognizer = self._load(find_model(self._folder), self._language)
            except NoModel as missing:
                raise _misconfigured(f"{missing}。{_FULL_STOP}") from None
            except ImportError:
                raise _misconfigured("运行 .venv/bin/pip install -e '.[speech]'") from None
            except (RuntimeError, ValueError, TypeError):
                raise _misconfigured(f"{self._folder} 里的模型打不开。{_FULL_STOP}") from None
        return self._recognizer


def _waveform(recording: Pcm) -> list[float]:
    samples = array("h")
    samples.frombytes(recording.samples)
    return [sample / _LOUDEST for sample in samples]


def _misconfigured(advice: str) -> Misconfigured:
    return Misconfigured(
        "there is no model to hear with", app="speech", advice=advice, code="model"
    )

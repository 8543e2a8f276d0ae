"""Decodes a stranger's bytes in a process of its own, which may take so much time and no more."""

import asyncio
import io
import sys
import wave
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path

from notifiers.errors import Misconfigured, Undeliverable
from notifiers.speech import decoding
from notifiers.speech.recording import LONGEST_SECONDS, Kind, kind_of, seconds_of

EXTRAS = ("av", "pysilk")
"""The modules of the extra `voice`."""
PATIENCE = timedelta(seconds=20)
NOT_DECODABLE = "not decodable"
TOO_LONG = "too long"
INSTALL = "运行 .venv/bin/pip install -e '.[voice]'"
_PROGRAM = str(Path(decoding.__file__))


@dataclass(frozen=True)
class Pcm:
    """Mono, 16 bits, `decoding.RATE` samples a second."""

    samples: bytes

    @property
    def seconds(self) -> float:
        return len(self.samples) / decoding.WIDTH / decoding.RATE

    def as_wav(self) -> bytes:
        file = io.BytesIO()
        with wave.open(file, "wb") as into:
            into.setnchannels(1)
            into.setsampwidth(decoding.WIDTH)
            into.setframerate(decoding.RATE)
            into.writeframes(self.samples)
        return file.getvalue()


def missing_extras() -> list[str]:
    """What of the extra `voice` is not installed here."""
    return [module for module in EXTRAS if find_spec(module) is None]


async def decoded(content: bytes, *, patience: timedelta = PATIENCE) -> Pcm:
    """Raises Undeliverable, whose code says why, for bytes that no try would decode."""
    kind = kind_of(content)
    if kind is Kind.UNKNOWN:
        raise Undeliverable("the recording is of an unknown kind", code=NOT_DECODABLE)
    if (seconds_of(content) or 0) > LONGEST_SECONDS:
        raise Undeliverable("the recording is too long", code=TOO_LONG)
    status, samples = await _run(content, kind, patience)
    if status == decoding.MISSING:
        raise Misconfigured(
            "no decoder is installed", app="speech", advice=INSTALL, code="no decoder"
        )
    if status != 0 or not samples:
        raise Undeliverable("the recording cannot be decoded", code=NOT_DECODABLE)
    return Pcm(samples)


async def _run(content: bytes, kind: Kind, patience: timedelta) -> tuple[int | None, bytes]:
    """How the program ended, and what it wrote. It does not outlive this call."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        _PROGRAM,
        kind.value,
        str(LONGEST_SECONDS),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={},
    )
    try:
        async with asyncio.timeout(patience.total_seconds()):
            samples, _ = await process.communicate(content)
    except TimeoutError:
        raise Undeliverable("decoding took too long", code=NOT_DECODABLE) from None
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    return process.returncode, samples

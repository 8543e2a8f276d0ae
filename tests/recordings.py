"""Voice messages for tests: tones, encoded as the platforms do."""

import io
import math
import wave
from array import array
from typing import Any

import av
import pysilk


def tone(seconds: float, rate: int) -> bytes:
    """A 440 Hz tone as PCM."""
    count = int(seconds * rate)
    period = [round(8_000 * math.sin(2 * math.pi * 440 * n / rate)) for n in range(rate // 20)]
    repeated = array("h", period * (count // len(period) + 1))
    return repeated[:count].tobytes()


def amr(seconds: float = 1.0) -> bytes:
    return _encoded(seconds, "amr", "libopencore_amrnb", 8_000)


def mp3(seconds: float = 1.0) -> bytes:
    return _encoded(seconds, "mp3", "libmp3lame", 16_000)


def _encoded(seconds: float, container: str, codec: str, rate: int) -> bytes:
    file = io.BytesIO()
    with av.open(file, "w", format=container) as into:
        stream: Any = into.add_stream(codec, rate=rate, layout="mono")
        sound = av.AudioFrame(format="s16", layout="mono", samples=int(seconds * rate))
        sound.planes[0].update(tone(seconds, rate))
        sound.rate = rate
        resampler = av.AudioResampler(stream.format, "mono", rate, frame_size=stream.frame_size)
        for frame in (*resampler.resample(sound), *resampler.resample(None)):
            into.mux(stream.encode(frame))
        into.mux(stream.encode(None))
    return file.getvalue()


def silk(seconds: float = 1.0, *, tencent: bool = True) -> bytes:
    """As WeChat writes it: 0x02 before the head, nothing after the last packet."""
    file = io.BytesIO()
    pysilk.encode(io.BytesIO(tone(seconds, 16_000)), file, 16_000, 16_000, tencent=tencent)
    return file.getvalue()


def wav(seconds: float = 1.0, *, rate: int = 8_000) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as into:
        into.setnchannels(1)
        into.setsampwidth(2)
        into.setframerate(rate)
        into.writeframes(tone(seconds, rate))
    return file.getvalue()

"""A recording → 16 kHz mono PCM of 16 bits, by what the extra `voice` brings.

The codecs are C, and the bytes are a stranger's: run as a program (`hearing.py` does) it reads the
recording from its input and writes the PCM to its output, and whatever the bytes do to it ends
with it. It imports nothing of ours, so that it starts quickly.

AMR, WAV and MP3 are decoded by PyAV (each by its own demuxer, so that the bytes choose none of
FFmpeg's many), SILK v3 as WeChat writes it by silk-python.
"""

import io
import sys

RATE = 16_000
WIDTH = 2
DEMUXERS = {"amr": "amr", "amr-wb": "amr", "wav": "wav", "mp3": "mp3"}
REFUSED, MISSING = 3, 4
"""Exit codes: the bytes are no such recording (or too long); the extra is not installed."""
_MOST_MEMORY = 1 << 30
_MOST_CPU_SECONDS = 20


class NotDecodable(Exception):
    """These bytes are no recording of this kind, or one that is too long."""


def decode(content: bytes, kind: str, longest: float) -> bytes:
    """Raises NotDecodable, and ImportError without the extra. Only for a process of its own."""
    most = int(longest * RATE) * WIDTH
    pcm = _silk(content) if kind == "silk" else _by_av(content, kind, most)
    if len(pcm) > most:
        raise NotDecodable("longer than a voice message")
    if not pcm:
        raise NotDecodable("no sound in it")
    return pcm


def _silk(content: bytes) -> bytes:
    import pysilk  # noqa: PLC0415 (an extra)

    # WeChat leaves out what ends the stream, and some of its recorders the mark of Tencent.
    source, pcm = io.BytesIO(b"\x02" + content.removeprefix(b"\x02")), io.BytesIO()
    try:
        pysilk.decode(source, pcm, RATE)
    except (pysilk.SilkError, ValueError, MemoryError) as error:
        raise NotDecodable(type(error).__name__) from None
    return pcm.getvalue()


def _by_av(content: bytes, kind: str, most: int) -> bytes:
    import av  # noqa: PLC0415 (an extra)

    if kind not in DEMUXERS:
        raise NotDecodable("an unknown kind")
    pcm = bytearray()
    resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
    try:
        with av.open(io.BytesIO(content), "r", format=DEMUXERS[kind]) as container:
            if not container.streams.audio:
                raise NotDecodable("no sound in it")
            for frame in container.decode(container.streams.audio[0]):
                for part in resampler.resample(frame):
                    pcm += bytes(part.planes[0])[: part.samples * WIDTH]
                if len(pcm) > most:
                    break
            for part in resampler.resample(None):
                pcm += bytes(part.planes[0])[: part.samples * WIDTH]
    except (av.FFmpegError, ValueError, MemoryError) as error:
        if not pcm:
            raise NotDecodable(type(error).__name__) from None
        # A cut-off end: what was said before it is worth hearing.
    return bytes(pcm)


def _bound() -> None:
    """So much this process may take, whatever it reads."""
    try:
        import resource  # noqa: PLC0415 (not on every system)

        resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (_MOST_CPU_SECONDS, _MOST_CPU_SECONDS))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (ImportError, OSError, ValueError):
        return


def main(kind: str, longest: str) -> int:
    _bound()
    try:
        pcm = decode(sys.stdin.buffer.read(), kind, float(longest))
    except NotDecodable:
        return REFUSED
    except ImportError:
        return MISSING
    sys.stdout.buffer.write(pcm)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))

"""A recording by its first bytes: of which kind, and how long. Pure, and linear in its length."""

from enum import StrEnum

MOST_BYTES = 2 * 1024 * 1024
"""What WeCom takes and gives for a voice (developer.work.weixin.qq.com/document/path/90253)."""
LONGEST_SECONDS = 65.0
"""A voice message ends at 60 s; the rest is the codecs' own."""

_SILK = b"#!SILK_V3"
_TENCENT = b"\x02"
_AMR, _AMR_WIDE = b"#!AMR\n", b"#!AMR-WB\n"
_FRAME_SECONDS = 0.02
_NARROW = (12, 13, 15, 17, 19, 20, 26, 31, 5)
_WIDE = (17, 23, 32, 36, 40, 46, 50, 58, 60, 5)
"""Bytes behind the frame's head, by its mode (RFC 4867); any other mode has none."""
_SILK_ENDS = 0xFFFF
_WAVE_HEAD = 44


class Kind(StrEnum):
    AMR = "amr"
    AMR_WIDE = "amr-wb"
    SILK = "silk"
    WAVE = "wav"
    MP3 = "mp3"
    UNKNOWN = "unknown"


def kind_of(content: bytes) -> Kind:
    if content.startswith(_AMR):
        return Kind.AMR
    if content.startswith(_AMR_WIDE):
        return Kind.AMR_WIDE
    if content.removeprefix(_TENCENT).startswith(_SILK):
        return Kind.SILK
    if content.startswith(b"RIFF") and content[8:12] == b"WAVE":
        return Kind.WAVE
    if content.startswith(b"ID3") or _is_mpeg_frame(content):
        return Kind.MP3
    return Kind.UNKNOWN


def _is_mpeg_frame(content: bytes) -> bool:
    """Eleven bits of synchronisation, then neither a reserved version nor a reserved layer."""
    return (
        len(content) > 1
        and content[0] == 0xFF  # noqa: PLR2004
        and content[1] & 0xE0 == 0xE0  # noqa: PLR2004
        and content[1] & 0x18 != 0x08  # noqa: PLR2004
        and content[1] & 0x06 != 0
    )


def seconds_of(content: bytes) -> float | None:
    """How long it lasts, told without decoding it; None where only decoding tells."""
    match kind_of(content):
        case Kind.AMR:
            return _frames(content, len(_AMR), _NARROW) * _FRAME_SECONDS
        case Kind.AMR_WIDE:
            return _frames(content, len(_AMR_WIDE), _WIDE) * _FRAME_SECONDS
        case Kind.SILK:
            return _packets(content) * _FRAME_SECONDS
        case Kind.WAVE:
            return _of_wave(content)
        case _:
            return None


def _frames(content: bytes, start: int, sizes: tuple[int, ...]) -> int:
    count, at = 0, start
    while at < len(content):
        mode = content[at] >> 3 & 0x0F
        at += 1 + (sizes[mode] if mode < len(sizes) else 0)
        count += 1
    return count


def _packets(content: bytes) -> int:
    """Each begins with its length in two bytes, the low one first."""
    count, at = 0, content.index(_SILK) + len(_SILK)
    while at + 2 <= len(content):
        size = int.from_bytes(content[at : at + 2], "little")
        if size == _SILK_ENDS:
            break
        at += 2 + size
        count += 1
    return count


def _of_wave(content: bytes) -> float | None:
    a_second = int.from_bytes(content[28:32], "little")
    return max(0, len(content) - _WAVE_HEAD) / a_second if a_second else None

"""Whether two people's names are one person's."""

from enum import Enum

from crm_store.identity.record import Record


class Likeness(Enum):
    UNKNOWN = "unknown"
    SAME = "same"
    SOUND = "sound"
    """They sound alike, or one is the other in letters."""
    PART = "part"
    """王 and 王丽; 小丽 and 王丽."""
    OTHER = "other"


_HEADS = "小老阿大"
"""Of nicknames."""


def likeness(one: Record, other: Record) -> Likeness:
    first, second = one.name, other.name
    short, long = sorted((first, second), key=len)
    if not short:
        return Likeness.UNKNOWN
    if one.sound == other.sound and len(short) > 1:
        return Likeness.SAME if first == second else Likeness.SOUND
    if first.isascii() != second.isascii():
        return Likeness.UNKNOWN
    if len(short) == 1:
        return Likeness.PART if long[0] == short else Likeness.OTHER
    if short[0] == long[0]:
        # 王丽 and 王丽娜; a surname alone that they share makes nobody the other.
        is_part = len(short) < len(long) and set(short[1:]) & set(long[1:])
    else:
        is_nickname = len(short) < len(long) or short[0] in _HEADS or long[0] in _HEADS
        is_part = is_nickname and set(short) & set(long)
    return Likeness.PART if is_part else Likeness.OTHER

"""Whether two firms' names are one firm's."""

from enum import Enum

from crm_store.identity.record import CompanyName, Record


class Kinship(Enum):
    UNKNOWN = "unknown"
    """One of the two names no firm, or they are not to be compared."""
    SAME = "same"
    """Brand and trade are the same, letter by letter."""
    LIKE = "like"
    """They sound alike, or one leaves out what the other has."""
    BRAND = "brand"
    """The brand only: perhaps one house, perhaps chance."""
    NEAR = "near"
    """A character apart: a slip, or another firm."""
    OTHER = "other"


_SHORT_BRAND = 2
_WHOLE_PROVINCE = ("省", "自治区", "特别行政区")


def kinship(
    one: CompanyName | None, one_sound: str, other: CompanyName | None, other_sound: str
) -> Kinship:
    if one is None or other is None or not one.brand or not other.brand:
        return Kinship.UNKNOWN
    if one.brand == other.brand:
        if one.trade == other.trade:
            return Kinship.SAME
        return Kinship.LIKE if _compatible(one.trade, other.trade) else Kinship.BRAND
    if one_sound == other_sound or one.core == other.core:
        return Kinship.LIKE
    if one.brand.isascii() != other.brand.isascii():
        return Kinship.UNKNOWN
    return _nearly(one, other)


def _compatible(one: str, other: str) -> bool:
    """医疗 and 医疗器械; nothing and anything."""
    if not one or not other or one in other or other in one:
        return True
    return one[:2] == other[:2]


def _nearly(one: CompanyName, other: CompanyName) -> Kinship:
    short, long = sorted((one.core, other.core), key=len)
    if len(short) > _SHORT_BRAND and short[0] == long[0] and _is_within(short, long):
        return Kinship.LIKE
    if len(one.brand) == len(other.brand) and _compatible(one.trade, other.trade):
        wrong = sum(a != b for a, b in zip(one.brand, other.brand, strict=True))
        if wrong == 1:
            return Kinship.LIKE if len(one.brand) > _SHORT_BRAND + 1 else Kinship.NEAR
    return Kinship.OTHER


def _is_within(short: str, long: str) -> bool:
    """Whether the characters of the short stand in the long one in that order."""
    rest = iter(long)
    return all(char in rest for char in short)


def are_whole(one: CompanyName | None, other: CompanyName | None) -> bool:
    """Whether both names say what the firm does, as the same kind of firm, and neither is a part
    of a house."""
    if one is None or other is None or one.unit or other.unit:
        return False
    if one.suffix and other.suffix and one.suffix != other.suffix:
        return False
    return bool(one.trade and other.trade)


def same_place(one: Record, other: Record) -> bool | None:
    """Whether two records are of one city; None where it is not known."""
    first, second = _place(one), _place(other)
    if not first or not second:
        return None
    if first == second:
        return True
    if one.city and one.city == other.city:
        return True
    if first.endswith(_WHOLE_PROVINCE) or second.endswith(_WHOLE_PROVINCE):
        return None
    return False


def _place(record: Record) -> str:
    return (record.company.place if record.company else "") or record.city

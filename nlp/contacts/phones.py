"""How phone numbers are written: the patterns, and their digits made one number."""

import re

GAP = r"[ \-.·—–_\u00a0\u2002\u2003]{0,3}"
ANOTHER = r"1[3-9][0-9]{9}|0[1-9][0-9]{2,3}"
"""A phone that follows the first after a hyphen."""
_SPLITS = (
    (4, 4), (3, 5), (5, 3), (2, 2, 2, 2), (3, 3, 2), (2, 3, 3)
)  # fmt: skip
"""How people set the eight digits after 138 apart; 1381 2345 678 besides."""
_REST = (
    "|".join("".join(rf"{GAP}[0-9]{{{length}}}" for length in lengths) for lengths in _SPLITS)
    + rf"|[0-9]{GAP}[0-9]{{4}}{GAP}[0-9]{{3}}|[0-9]{GAP}[0-9]{{3}}{GAP}[0-9]{{4}}"
    + rf"|[0-9]{{2}}{GAP}[0-9]{{6}}"
)

MOBILE = re.compile(
    rf"1(?:[3-9][0-9][)]?(?:{_REST})|(?P<gap>[ \-.])[3-9](?:(?P=gap)[0-9]){{9}})"
    rf"(?![0-9_]|[A-Za-z](?<![vVwW])|[\-.](?!{ANOTHER})[0-9])"
)
COUNTRY = re.compile(rf"[(\[]?(?:\+|00)?86[)\]]?{GAP}$")
"""What stands before a number of China's."""
CLEAR = re.compile(
    r"(?<![0-9_])(?<![0-9A-Za-z]-)(?<![0-9A-Za-z]\.)$|(?<=[0-9]{11}-)$|^[0-9]\.$|[\s,;][0-9]\.$"
)
"""How a text before a number ends where the number is not cut out of a longer one."""

_LOCAL = (
    r"[1-9][0-9]{2,3}[ \-.·—–]{0,2}[0-9]{4}|[1-9][0-9]{2}[ \-]?[0-9]{5}"
    r"|[1-9][0-9](?:[ \-][0-9]{2}){3}"
)
_END = r"(?![0-9_]|[A-Za-z](?<![eExX]))"
LANDLINE = re.compile(
    rf"0(?P<area>10|2[0-57-9]|[3-9][0-9]{{2}})[)\]]?/?{GAP}(?P<number>{_LOCAL}){_END}"
)
LANDLINE_ABROAD = re.compile(
    rf"[(\[]?(?:\+|00)?86[)\]]?{GAP}[(]?(?:0|[(]0[)])?(?P<area>10|2[0-57-9]|[3-9][0-9]{{2}})[)]?{GAP}"
    rf"(?P<number>{_LOCAL}){_END}"
)
HOTLINE = re.compile(
    r"[48]00(?<![0-9A-Za-z_.+].{3})(?<![0-9A-Za-z]-.{3})"
    r"(?:[ \-—]?[0-9]{3}[ \-—]?[0-9]{4}|[0-9][ \-][0-9]{3}[ \-][0-9]{3}|[ \-][0-9]{4}[ \-][0-9]{3})"
    r"(?![0-9A-Za-z_]|-[0-9]{5}|[.][0-9])"
)
FOREIGN = re.compile(
    r"(?<![0-9A-Za-z_+\-.)])[(]?(?:\+(?!86)|00 ?(?!86))[1-9](?:[)]?[ \-./]{0,2}[(]?[0-9]){6,13}"
    r"(?![0-9A-Za-z_]|-[0-9])"
    r"|(?<![0-9A-Za-z_+\-.])(?:852|853)[ \-][0-9]{4}[ \-]?[0-9]{4}(?![0-9A-Za-z_])"
)
CUE = re.compile(
    r"(?:电话|手机|座机|号码|联系方式|热线|(?<![A-Za-z])(?:tel|phone|mobile))(?:号码?|号)?(?:是|为)?[:.]?\s?",
    re.IGNORECASE,
)
LOCAL_ABROAD = re.compile(
    r"(?:1[ \-]?)?(?P<number>[(]?[2-9][0-9]{2}(?:[)][ \-.]?|[ \-.])[2-9][0-9]{2}[ \-.][0-9]{4})"
    r"(?=(?:x|ext[.]?) ?[0-9]|(?![0-9A-Za-z]))",
    re.IGNORECASE,
)
"""The North American shape; without its country only a cue makes it a phone."""
BRACKETED_AREA = re.compile(
    r"(?<![0-9A-Za-z_)+])[(](?P<area>[2-9][0-9]{2}|1[0-9]{2})[)] ?[0-9]{3}[ \-.][0-9]{4}"
    r"(?![0-9A-Za-z])"
)
"""(415) 555-0100 is a phone whatever leads to it."""
ASKED_FOR = re.compile(
    r"(?:电话|手机|座机|固话|热线|联系方式|(?<![A-Za-z])(?:tel|phone|mobile))"
    r"(?:(?:号码?)?(?:就?是|为|[::]|= ?)\s?|号码?\s?)"
    r"[::]?\s?",
    re.IGNORECASE,
)
"""What declares that the digits after it are a phone's, however few or oddly set apart."""
DECLARED = re.compile(
    r"[+(]{0,2} ?[0-9](?:[ ()\-./]{0,3}[0-9]){6,14}"
    r"(?=(?:[xX]|ext\.?)[0-9]|(?![0-9A-Za-z_%]|[\-./][0-9]))"
    r"(?! ?[台个件套箱只条支元块万千百亿吨斤公年月日号点天])"
)
NO_AREA = re.compile(
    r"(?:电话|座机|固话|(?<![A-Za-z])(?i:tel))\s?"
    r"(?P<number>(?!20[0-9]{2}[01])[2-8][0-9]{7}(?![0-9A-Za-z_%]|[\-./][0-9]))"
    r"(?! ?[台个件套箱只条支元块万千百亿吨斤公年月日号点天])"
)
"""电话65432109: eight digits, whose city stays open."""
NO_PHONE = re.compile(
    r"(?:19|20)[0-9]{2}(?P<sep>[\-./])[0-9]{1,2}(?P=sep)[0-9]{1,2}(?![0-9])"
    r"|[0-9]{3,4}-[0-9]{3,5}$(?<![0-9]{4}-[0-9]{4})"
    r"|1[3-9](?:[0-9]{8}|[0-9]{10})$|1[3-9][0-9][ \-][0-9]{4}[ \-][0-9]{3}$"
)
"""A date, a range of prices, or a mobile's number with a digit too few or too many."""

_FIGURES = "零一二三四五六七八九"
_SPOKEN = {char: str(value) for value, char in enumerate(_FIGURES)} | {"幺": "1", "〇": "0"}
SPOKEN = re.compile(
    rf"[一幺][三四五六七八九](?<![{_FIGURES}幺〇]..)(?:[ ,]?[{_FIGURES}幺〇]){{9}}"
    rf"(?![{_FIGURES}幺〇十百千万])"
)

_AREAS = re.compile(
    r"10|2[0-57-9]|3(?:1[0-9]|35|[457][0-9]|9[1-8])|4(?:[135][0-9]|2[179]|6[4-9]|7[0-9]|8[23])"
    r"|5(?:[1-35-79][0-9]|4[36]|80)|6(?:3[1-5]|6[0-38]|9[12])|7(?:01|1[0-9]|2[248]|3[0-9]|4[3-6]|[579][0-9]|6[02368])"
    r"|8(?:1[2-9]|2[5-9]|[35789][0-9]|40)|9(?:0[1-9]|[1379][0-9]|4[13]|5[1-5])"
)
_TWO_DIGITS = re.compile(r"2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]")
ITALY = "39"
LONGEST, SHORTEST = 15, 8


def digits_of(text: str) -> str:
    return re.sub(r"[^0-9]", "", text)


def spoken_digits(text: str) -> str:
    """幺三八… as 138…"""
    return "".join(_SPOKEN.get(char, "") for char in text)


def area_is_known(area: str) -> bool:
    """Whether a Chinese city has this area code; without its leading 0."""
    return bool(_AREAS.fullmatch(area))


def abroad(written: str) -> str | None:
    """+44 (0)7123 129683 as +447123129683; None where it is too long or too short."""
    digits = digits_of(written.replace("(0)", ""))
    if not written.lstrip("(").startswith("+"):
        digits = digits.removeprefix("00")
    country = _country(digits)
    rest = digits[len(country) :]
    if country != ITALY:
        rest = rest.removeprefix("0")
    number = country + rest
    return f"+{number}" if SHORTEST <= len(number) <= LONGEST else None


def _country(digits: str) -> str:
    if digits[0] in "17":
        return digits[0]
    return digits[:2] if _TWO_DIGITS.match(digits) else digits[:3]

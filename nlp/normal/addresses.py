"""An address into city, district and what stands below: the road and its number."""

import re
from typing import NamedTuple

from nlp.normal.places import head
from nlp.normal.text import folded

_LABEL = re.compile(r"^(?:(?:公司|单位|详细|收货|通讯|联系|办公|注册)?(?:地址|住址)[:=]?|中国)")
_NUMERALS = str.maketrans("〇零一二三四五六七八九", "00123456789")
_FIGURE = re.compile(r"[0-9]")
_SPELT = re.compile(r"[〇零一二三四五六七八九]{1,4}(?=号|弄|幢|栋|座|楼|层|室|单元)")
_ROAD = re.compile(
    r"(?:大道|大街|公路|胡同|广场|大厦|中心|[路街巷弄道里村镇园城])"
    r"(?:[东南西北中]段?(?=[0-9]))?[0-9]{1,5}(?:-[0-9]{1,4})?(?![0-9])"
)
_SIGNS = re.compile(r"[^〇\u4e00-\u9fff0-9a-z\-]+")
_ROOM = re.compile(r"[0-9a-z\-]+(?:室|房|户)$")
_TOWN = re.compile(r"^[\u4e00-\u9fff]{1,6}?(?:街道|开发区|高新区|镇|乡)(?=[\u4e00-\u9fff]{2})")
SHORTEST = 4
"""Characters of a street that tells something."""


class Address(NamedTuple):
    """Empty where the text lacks it."""

    city: str = ""
    """City, or province where no city is named, as the region table writes it."""
    district: str = ""
    street: str = ""
    """Road and number; where there is none, all that stands below the district."""


def address(text: str) -> Address:
    if not text:
        return Address()
    written = _LABEL.sub("", _SIGNS.sub("", folded(text)))
    found = head(written, sure=False)
    rest = _TOWN.sub("", written[found.end :])
    if not _FIGURE.search(rest):
        rest = _SPELT.sub(lambda spelt: spelt[0].translate(_NUMERALS), rest)
    road = _ROAD.search(rest)
    street = rest[: road.end()] if road else _ROOM.sub("", rest)
    return Address(found.city, found.district, street if len(street) >= SHORTEST else "")

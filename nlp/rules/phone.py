"""Chinese phone numbers: mobiles and landlines, however they are set apart."""

import re
from collections.abc import Iterator

from nlp.context import Context
from nlp.facts import Entity

SEALS = True

NOT_INSIDE = r"(?<![0-9A-Za-z_.])(?<![0-9][\-])"
COUNTRY = r"(?:\(?(?:\+|00)?86\)?[- ]{0,2})?"
MOBILE = re.compile(
    rf"{NOT_INSIDE}{COUNTRY}(?P<number>1[3-9][0-9](?:[- .]?[0-9]){{8}})(?![0-9A-Za-z_]|[\-.][0-9])"
)
LANDLINE = re.compile(
    rf"{NOT_INSIDE}(?:{COUNTRY}\(?(?P<area>0(?:10|2[0-57-9]|[3-9][0-9]{{2}}))\)?[- ]{{0,2}}"
    r"(?P<number>[2-9][0-9]{2,3}[- ]?[0-9]{4}))(?![0-9A-Za-z_]|-[0-9]{5})"
)
LONG_AREA = 4
"""Three-digit area codes have eight-digit numbers only."""


def extract(text: str, context: Context) -> Iterator[Entity]:
    for found in MOBILE.finditer(text):
        yield context.entity(
            "phone", found.start(), found.end(), f"+86{_digits(found['number'])}", "mobile"
        )
    for found in LANDLINE.finditer(text):
        area, number = found["area"], _digits(found["number"])
        if len(area) < LONG_AREA and len(number) < 8:  # noqa: PLR2004 (digits of a local number)
            continue
        yield context.entity(
            "phone", found.start(), found.end(), f"+86{area[1:]}{number}", "landline"
        )


def _digits(text: str) -> str:
    return re.sub(r"[^0-9]", "", text)

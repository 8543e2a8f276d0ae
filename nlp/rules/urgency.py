"""Words that say it cannot wait."""

import re
from collections.abc import Iterator

from nlp.context import Context
from nlp.facts import Entity

HURRY = re.compile(
    r"(?<![不别没勿])(?<!不要|不是|不太|别太|不用)"
    r"(?:十万火急|火烧眉毛|越快越好|(?:非常|特别|比较|很|挺|有点|太)?着急|急着要|(?:非常|特别|很|太)急"
    r"|急需|急用|急要|急等|加急|尽快|尽早|抓紧|马上要|火速)"
)


def extract(text: str, context: Context) -> Iterator[Entity]:
    for found in HURRY.finditer(text):
        yield context.entity("urgency", found.start(), found.end(), "high", "hurry")

"""E-mail addresses, also where a thumb put a space at the @ or a 。 for the dot."""

import re
from collections.abc import Iterator

from nlp.context import Context
from nlp.facts import Entity

SEALS = True
NEEDS = frozenset("@")

LOCAL = re.compile(r"(?<![A-Za-z0-9._%+\-])[._%+\-]{0,3}([A-Za-z0-9][A-Za-z0-9._%+\-]{0,63}\s?)$")
LONGEST_LOCAL = 68
DOMAIN = re.compile(
    r"\s?(?:[A-Za-z0-9](?:[A-Za-z0-9\-]{0,61}[A-Za-z0-9])?(?:\.|。(?=(?:com|cn|net|org)(?![a-z])))){1,5}"
    r"(?:(?i:com|cn|net|org)(?![A-Za-z]|-[A-Za-z0-9])|[A-Za-z]{2,24}(?![A-Za-z0-9]|-[A-Za-z0-9]))"
)


def extract(text: str, context: Context) -> Iterator[Entity]:
    at = text.find("@")
    end = 0
    while at >= 0:
        # Only what stands right before an @ is looked at, so the reading is linear.
        local = LOCAL.search(text, max(end, at - LONGEST_LOCAL), at)
        domain = DOMAIN.match(text, at + 1) if local else None
        if local and domain:
            start, end = local.start(1), domain.end()
            value = "".join(text[start:end].lower().replace("。", ".").split())
            yield context.entity("email", start, end, value, "email")
        at = text.find("@", max(at + 1, end))

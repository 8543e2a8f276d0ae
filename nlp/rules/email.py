"""E-mail addresses."""

import re
from collections.abc import Iterator

from nlp.context import Context
from nlp.facts import Entity

SEALS = True

ADDRESS = re.compile(
    r"(?<![A-Za-z0-9._%+\-])[A-Za-z0-9][A-Za-z0-9._%+\-]{0,63}"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9\-]{0,61}[A-Za-z0-9])?\.){1,4}[A-Za-z]{2,24}(?![A-Za-z0-9\-])"
)


def extract(text: str, context: Context) -> Iterator[Entity]:
    for found in ADDRESS.finditer(text):
        yield context.entity("email", found.start(), found.end(), found[0].lower(), "email")

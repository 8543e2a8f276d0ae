"""WeChat ids that the text declares as such."""

import re
from collections.abc import Iterator

from nlp.context import Context
from nlp.facts import Entity

SEALS = True

DECLARED = re.compile(
    r"(?:微信|威信|薇信|(?<![A-Za-z])(?:wechat|weixin|vx|wx)|[加+]\s?v信?|v信)"
    r"\s{0,2}(?:号|id|账号)?\s{0,2}(?:是|为)?\s{0,2}[::]?\s{0,2}"
    r"(?P<id>[A-Za-z][A-Za-z0-9_\-]{5,19})(?![A-Za-z0-9_\-@])",
    re.IGNORECASE,
)


def extract(text: str, context: Context) -> Iterator[Entity]:
    for found in DECLARED.finditer(text):
        start, end = found.span("id")
        yield context.entity("wechat", start, end, context.message[start:end], "wechat_declared")

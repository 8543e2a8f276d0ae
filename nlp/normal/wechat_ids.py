"""WeChat ids: lower case, without the words around them."""

import re

from nlp.folding import fold

_LABEL = re.compile(r"^(?:微信号?|wechat|weixin|wx|vx|v|id)\s*[:=]\s*", re.IGNORECASE)
_ID = re.compile(r"[a-z_][a-z0-9_\-]{4,29}|[1-9][0-9]{5,10}")
_NOBODY = frozenset(
    ("wechat", "weixin", "unknown", "nobody", "123456", "12345678", "test123", "tongshang")
)


def wechat_ids(text: str) -> tuple[str, ...]:
    """The id that a field holds, if it holds one."""
    written = _LABEL.sub("", fold(text[:100]).strip())
    return (written,) if _ID.fullmatch(written) and written not in _NOBODY else ()

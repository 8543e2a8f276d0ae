"""An answer of media/get: the file itself, or the JSON that says why there is none.

developer.work.weixin.qq.com/document/path/90254
"""

from typing import Any

import orjson

from notifiers.errors import Puzzling, Retryable, Undeliverable
from notifiers.wire import SERVER_FAULT, Raw

_OK = 200


def read_media(raw: Raw) -> bytes | dict[str, Any]:
    """The bytes, or an answer with an errcode. No voice begins like a JSON object."""
    if raw.status >= SERVER_FAULT:
        raise Retryable(f"the platform answered HTTP {raw.status}", code=f"http {raw.status}")
    if raw.content.lstrip()[:1] == b"{":
        try:
            body = orjson.loads(raw.content)
        except orjson.JSONDecodeError:
            body = None
        if isinstance(body, dict) and "errcode" in body:
            return body
    kind = raw.headers.get("Content-Type", "")
    if raw.status != _OK or "json" in kind or kind.startswith("text/"):
        # Some proxy's page.
        raise Puzzling(f"the platform answered HTTP {raw.status}", code=f"http {raw.status}")
    if not raw.content:
        raise Undeliverable("the file is empty", code="empty", by_platform=True)
    return raw.content

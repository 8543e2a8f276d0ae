"""JSON as people read it: Chinese as it is written, not as escapes."""

from collections.abc import Mapping
from typing import Any

import orjson
from aiohttp import web


def json_answer(
    body: Mapping[str, Any], *, status: int = 200, headers: Mapping[str, str] | None = None
) -> web.Response:
    return web.Response(
        body=orjson.dumps(body),
        status=status,
        headers=headers,
        content_type="application/json",
        charset="utf-8",
    )

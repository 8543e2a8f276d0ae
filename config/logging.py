"""One log for our own events and the libraries': JSON lines, or readable on a terminal.

Personal data and secrets are not to be logged in the first place; what slips in all the same is
masked here.
"""

import logging
import re
import sys
from collections.abc import Mapping
from typing import Any, TextIO

import orjson
import structlog
from structlog.typing import EventDict, Processor

from config import tracing

MASK = "***"

SECRET_NAME = re.compile(
    r"secret|token|passw|authoriz|credential|cookie|ticket|api_?keys?$|aes_?key|encryption_?key"
    r"|response_?code|webhook|signature",
    re.IGNORECASE,
)
SECRET_IN_ADDRESS = re.compile(
    r"([?&](?:access_token|corpsecret|appsecret|secret|token|key|ticket|session|code|sign)=)[^&\s'\"]+",
    re.IGNORECASE,
)
SIGNED_LINK = re.compile(r"(/[tfp]/)[A-Za-z0-9_.\-]{12,}")
PASSWORD_IN_ADDRESS = re.compile(r"(\w+://[^\s:/@]*:)[^\s/@]+(@)")
BEARER = re.compile(r"(Bearer\s+)\S+", re.IGNORECASE)
EMAIL = re.compile(r"[A-Za-z0-9._%+\-]{1,64}@(?:[A-Za-z0-9\-]{1,63}\.)+[A-Za-z]{2,24}")
PHONE = re.compile(
    r"(?<![0-9A-Za-z_])(?:\+?86[- ]?)?1[3-9]\d(?:[- ]?\d{4}){2}(?![0-9A-Za-z_])"
    r"|(?<![0-9A-Za-z_\-])0\d{2,3}[- ]\d{7,8}(?![0-9A-Za-z_\-])"
)

QUIET = ("aiohttp.access", "aiosqlite", "apscheduler", "alembic", "asyncio", "jieba")
"""Libraries whose ordinary talk is of no use to an operator."""


def configure(level: str = "info", json: bool | None = None, stream: TextIO | None = None) -> None:
    """Sends the process's log to `stream` (stderr). `json` None: JSON unless on a terminal."""
    stream = stream or sys.stderr
    if json is None:
        json = not stream.isatty()
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        add_trace,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    renderer: Processor = (
        structlog.processors.JSONRenderer(serializer=_dumps)
        if json
        else structlog.dev.ConsoleRenderer(colors=stream.isatty())
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                mask_private_data,
                renderer,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for name in QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))


def add_trace(_logger: object, _method: str, event: EventDict) -> EventDict:
    """A structlog processor: whose doing the line is, as far as it is anybody's."""
    trace = tracing.current()
    if trace is not None:
        event.setdefault("trace", trace)
    return event


def mask_private_data(_logger: object, _method: str, event: EventDict) -> EventDict:
    """A structlog processor: phones, e-mails, secrets and signed links become `***`."""
    return {name: _masked(name, value) for name, value in event.items()}


def _masked(name: str, value: Any) -> Any:
    if isinstance(value, bool | int | float) or value is None:
        return value
    if SECRET_NAME.search(name):
        return MASK
    if isinstance(value, bytes):
        return f"<{len(value)} bytes>"
    if isinstance(value, Mapping):
        return {str(key): _masked(str(key), inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_masked(name, inner) for inner in value]
    return _masked_text(str(value))


def _masked_text(text: str) -> str:
    text = SECRET_IN_ADDRESS.sub(rf"\1{MASK}", text)
    text = PASSWORD_IN_ADDRESS.sub(rf"\1{MASK}\2", text)
    text = BEARER.sub(rf"\1{MASK}", text)
    text = SIGNED_LINK.sub(rf"\1{MASK}", text)
    text = EMAIL.sub(MASK, text)
    return PHONE.sub(MASK, text)


def _dumps(event: EventDict, **_options: Any) -> str:
    try:
        return orjson.dumps(event).decode()
    except TypeError:
        # A lone surrogate is a str that no UTF-8 can hold.
        clean = {key: _encodable(value) for key, value in event.items()}
        return orjson.dumps(clean, default=str).decode()


def _encodable(value: Any) -> str:
    return str(value).encode("utf-8", "replace").decode()

"""What both platforms' words have in common on the wire: JSON, moments, keys, dead letters."""

import base64
import hashlib
import json
import math
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from crm_store.arrival import Arrival, Route
from handlers.events import Event

DEEPEST = 64
"""Nesting that no platform needs; beyond it, libraries behind us would give up less politely."""
LONGEST_NAME = 200
WIDEST_INTEGER = 64
MILLISECONDS_FROM = 100_000_000_000
"""A timestamp from here on counts milliseconds: in seconds it would be the year 5138."""


class Unreadable(ValueError):
    """Genuine, but not understood: kept among the dead letters."""


def read_json(text: str | bytes) -> Any:
    """Parses JSON into values that every store can keep.

    Halves of a surrogate pair and NUL become U+FFFD, integers beyond 64 bits text, infinities None.
    Raises Unreadable for what is no JSON, no UTF-8 or nested too deeply.
    """
    try:
        if isinstance(text, bytes):
            text = text.decode("utf-8-sig")
        return settled(json.loads(text, parse_constant=_refuse_constant))
    except (ValueError, RecursionError) as broken:
        raise Unreadable(f"no readable JSON: {type(broken).__name__}") from None


def read_object(text: str | bytes) -> dict[str, Any]:
    value = read_json(text)
    if not isinstance(value, dict):
        raise Unreadable("JSON, but no object")
    return value


def settled(value: Any, depth: int = 0) -> Any:
    """The same value, with whatever a database or an encoder would choke on made harmless."""
    if depth > DEEPEST:
        raise Unreadable(f"nested deeper than {DEEPEST} levels")
    if isinstance(value, str):
        return _settled_text(value)
    if isinstance(value, dict):
        return {settled(name): settled(inner, depth + 1) for name, inner in value.items()}
    if isinstance(value, list):
        return [settled(inner, depth + 1) for inner in value]
    if isinstance(value, int) and value.bit_length() >= WIDEST_INTEGER:
        return str(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _settled_text(text: str) -> str:
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return whole.replace("\0", "\ufffd")


def text_of(fields: Mapping[str, Any], name: str) -> str:
    """A field as text; empty where it is missing, null or no scalar."""
    value = fields.get(name)
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return ""


def required(fields: Mapping[str, Any], name: str) -> str:
    value = text_of(fields, name)
    if not value:
        raise Unreadable(f"{name} is missing")
    return value


def object_of(fields: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A field as an object, parsed again where it is a string of JSON; empty where it is none."""
    value = fields.get(name)
    if isinstance(value, str) and value:
        value = read_json(value)
    return value if isinstance(value, dict) else {}


def moment(value: object) -> datetime:
    """A timestamp in seconds or milliseconds, a number or digits, as an aware datetime in UTC."""
    try:
        number = int(str(value))
        seconds = number / 1000 if number >= MILLISECONDS_FROM else number
        if number < 0:
            raise Unreadable("a timestamp before 1970")
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        raise Unreadable("no timestamp") from None


def moment_or(value: object, otherwise: datetime) -> datetime:
    """The same, forgiving: a message is not lost for the want of its time."""
    try:
        return moment(value)
    except Unreadable:
        return otherwise


_WORD = re.compile(r"[A-Za-z][A-Za-z_.\-]{0,39}")


def label(word: str) -> str:
    """A platform's name for something, fit for the log: what else a sender puts there is not."""
    return word if _WORD.fullmatch(word) else f"({len(word)} characters)"


def digest(parts: Iterable[str]) -> str:
    """A hash that tells ("ab", "c") from ("a", "bc")."""
    joined = json.dumps(list(parts))
    return hashlib.sha256(joined.encode()).hexdigest()


def name_of(prefix: str, *parts: str) -> str:
    """A key or lane: readable where the parts are plain and short, their hash where not."""
    name = ":".join((prefix, *parts))
    if len(name) <= LONGEST_NAME and name.isascii() and name.isprintable():
        return name
    return f"{prefix}:{digest(parts)}"


def arrival(event: Event, *, key: str, lane: str) -> Arrival:
    return Arrival(kind=event.kind, key=key, lane=lane, payload=event.model_dump(mode="json"))


def dead(
    platform: str, body: str, error: object, *, key: str | None = None, lane: str | None = None
) -> Arrival:
    """A dead letter: `body` as it came (decrypted), and what could not be understood of it."""
    return Arrival(
        kind="unreadable",
        key=key or name_of(f"{platform}:dead", digest([body])),
        lane=lane or f"{platform}:events",
        payload={"body": body},
        route=Route.DEAD,
        error=str(error),
    )


def dead_bytes(platform: str, inside: bytes) -> Arrival:
    return dead(platform, base64.b64encode(inside).decode(), "no UTF-8 (the body is in base64)")


def _refuse_constant(name: str) -> None:
    raise ValueError(name)

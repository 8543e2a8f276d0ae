"""One id from the callback to the card, so that `grep` finds all that an event brought about.

It is born where something comes in (a request, a frame, a deadline, a slot), stored with the inbox
row and the outbox row, and stands in every line of the log that is written on its account. It is a
label for people: nothing is ever decided by it.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_current: ContextVar[str | None] = ContextVar("trace", default=None)


def fresh() -> str:
    """Sixteen hexadecimal digits: too long to be taken for a telephone number."""
    return secrets.token_hex(8)


def current() -> str | None:
    return _current.get()


def current_or_fresh() -> str:
    return _current.get() or fresh()


@contextmanager
def traced(trace: str | None) -> Iterator[None]:
    """What happens inside belongs to `trace`; None: to nothing that came before."""
    token = _current.set(trace)
    try:
        yield
    finally:
        _current.reset(token)

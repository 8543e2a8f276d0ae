"""A table of lines read at once: a test for each of a thousand lines would cost more than reading
them, and all that went wrong is better seen together."""

from collections.abc import Callable, Iterable
from typing import TypeVar

Line = TypeVar("Line")
SHOWN = 40
"""More than that is one mistake, many times."""


def holds(
    lines: Iterable[Line],
    said: Callable[[Line], str],
    expected: Callable[[Line], object],
    got: Callable[[Line], object],
) -> None:
    """Every line comes out as expected; those that do not are told one below the other."""
    count = 0
    wrong = []
    for line in lines:
        count += 1
        try:
            found = got(line)
        except Exception as raised:
            raised.add_note(f"on reading {said(line)!r}")
            raise
        if found != expected(line):
            wrong.append(f"{said(line)!r}\n    expected {expected(line)!r}\n    got      {found!r}")
    assert count, "the table is empty"
    assert not wrong, f"{len(wrong)} of {count}\n" + "\n".join(wrong[:SHOWN])

"""How a failure is written down: its kind and where, never the values it carried."""

import traceback
from pathlib import Path


def describe(error: BaseException) -> str:
    """`ValueError in messages.py:42 open_lead`: enough to find it, nothing personal in it."""
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return type(error).__name__
    last = frames[-1]
    return f"{type(error).__name__} in {Path(last.filename).name}:{last.lineno} {last.name}"


def frames(error: BaseException) -> list[str]:
    """The traceback's places, innermost last, without source lines or values."""
    return [
        f"{Path(frame.filename).name}:{frame.lineno} {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)
    ]

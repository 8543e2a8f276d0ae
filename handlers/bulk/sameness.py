"""Whether a line that comes by a known id is about the person who came by it before."""

from collections.abc import Mapping
from typing import Any

_REACHED_BY = ("phone", "email", "wechat")
_LONGEST_NUMBER = 11
"""Digits of a phone without its country."""


def is_somebody_else(before: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Nothing by which he is reached is as it was; where that is not said, his name is not."""
    one, other = _contacts(before), _contacts(now)
    if one and other:
        return not one & other
    names = _folded(before.get("name")), _folded(now.get("name"))
    return all(names) and names[0] != names[1]


def _contacts(said: Mapping[str, Any]) -> set[tuple[str, str]]:
    found = {(name, _folded(said.get(name))) for name in _REACHED_BY}
    return {(name, _digits(text) if name == "phone" else text) for name, text in found if text}


def _folded(text: str | None) -> str:
    return "".join((text or "").casefold().split())


def _digits(phone: str) -> str:
    digits = "".join(one for one in phone if one.isdecimal())
    return digits[-_LONGEST_NUMBER:] or phone

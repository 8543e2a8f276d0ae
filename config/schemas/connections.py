"""The systems that share clients' master data with us: connections.yaml."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Literal, get_args
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from config.checking import Fault, Strict
from config.hosts import is_at_home
from config.settings import WebAddress

FieldName = Literal[
    "name",
    "title",
    "company",
    "phone",
    "email",
    "wechat",
    "credit_code",
    "address",
    "legal_person",
    "region",
]
FIELDS: tuple[FieldName, ...] = get_args(FieldName)
"""A client's master data."""

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,29}")

Wins = Literal["theirs", "newest", "if_empty", "ours"]
"""Whose value is in force where a system has another than we do."""


class System(Strict):
    """A system with credentials of its own: its key in `api_keys`, its secret in `connections`."""

    name: str
    title: str = Field(default="", max_length=40)
    """What people call it."""
    url: WebAddress | None = None
    """Where it is told of changes; None: it only hands in."""
    sees: tuple[FieldName, ...] = FIELDS
    """Of which fields it is told."""
    sets: Mapping[FieldName, Wins] = Field(default_factory=dict)
    """Which fields it may set, and who wins; what is not named it cannot change."""
    calls_a_minute: int = Field(default=60, ge=1, le=6000)
    """So often it may hand something in."""
    from_start: bool = False
    """Whether it is also told of the clients that were there before it."""

    @field_validator("name")
    @classmethod
    def _a_name(cls, name: str) -> str:
        if not _NAME.fullmatch(name):
            raise ValueError("只能用小写字母、数字、- 和 _，以字母开头，最多 30 个字符")
        return name

    @property
    def called(self) -> str:
        return self.title or self.name


class Connections(Strict):
    systems: tuple[System, ...] = ()

    def named(self, name: str) -> System | None:
        return next((system for system in self.systems if system.name == name), None)

    @property
    def told(self) -> tuple[System, ...]:
        """Those that are told of changes."""
        return tuple(system for system in self.systems if system.url is not None)

    def faults(self) -> Iterator[Fault]:
        names = Counter(system.name for system in self.systems)
        for at, system in enumerate(self.systems):
            place = ("systems", at)
            if names[system.name] > 1:
                yield Fault((*place, "name"), f"“{system.name}”登记了两次，请改名或删去一处")
            if system.url is None and not system.sets:
                yield Fault(place, "既没有 url（告诉它），也没有 sets（听它的），什么也不会发生")
            if system.url is not None and _is_open(system.url):
                yield Fault((*place, "url"), "客户资料会不加密地传到外面，请换成 https:// 的地址")


def _is_open(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "http" and not is_at_home(parts.hostname or "")

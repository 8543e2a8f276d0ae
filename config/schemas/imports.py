"""How files of clients are understood: imports.yaml."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Literal

from pydantic import Field

from config.checking import Fault, Strict

FieldName = Literal[
    "external_id",
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
    "product",
    "budget",
    "need",
    "campaign",
    "ip",
    "created_at",
]
"""What `POST /api/leads` takes, `extra` apart: that is where unknown columns go."""

_ASIDE = re.compile(r"[(（\[【].*?[)）\]】]")
_MARKS = re.compile(r"[\s*:：_\-/、.]+")


def folded(header: str) -> str:
    """A header as it is looked up: 手机号码（必填）* and "Phone Number" → 手机号码, phonenumber."""
    text = unicodedata.normalize("NFKC", header).casefold()
    return _MARKS.sub("", _ASIDE.sub("", text)) or _MARKS.sub("", text)


class Imports(Strict):
    columns: dict[FieldName, tuple[str, ...]] = Field(min_length=1)
    """By field, the headers that mean it; the first is what people are told."""
    blank: tuple[str, ...] = ()
    """What is written where nothing is known."""
    most_assigned: int = Field(default=200, ge=0)
    """A file with more new leads goes to the pool, unless somebody says otherwise."""

    @cached_property
    def by_header(self) -> Mapping[str, FieldName]:
        return {folded(word): name for name, words in self.columns.items() for word in words}

    @cached_property
    def blanks(self) -> frozenset[str]:
        return frozenset({"", *(word.casefold() for word in self.blank)})

    def label(self, field: str) -> str:
        """电话"""
        return next(iter(self.columns.get(field, ())), field)  # type: ignore[call-overload]

    def faults(self) -> Iterator[Fault]:
        seen: dict[str, str] = {}
        for name, words in self.columns.items():
            for at, word in enumerate(words):
                key = folded(word)
                if not key:
                    yield Fault(("columns", name, at), "表头不能是空的")
                elif seen.get(key, name) != name:
                    yield Fault(("columns", name, at), f"“{word}”已经写在 {seen[key]} 里了")
                seen.setdefault(key, name)

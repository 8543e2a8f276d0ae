"""What should be known of a lead, and how it is asked for: leads.yaml."""

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from config.checking import Fault, Strict
from config.document import Place

CoreName = Literal[
    "product",
    "budget",
    "quantity",
    "time",
    "region",
    "company",
    "person",
    "contact",
    "role",
    "budget_status",
    "competitor",
]
"""`contact`: a phone, a WeChat id or a mailbox."""


class CoreField(Strict):
    """A field without which a lead is not worked on well."""

    field: CoreName
    ask: str = Field(min_length=1, max_length=40)
    """The question that a rep may put to the client."""
    asked: tuple[str, ...] = ()
    """Words by which a question of ours shows that it was asked already."""


class Leads(Strict):
    core: tuple[CoreField, ...]
    """What is asked for first stands first."""
    lines: dict[str, tuple[CoreField, ...]] = Field(default_factory=dict)
    """By product line, in place of `core`."""
    need_tag: str = Field(default="客户需求", min_length=1, max_length=20)
    """Words that carry #this# are filed in the client's record."""

    def for_line(self, line: str) -> tuple[CoreField, ...]:
        return self.lines.get(line, self.core)

    def faults(self) -> Iterator[Fault]:
        yield from _twice(self.core, ("core",))
        for line, core in self.lines.items():
            yield from _twice(core, ("lines", line))


def _twice(core: tuple[CoreField, ...], place: Place) -> Iterator[Fault]:
    seen: set[str] = set()
    for at, one in enumerate(core):
        if one.field in seen:
            yield Fault((*place, at, "field"), f"“{one.field}”写了两次，请留一个")
        seen.add(one.field)

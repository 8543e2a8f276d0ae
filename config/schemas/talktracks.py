"""What a rep may say, and other documents of the house: talktracks/*.md, one a file."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from config.checking import Fault, Strict

OBJECTIONS: Mapping[str, str] = {
    "价格": "price",
    "预算": "budget",
    "时机": "timing",
    "已有供应商": "incumbent",
    "交期": "delivery",
    "信任": "trust",
    "需求不明": "need",
}
"""As they stand in a file, and as the extractor names them."""
LONGEST_LEAD = 150
"""Characters of the first paragraph: so much a card of WeCom shows whole."""
LONGEST_BODY = 1_200


def _listed(value: object) -> object:
    """One word may stand without brackets."""
    return (value,) if isinstance(value, str) else value


Words = Annotated[
    tuple[Annotated[str, Field(min_length=1, max_length=32)], ...], BeforeValidator(_listed)
]
Objection = Literal["价格", "预算", "时机", "已有供应商", "交期", "信任", "需求不明"]


class TalkTrack(Strict):
    """One document: what stands above it as YAML, and its words."""

    name: str
    """The file's name without .md: under it uses are counted."""
    title: str = Field(min_length=1, max_length=40)
    objections: Annotated[tuple[Objection, ...], BeforeValidator(_listed)] = ()
    """Against which it helps; empty for what only a rule or a question brings."""
    products: Words = ()
    """Products for which it is meant; empty for all."""
    lines: Words = ()
    """Product lines; empty for all."""
    audience: str = ""
    """For which clients: 高净值客户, 采购."""
    tags: Words = ()
    """What people may ask for it by, beside its title: 售后, 保修."""
    version: int = Field(default=1, gt=0)
    active: bool = True
    """`false` hides a document of the defaults."""
    body: str = Field(min_length=1, max_length=LONGEST_BODY)

    @property
    def lead(self) -> str:
        """The first paragraph: what to say, ready to copy."""
        return self.body.split("\n\n", 1)[0].strip()

    @cached_property
    def against(self) -> frozenset[str]:
        """price, budget … as the extractor names them."""
        return frozenset(OBJECTIONS[word] for word in self.objections)

    def fits(self, line: str, product: str) -> bool:
        if not self.products and not self.lines:
            return True
        return product in self.products or line in self.lines


class Talktracks(Strict):
    """The library: what is in use, in the order of the names."""

    entries: tuple[TalkTrack, ...] = ()

    @cached_property
    def by_name(self) -> Mapping[str, TalkTrack]:
        return {track.name: track for track in self.entries}

    @cached_property
    def by_title(self) -> Mapping[str, TalkTrack]:
        return {track.title: track for track in self.entries}

    def doubled(self) -> Iterator[tuple[str, Fault]]:
        """Titles that stand twice: a rule names a document by its title."""
        seen: dict[str, str] = {}
        for track in self.entries:
            before = seen.setdefault(track.title.casefold(), track.name)
            if before != track.name:
                fault = Fault(("title",), f"标题“{track.title}”和 {before}.md 重复，请改一个")
                yield track.name, fault

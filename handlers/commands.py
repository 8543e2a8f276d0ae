"""Finding the command in what a colleague wrote."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from crm_store.models import Member
from handlers.router import Command

_SPEAKS_OF_TIME = re.compile(
    r"[0-9〇零一二两三四五六七八九十半几今明后昨大天日号周月年点时分秒早晚午夜钟刻初底末旬会久班]"
)
"""「王主任叫我过去一趟」 has no time where 「{time} 叫我 {words}」 wants one."""
_IS_WORDS = re.compile(r"(?![零一二两三四五六七八九十百第编号条个])[\u4e00-\u9fff]")
"""「取消提醒 康源」 has no number where 「取消提醒 {number}」 wants one."""
_NUMBERS = ("number", "question")
_PARTICLES = re.compile(r"[了吧啊呀哈呢嘛么吗的啦呗哦]+")
"""别再提醒我了 names nobody called 了."""
_ASKS = re.compile(r"什么|啥|谁|哪|怎么|咋|多少|[没不吗呢]$")
"""「最近有啥没跟进的」 and 「赵主任预算是谁说的」 name no client."""
_ASKS_WHEN = re.compile(r"什么时|啥时|几时|几号|哪天|哪一天|多久")
"""「赵主任下次联系是啥时候」 sets none."""
_WHICH = re.compile(r"啥|什么|哪些|哪方面")
_NO_NOTE = re.compile(
    r"[了过]?(?:多少|几)(?:个|位|条|家|次)?(?:客户|线索)?[了吗呢的?？]*|的|率.{0,5}|了?[吗没么][?？]?"
)
"""「王磊今天跟进了几个」, 「跟进率咋样」 and 「康源跟进了吗」 tell of no follow-up."""


@dataclass(frozen=True)
class Words:
    """A colleague's words: as written, with single spaces, and in half width as well."""

    written: str
    tidy: str
    folded: str
    worked_out: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)
    """What several who may answer them ask for: found out once a message."""

    @classmethod
    def of(cls, text: str) -> "Words":
        folded = unicodedata.normalize("NFKC", text)
        return cls(text.strip(), " ".join(text.split()), " ".join(folded.split()))


def find_command(
    commands: Iterable[Command], words: Words, sender: Member
) -> tuple[Command, dict[str, str]] | None:
    """The command these words give, with its arguments; None where they give none.

    Where several patterns fit, the one with the fewest words left to arguments is meant. A
    command that the sender's roles do not allow is not found for him.
    """
    best: tuple[int, Command, dict[str, str]] | None = None
    for command in Menu(tuple(commands)).for_member(sender):
        slots = command.match(words.tidy) or command.match(words.folded)
        if slots is None or not _are_possible(slots):
            continue
        left = sum(len(value) for value in slots.values())
        if best is None or left < best[0]:
            best = (left, command, slots)
    return (best[1], best[2]) if best else None


def _are_possible(slots: Mapping[str, str]) -> bool:
    """A pattern takes any words; those that no time, no number and no client can be are left to
    others."""
    time = slots.get("time")
    if time is not None and (not _SPEAKS_OF_TIME.search(time) or _ASKS_WHEN.search(time)):
        return False
    if _WHICH.fullmatch(slots.get("topic", "-")):
        return False
    for slot in _NUMBERS:
        if slot in slots and _IS_WORDS.search(slots[slot]):
            return False
    if _NO_NOTE.fullmatch(slots.get("note", "-")):
        return False
    client = slots.get("client", "")
    return not _PARTICLES.fullmatch(client) and not _ASKS.search(client)


@dataclass(frozen=True)
class Menu:
    """Every command there is, for 帮助."""

    commands: tuple[Command, ...]

    def for_member(self, member: Member) -> list[Command]:
        """The commands that his roles allow."""
        return [
            command
            for command in self.commands
            if not command.roles or any(map(member.has_role, command.roles))
        ]

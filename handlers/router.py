"""What a capability registers with: on an event or a fact, a command, a button, a timer, a slot.

    router = Router("mute")

    @router.command("静音 {client}", help="不再提醒这位客户")
    async def mute(client: str, sender: Member, tx: Transaction) -> Reply: ...

What a function needs it names as parameters; they arrive by type, the braces of a command's
pattern by name. It returns what to answer, or None. See bot/injection.py for what may be named.
"""

import re
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from crm_store.facts import Fact
from crm_store.models import Role
from handlers.events import Event
from notifiers.card import Card, Text

Reply = str | Text | Card | None
Handler = Callable[..., Coroutine[Any, Any, Any]]
Decorated = TypeVar("Decorated", bound=Handler)

_SLOT = re.compile(r"\{(\w+)\}")
_BETWEEN_NAMES = r"[\s:：,，]+"
_SHORT_VERB = re.compile(r"\w \{\w+\}")
_END = r"\s*[。.！!？?]?"


SLOTS = {
    "client": "客户",
    "successor": "同事",
    "note": "内容",
    "page": "页数",
    "words": "内容",
    "reason": "原因",
    "kind": "提醒种类",
    "result": "结果",
    "colleague": "同事",
    "question": "编号",
    "field": "项目",
    "value": "内容",
    "pair": "编号",
    "answer": "答复",
    "rule": "规则",
    "topic": "哪方面",
    "product": "产品",
    "number": "编号",
    "thing": "资料",
    "time": "时间",
}
"""How a pattern's braces are called in 帮助."""


@dataclass(frozen=True)
class Command:
    """A command in the words reps use. The first pattern is the one 帮助 shows."""

    patterns: tuple[str, ...]
    help: str
    handler: Handler
    roles: frozenset[Role]
    """Who may give it; empty for everybody."""
    regexes: tuple[re.Pattern[str], ...] = field(repr=False)
    unless: str = ""
    """Words in which it is something else, whatever pattern fits; a regular expression."""

    @property
    def usage(self) -> str:
        """The pattern as a person reads it: 转派 客户 给 同事."""
        return _SLOT.sub(lambda match: SLOTS[match[1]], self.patterns[0])

    def match(self, text: str) -> dict[str, str] | None:
        if self.unless and re.search(self.unless, text):
            return None
        for regex in self.regexes:
            found = regex.fullmatch(text)
            if found:
                return {name: value.strip() for name, value in found.groupdict("").items()}
        return None

    def spans(self, text: str) -> dict[str, tuple[int, int]]:
        """Where the arguments stand; empty where the text is not this command."""
        for regex in self.regexes:
            found = regex.fullmatch(text)
            if found:
                return {name: found.span(name) for name in regex.groupindex}
        return {}


def compile_pattern(pattern: str) -> re.Pattern[str]:
    """`{name}` takes words; a space may be any space or none, but between two names, and after a
    verb of one character (查, with which 查收 begins), there must be something: a space, a comma or
    a colon."""
    regex = _SLOT.sub(r"(?P<\1>.+?)", re.escape(pattern).replace(r"\{", "{").replace(r"\}", "}"))
    regex = regex.replace(r")\ (", f"){_BETWEEN_NAMES}(")
    if _SHORT_VERB.fullmatch(pattern):
        regex = regex.replace(r"\ (", f"{_BETWEEN_NAMES}(", 1)
    regex = regex.replace(r"\ ", r"\s*")
    return re.compile(regex + _END, re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True)
class Instead:
    """What somebody said or pressed means this command: the dispatcher gives it.

    Without a command, `words` are to be taken as if he had written them.
    """

    command: Command | None
    slots: Mapping[str, str]
    words: str
    is_written: bool = False
    """Whether he gave the command himself, as it is written."""


@dataclass(frozen=True)
class Schedule:
    job: str
    cron: str
    """Five fields; a numeric weekday counts from Monday = 0, so write `mon-fri`."""
    handler: Handler
    is_watch: bool = False
    """It looks after the machine itself: no clock is turned for its sake."""


class Router:
    """One capability's table of contents."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.events: list[tuple[type[Event], Handler]] = []
        self.reactions: list[tuple[type[Fact], Handler]] = []
        self.commands: list[Command] = []
        self.buttons: dict[str, Handler] = {}
        self.timers: dict[str, Handler] = {}
        self.answers: dict[str, Handler] = {}
        self.schedules: list[Schedule] = []
        self.fallbacks: list[Handler] = []
        self.unknown_names: list[Handler] = []

    def on(self, happening: type[Event] | type[Fact]) -> Callable[[Decorated], Decorated]:
        """On an event from outside, or on a fact that was recorded (a reaction)."""

        def register(handler: Decorated) -> Decorated:
            if issubclass(happening, Fact):
                self.reactions.append((happening, handler))
            else:
                self.events.append((happening, handler))
            return handler

        return register

    def command(
        self,
        *patterns: str,
        help: str,
        roles: frozenset[Role] = frozenset(),
        unless: str = "",
    ) -> Callable[[Decorated], Decorated]:
        def register(handler: Decorated) -> Decorated:
            regexes = tuple(compile_pattern(pattern) for pattern in patterns)
            self.commands.append(Command(patterns, help, handler, roles, regexes, unless))
            return handler

        return register

    def button(self, verb: str) -> Callable[[Decorated], Decorated]:
        """A card's button whose action is `verb:argument`; the argument arrives as `argument`."""
        return self._named(self.buttons, verb)

    def timer(self, kind: str) -> Callable[[Decorated], Decorated]:
        return self._named(self.timers, kind)

    def answer(self, purpose: str) -> Callable[[Decorated], Decorated]:
        """A call from the outbox came back."""
        return self._named(self.answers, purpose)

    def schedule(self, cron: str, *, is_watch: bool = False) -> Callable[[Decorated], Decorated]:
        def register(handler: Decorated) -> Decorated:
            job = f"{self.name}.{handler.__name__}"
            self.schedules.append(Schedule(job, cron, handler, is_watch))
            return handler

        return register

    def otherwise(self) -> Callable[[Decorated], Decorated]:
        """Words of a colleague that are no command: the first that answers takes them."""

        def register(handler: Decorated) -> Decorated:
            self.fallbacks.append(handler)
            return handler

        return register

    def unknown_name(self) -> Callable[[Decorated], Decorated]:
        """A command named a client whom the sender does not have: what is said beside that."""

        def register(handler: Decorated) -> Decorated:
            self.unknown_names.append(handler)
            return handler

        return register

    def _named(self, table: dict[str, Handler], name: str) -> Callable[[Decorated], Decorated]:
        def register(handler: Decorated) -> Decorated:
            if name in table:
                raise ValueError(f"{self.name}: {name} is registered twice")
            table[name] = handler
            return handler

        return register

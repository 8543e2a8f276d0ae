"""The ladder of deadlines that no lead slips through: escalation.yaml.

A rung is data: what it counts from and by which clock, whom it concerns, what it does. What keeps
the deadlines and acts on them (handlers/ladder) knows no rung by name.
"""

import re
from collections.abc import Iterator, Sequence
from enum import StrEnum
from functools import cached_property
from typing import Any, Literal

from pydantic import Field

from config.checking import Fault, Strict


class Unit(StrEnum):
    """By which clock a wait is counted."""

    WORKING_MINUTES = "working_minutes"
    HOURS = "hours"
    """Wall time; what comes due outside working time waits for the next working minute."""
    WORKING_DAYS = "working_days"


_UNIT_WORDS = {
    Unit.WORKING_MINUTES: "分钟",
    Unit.HOURS: "小时",
    Unit.WORKING_DAYS: "个工作日",
}
_MINUTES_AN_HOUR = 60
_NAME = re.compile(r"[a-z][a-z0-9_]*")


class Rung(Strict):
    """How long nothing may happen: what a calendar counts."""

    after: int = Field(gt=0)
    unit: Unit
    active: bool = True

    @property
    def words(self) -> str:
        """15 分钟, 2 小时, 3 个工作日."""
        if self.unit is Unit.WORKING_MINUTES and self.after % _MINUTES_AN_HOUR == 0:
            return f"{self.after // _MINUTES_AN_HOUR} 小时"
        return f"{self.after} {_UNIT_WORDS[self.unit]}"


class Since(StrEnum):
    """What a rung counts from."""

    ASSIGNED = "assigned"
    LAST_FOLLOW_UP = "last_follow_up"
    """The last follow-up of whoever has the lead; before the first one, its assignment."""
    FIRST_TOUCH = "first_touch"
    ASKED = "asked"
    """When a colleague was asked something."""


class Until(StrEnum):
    """What makes a rung pointless."""

    VIEWED = "viewed"
    TOUCHED = "touched"
    FOLLOWED_UP = "followed_up"
    RESULT = "result"
    ANSWERED = "answered"

    @property
    def missed(self) -> str:
        """What did not happen, in words."""
        return _MISSED[self]


_MISSED = {
    Until.VIEWED: "未查看",
    Until.TOUCHED: "未首次联系",
    Until.FOLLOWED_UP: "没有跟进",
    Until.RESULT: "没有登记结果",
    Until.ANSWERED: "没有答复",
}
_UNTIL = {
    Since.ASSIGNED: Until.TOUCHED,
    Since.LAST_FOLLOW_UP: Until.FOLLOWED_UP,
    Since.FIRST_TOUCH: Until.RESULT,
    Since.ASKED: Until.ANSWERED,
}


class Audience(StrEnum):
    NOBODY = "nobody"
    OWNER = "owner"
    MANAGER = "manager"
    BOTH = "owner+manager"
    COLLEAGUE = "colleague"
    """Who was asked."""


class Action(StrEnum):
    REMIND = "remind"
    """The owner is nudged; he may mute it."""
    ASK_RESULT = "ask_result"
    """The owner is asked what came of it; he may mute it."""
    REASSIGN = "reassign"
    """The lead goes to whoever fits best of those who have not had it, else to the manager."""
    WARN = "warn"
    """The manager is told, and may decide."""
    TAKEOVER = "takeover"
    """The manager is asked to take the lead over, with a reason."""
    MEASURE = "measure"
    """Nobody is told; the timeline knows."""


class CardKind(StrEnum):
    NONE = "none"
    """No card of its own: a line of the list."""
    LEAD = "lead"
    RESULT = "result"
    TRANSFER = "transfer"
    SNAPSHOT = "snapshot"
    QUESTION = "question"


class Channel(StrEnum):
    CHAT = "chat"
    STRONG = "strong"
    """The chat, and at the same time the owner's second channel (desk.yaml), until he has seen it
    on either."""


NUDGES = frozenset({Action.REMIND, Action.ASK_RESULT})
"""What a rep may mute."""


class Condition(Strict):
    """Whose leads a rung is for; what is left out does not matter."""

    priority: Literal["high", "normal"] | None = None
    states: tuple[str, ...] = ()
    """assigned, viewed, contacted, following."""

    @property
    def unknown_states(self) -> list[str]:
        return [state for state in self.states if state not in OPEN_STATES]


OPEN_STATES = ("assigned", "viewed", "contacted", "following")


class After(Strict):
    """How far apart two rungs of one count stay at least: who hears of the lower one has a chance
    to act on it."""

    rung: str
    """The name of the lower one, which stands before it in the file."""
    working_minutes: int = Field(gt=0)


class Step(Strict):
    """A rung as it is written."""

    name: str = Field(min_length=1, max_length=32)
    """What facts call it. Never changed once it is in use."""
    label: str = Field(min_length=1, max_length=16)
    """What people call it: 静音 赵主任 跟进提醒."""
    counted_from: Since
    until: Until | None = None
    clock: Unit
    after: int = Field(gt=0)
    active: bool = True
    after_rung: After | None = None
    """Of the first time: not before another rung, which acts by then, and so long after it."""
    times: int = Field(default=1, ge=0)
    """How often it acts as long as nothing happens; 0: without end."""
    again_after: int | None = Field(default=None, gt=0)
    """By the same clock, from the last time; None: `after`."""
    condition: Condition = Condition()
    audience: Audience
    card: CardKind | None = None
    """What it is told on, to owner and manager: his manager; None: what its actions ask for."""
    channel: Channel = Channel.CHAT
    actions: tuple[Action, ...] = Field(min_length=1)
    announce_before: int | None = Field(default=None, gt=0)
    """So many minutes before, the owner is told what is about to happen."""

    @property
    def ends_with(self) -> Until:
        return self.until or _UNTIL[self.counted_from]

    @property
    def wait(self) -> Rung:
        return Rung(after=self.after, unit=self.clock)

    @property
    def next_wait(self) -> Rung:
        """From one time to the next."""
        return Rung(after=self.again_after or self.after, unit=self.clock)

    @property
    def words(self) -> str:
        """15 分钟."""
        return self.wait.words

    @property
    def missed(self) -> str:
        return self.ends_with.missed

    @property
    def rule(self) -> str:
        """48 小时没有跟进."""
        return f"{self.words}{self.missed}"

    def does(self, *actions: Action) -> bool:
        return any(action in self.actions for action in actions)

    @property
    def cards(self) -> tuple[CardKind, ...]:
        """What it may be told on, the usual first."""
        if self.does(Action.MEASURE):
            return (CardKind.NONE,)
        if self.counted_from is Since.ASKED:
            return (CardKind.QUESTION,)
        if self.audience is not Audience.OWNER:
            told = CardKind.TRANSFER if self.does(Action.REASSIGN) else CardKind.SNAPSHOT
            return (told, CardKind.NONE)
        with_result = (CardKind.RESULT,) if self.does(Action.ASK_RESULT) else ()
        is_reminded = self.does(Action.REMIND)
        either = (CardKind.LEAD, *with_result) if is_reminded else (*with_result, CardKind.LEAD)
        return (*either, CardKind.NONE)

    @property
    def told_on(self) -> CardKind:
        return self.card or self.cards[0]

    @property
    def owners_card(self) -> CardKind:
        """What its owner is told on, where he is."""
        if self.audience is Audience.OWNER or self.told_on is CardKind.NONE:
            return self.told_on
        return CardKind.LEAD if self.does(Action.REMIND) else CardKind.RESULT

    @property
    def is_nudge(self) -> bool:
        """Whether the owner is told nothing but to get on with it."""
        return self.audience is Audience.OWNER and NUDGES.issuperset(self.actions)

    @property
    def says_what_is_coming(self) -> str:
        """After 「还有 10 分钟没有跟进，」."""
        if self.does(Action.REASSIGN):
            return "就会转给其他同事"
        if self.does(Action.TAKEOVER):
            return "就会请主管接管"
        return "就会告诉主管"


_BEFORE: dict[str, dict[str, Any]] = {
    "first_view": {
        "label": "新线索查看",
        "counted_from": Since.ASSIGNED,
        "until": Until.VIEWED,
        "audience": Audience.MANAGER,
        "card": CardKind.TRANSFER,
        "actions": (Action.REASSIGN, Action.WARN),
    },
    "nudge": {
        "label": "跟进提醒",
        "counted_from": Since.LAST_FOLLOW_UP,
        "audience": Audience.OWNER,
        "card": CardKind.LEAD,
        "actions": (Action.REMIND,),
    },
    "quiet": {
        "label": "沉默升级",
        "counted_from": Since.LAST_FOLLOW_UP,
        "times": 0,
        "audience": Audience.MANAGER,
        "card": CardKind.SNAPSHOT,
        "actions": (Action.WARN,),
    },
    "takeover": {
        "label": "主管接管",
        "counted_from": Since.LAST_FOLLOW_UP,
        "times": 0,
        "again_after": 1,
        "condition": Condition(priority="high"),
        "audience": Audience.MANAGER,
        "card": CardKind.SNAPSHOT,
        "actions": (Action.TAKEOVER,),
    },
}
"""The four that were written without saying what they do, until files had a list of rungs."""


class Escalation(Strict):
    rungs: tuple[Step, ...] = ()
    first_view: Rung | None = None
    """This and the next three: how the file was written before `rungs`, and is still understood."""
    nudge: Rung | None = None
    quiet: Rung | None = None
    takeover: Rung | None = None
    client_words_notice_seconds: int = Field(ge=0)
    """A client's further words within so long are told together."""
    most_cards: int = Field(default=5, ge=1)
    """So many cards of the ladder one colleague gets at once; the rest come as one list."""

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """Every active rung, in the order of the file."""
        every = self.rungs or tuple(self._as_written_before())
        return tuple(step for step in every if step.active)

    def step(self, name: str) -> Step | None:
        return next((step for step in self.steps if step.name == name), None)

    def _as_written_before(self) -> Iterator[Step]:
        for name, rest in _BEFORE.items():
            rung: Rung | None = getattr(self, name)
            if rung is not None:
                waits = {"after": rung.after, "clock": rung.unit, "active": rung.active}
                yield Step(name=name, **waits, **rest)

    def faults(self) -> Iterator[Fault]:
        before = [name for name in _BEFORE if getattr(self, name) is not None]
        if self.rungs and before:
            yield Fault(
                (before[0],),
                f"已经写了 rungs，请把 {before[0]} 并进去：- {{name: {before[0]}, …}}，"
                "写法见 config/defaults/escalation.yaml",
            )
        if not self.rungs and not before:
            yield Fault((), "缺少 rungs：至少要有一级，写法见 config/defaults/escalation.yaml")
        seen: dict[str, int] = {}
        for at, step in enumerate(self.rungs):
            for key, value in (("name", step.name), ("label", step.label)):
                if seen.setdefault(f"{key}:{value}", at) != at:
                    yield Fault(("rungs", at, key), f"“{value}”和另一级重复了，请换一个")
            for fault in (*_faults(step), *_order(step, self.rungs[:at])):
                yield Fault(("rungs", at, *fault.place), fault.message)


def _order(step: Step, before: Sequence[Step]) -> Iterator[Fault]:
    """What `after_rung` names; that it stands before it leaves no circle."""
    if step.after_rung is None:
        return
    place = ("after_rung", "rung")
    lower = next((one for one in before if one.name == step.after_rung.rung), None)
    if lower is None:
        yield Fault(place, f"“{step.after_rung.rung}”要写在这一级前面，前面没有这一级")
    elif lower.counted_from is not step.counted_from or step.counted_from is Since.ASKED:
        yield Fault(place, "两级的 counted_from 要一样（asked 除外），否则隔不开")
    elif lower.does(Action.MEASURE) or step.does(Action.MEASURE):
        yield Fault(place, "measure 不告诉任何人，不用隔开")


def _faults(step: Step) -> Iterator[Fault]:
    for place, is_wrong, message in (
        (
            "name",
            _NAME.fullmatch(step.name) is None,
            "name 由小写字母开头，只用小写字母、数字和下划线，如 call_in_4h",
        ),
        (
            "audience",
            (step.counted_from is Since.ASKED) != (step.audience is Audience.COLLEAGUE),
            "audience: colleague 和 counted_from: asked 要一起用：催的是被问的同事",
        ),
        (
            "until",
            (step.counted_from is Since.ASKED) != (step.ends_with is Until.ANSWERED),
            "until: answered 只用在 counted_from: asked 上",
        ),
        (
            "actions",
            step.does(Action.REMIND, Action.ASK_RESULT)
            and step.audience not in (Audience.OWNER, Audience.BOTH, Audience.COLLEAGUE),
            "remind 和 ask_result 是对负责人的，audience 要写 owner 或 owner+manager",
        ),
        (
            "actions",
            step.does(Action.WARN, Action.TAKEOVER, Action.REASSIGN)
            and step.audience not in (Audience.MANAGER, Audience.BOTH),
            "warn、takeover 和 reassign 要告诉主管，audience 要写 manager 或 owner+manager",
        ),
        (
            "actions",
            step.does(Action.MEASURE) and len(step.actions) > 1,
            "measure 只记录、不打扰人，不能和别的动作一起用，请另写一级",
        ),
        (
            "audience",
            step.does(Action.MEASURE) != (step.audience is Audience.NOBODY),
            "measure 不告诉任何人，audience 要写 nobody（反过来也一样）",
        ),
        (
            "actions",
            step.does(Action.ASK_RESULT) and step.ends_with is not Until.RESULT,
            "ask_result 要配 until: result，否则登记了结果还会再问",
        ),
        (
            "card",
            step.card is not None and step.card not in step.cards,
            f"照这一级的 audience 和 actions，card 只能写：{'、'.join(step.cards)}",
        ),
        (
            "channel",
            step.channel is Channel.STRONG and not step.does(Action.REMIND, Action.ASK_RESULT),
            "strong 响在负责人的第二个渠道，只用在 actions 有 remind 或 ask_result 的一级",
        ),
        (
            "channel",
            step.channel is Channel.STRONG and step.audience is Audience.COLLEAGUE,
            "strong 响的是负责人的线索，请教同事用不了，请写 chat",
        ),
        (
            "channel",
            step.channel is Channel.STRONG and step.card is CardKind.NONE,
            "strong 要和卡片一起响，card: none 用不了",
        ),
        (
            "announce_before",
            step.announce_before is not None
            and not step.does(Action.WARN, Action.TAKEOVER, Action.REASSIGN),
            "只有会转走、接管或告诉主管的一级才需要预告",
        ),
        (
            "condition",
            bool(step.condition.unknown_states),
            f"states 只能写：{'、'.join(OPEN_STATES)}",
        ),
    ):
        if is_wrong:
            yield Fault((place,), message)

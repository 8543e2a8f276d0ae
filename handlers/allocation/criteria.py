"""评分项: what each criterion says of a rep for a lead, as a share from 0 to 1 and in words. Pure.

A criterion of which nothing is known is the same for everybody: it is neutral, and its weight goes
to the others.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from config.schemas.assignment import Criterion, Preset
from handlers.allocation.presets import Wish


class Seller(Protocol):
    """What is asked of whoever may get a lead."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def regions(self) -> Sequence[str]: ...
    @property
    def lines(self) -> Sequence[str]: ...
    @property
    def industries(self) -> Sequence[str]: ...
    @property
    def level(self) -> str: ...
    @property
    def team(self) -> str: ...
    @property
    def capacity(self) -> int: ...
    @property
    def is_reachable(self) -> bool: ...
    @property
    def last_assigned_at(self) -> datetime | None: ...


@dataclass(frozen=True)
class Present:
    """Who looks after the client already."""

    member_id: str
    reason: str


@dataclass(frozen=True)
class Wanted:
    """Whom a rule in plain words names."""

    members: tuple[str, ...]
    reason: str
    by_load: bool = False
    rule: Mapping[str, object] = field(default_factory=dict)
    """What is stored of it."""


@dataclass(frozen=True)
class Situation:
    """How the team stands at the moment of choosing. What nobody asked about is empty."""

    loads: Mapping[str, int] = field(default_factory=dict)
    """Open leads, by member."""
    away: Mapping[str, datetime] = field(default_factory=dict)
    """Who is on leave, until when."""
    at_work: Collection[str] | None = None
    """Who works right now; None: it is not asked."""
    on_night: Collection[str] | None = None
    """The night pool's members who are there; None: it is not night, or there is none."""
    wins: Mapping[str, int] = field(default_factory=dict)
    """Deals won lately of what is asked for, by member."""
    bought: Mapping[str, int] = field(default_factory=dict)
    """The client's won deals, by who won them."""
    present: Present | None = None
    wanted: Wanted | None = None


Share = Callable[[Seller], float]
Reason = Callable[[Seller], str]

LABELS = {
    Criterion.REGION: "地区",
    Criterion.LINE: "产品线",
    Criterion.LOAD: "负荷",
    Criterion.RECENT_WINS: "近期成交",
    Criterion.INDUSTRY: "行业",
    Criterion.PURCHASES: "采购频次",
    Criterion.LEVEL: "级别",
}


@dataclass(frozen=True, slots=True)
class Axis:
    """One criterion, ready to be asked of each member."""

    criterion: Criterion
    is_known: bool
    share: Share
    reason: Reason


def axes(preset: Preset, wish: Wish, now: Situation) -> list[Axis]:
    return [_AXES[criterion](preset, wish, now) for criterion in preset.criteria]


def load_axis(preset: Preset, wish: Wish, now: Situation) -> Axis:
    loads = now.loads

    def share(member: Seller) -> float:
        free = 1 - loads.get(member.id, 0) / member.capacity
        return free if free > 0 else 0.0

    def reason(member: Seller) -> str:
        return f"手上 {loads.get(member.id, 0)}/{member.capacity} 条"

    return Axis(Criterion.LOAD, True, share, reason)


def _region(preset: Preset, wish: Wish, now: Situation) -> Axis:
    wanted = wish.region

    def share(member: Seller) -> float:
        regions = member.regions
        return 1.0 if not regions or any(region in wanted for region in regions) else 0.0

    def reason(member: Seller) -> str:
        if not member.regions:
            return f"负责全国，包括{wanted}"
        if share(member):
            return f"负责{wanted}"
        return f"不在负责的地区（{'、'.join(member.regions)}）"

    return Axis(Criterion.REGION, bool(wanted), share, reason)


def _line(preset: Preset, wish: Wish, now: Situation) -> Axis:
    # Who does not sell it was left out before.
    def reason(member: Seller) -> str:
        return f"负责{wish.line}" if member.lines else f"负责所有产品线，包括{wish.line}"

    return Axis(Criterion.LINE, bool(wish.line), lambda member: 1.0, reason)


def _recent_wins(preset: Preset, wish: Wish, now: Situation) -> Axis:
    most = max(now.wins.values(), default=0)
    what = won_of(preset, wish)

    def share(member: Seller) -> float:
        return now.wins.get(member.id, 0) / most if most else 0.0

    def reason(member: Seller) -> str:
        return f"近 {preset.won.days} 天成交 {now.wins.get(member.id, 0)} 单{what}"

    return Axis(Criterion.RECENT_WINS, most > 0, share, reason)


def won_of(preset: Preset, wish: Wish) -> str:
    """Of what recent wins are counted, in words; empty: of anything."""
    if preset.won.same == "line":
        return wish.line
    return "、".join(preset.when.product) or wish.product or wish.line


def _industry(preset: Preset, wish: Wish, now: Situation) -> Axis:
    trades = wish.industries

    def share(member: Seller) -> float:
        theirs = member.industries
        return 1.0 if not theirs or any(trade in trades for trade in theirs) else 0.0

    def reason(member: Seller) -> str:
        if not member.industries:
            return "不分行业"
        if share(member):
            return f"熟悉{'、'.join(trade for trade in trades if trade in member.industries)}"
        return f"不熟悉{'、'.join(trades)}（熟悉{'、'.join(member.industries)}）"

    return Axis(Criterion.INDUSTRY, bool(trades), share, reason)


def _purchases(preset: Preset, wish: Wish, now: Situation) -> Axis:
    total = sum(now.bought.values())

    def share(member: Seller) -> float:
        return now.bought.get(member.id, 0) / total if total else 0.0

    def reason(member: Seller) -> str:
        return f"这位客户成交过 {total} 单，{now.bought.get(member.id, 0)} 单由他经手"

    return Axis(Criterion.PURCHASES, total > 0, share, reason)


def _level(preset: Preset, wish: Wish, now: Situation) -> Axis:
    levels = preset.levels

    def share(member: Seller) -> float:
        return levels.get(member.level, 0.0)

    def reason(member: Seller) -> str:
        return f"级别{member.level}" if member.level else "没有写级别"

    return Axis(Criterion.LEVEL, bool(levels), share, reason)


_AXES: Mapping[Criterion, Callable[[Preset, Wish, Situation], Axis]] = {
    Criterion.REGION: _region,
    Criterion.LINE: _line,
    Criterion.LOAD: load_axis,
    Criterion.RECENT_WINS: _recent_wins,
    Criterion.INDUSTRY: _industry,
    Criterion.PURCHASES: _purchases,
    Criterion.LEVEL: _level,
}

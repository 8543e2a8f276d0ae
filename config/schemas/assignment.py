"""Who gets a lead: assignment.yaml."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, model_validator

from config.checking import Fault, Strict
from config.schemas.hours import Hours

Weight = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Criterion(StrEnum):
    """What a rep is judged by."""

    REGION = "region"
    LINE = "line"
    LOAD = "load"
    RECENT_WINS = "recent_wins"
    INDUSTRY = "industry"
    PURCHASES = "purchase_frequency"
    LEVEL = "level"


class When(Strict):
    """Which leads a preset is for; what is not said is not asked. A list fits by any of it."""

    source: tuple[str, ...] = ()
    """Where it came from: the source's name, or the 来源渠道 that a form brought."""
    region: tuple[str, ...] = ()
    line: tuple[str, ...] = ()
    product: tuple[str, ...] = ()
    """Words in the product's name: 中考冲刺."""
    industry: tuple[str, ...] = ()
    priority: Literal["high", "normal"] | None = None
    tags: tuple[str, ...] = ()
    budget_over: int | None = Field(default=None, ge=0)
    """In whole CNY; more than this."""
    known: tuple[str, ...] = ()
    """Fields that are known, as the extractor names them: budget, company, phone …"""
    unknown: tuple[str, ...] = ()
    """Fields that are not."""

    @property
    def is_empty(self) -> bool:
        return self == When()


class Wins(Strict):
    """Which won deals recent_wins counts."""

    days: int = Field(default=7, gt=0)
    same: Literal["product", "line"] = "product"
    """Of the same product (the words of the preset's `when.product`, where it has some), or of
    the whole line."""


class Action(StrEnum):
    """What is done besides, at once, when a preset has chosen."""

    APPOINTMENT = "appointment"
    """预约确认卡片: the rep is sent a card to confirm the appointment with."""


class Preset(Strict):
    """One way to choose. Either `score`, weighted points, or `rank`, one criterion after the
    other, the most first."""

    name: str = Field(min_length=1, max_length=40)
    active: bool = True
    when: When = When()
    score: Mapping[Criterion, Weight] | None = None
    rank: tuple[Criterion, ...] | None = Field(default=None, min_length=1)
    won: Wins = Wins()
    levels: Mapping[str, Annotated[float, Field(ge=0, le=1)]] = Field(default_factory=dict)
    """What a level is worth for the criterion `level`, from 0 to 1; one not named is worth 0."""
    only_levels: tuple[str, ...] = ()
    """Only members of these levels; empty: of any."""
    only_teams: tuple[str, ...] = ()
    actions: tuple[Action, ...] = ()

    @model_validator(mode="after")
    def _one_way(self) -> "Preset":
        if (self.score is None) == (self.rank is None):
            raise ValueError("score 和 rank 要写一个，只写一个")
        if self.score is not None and sum(self.score.values()) <= 0:
            raise ValueError("权重不能全是 0")
        return self

    @property
    def criteria(self) -> tuple[Criterion, ...]:
        """Those that count."""
        if self.rank is not None:
            return self.rank
        return tuple(one for one, weight in (self.score or {}).items() if weight)


class PresentOwner(Strict):
    """Whoever looks after the client already gets his further leads."""

    active: bool = True
    won_within_days: int = Field(default=365, gt=0)
    """For so long the owner of his latest won deal counts."""


class Night(Strict):
    """夜班池: who gets what comes outside working time."""

    members: tuple[str, ...] = ()
    """Ids of staff.yaml."""
    teams: tuple[str, ...] = ()
    hours: Hours | None = None
    """When they are there; None: whenever it is not working time."""

    @property
    def is_empty(self) -> bool:
        return not self.members and not self.teams


class Pool(Strict):
    """公海: what nobody owns may be claimed."""

    claims_a_day: int = Field(default=5, ge=0)
    again_after_days: int = Field(default=7, ge=0)
    """Who had it, or gave it back, may not claim it again for so long."""
    told_after_hours: int = Field(default=4, gt=0)
    """What lies there longer is told to the managers, once a day."""


class Assignment(Strict):
    presets: tuple[Preset, ...] = Field(min_length=1)
    present_owner: PresentOwner = PresentOwner()
    full: Literal["never", "last"] = "never"
    """Whoever carries as many leads as he can: `never` gets another, or only where nobody else
    is left."""
    at_work_first: bool = True
    """Who is at work now comes before who is not."""
    nobody_fits: Literal["pool", "manager"] = "pool"
    industries: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    """Industry → words in a company's name that tell it; one before $ has to end it. The one table
    of trades there is (nlp/searching/trades.py reads it)."""
    night: Night = Night()
    pool: Pool = Pool()
    default_capacity: int = Field(gt=0)
    """Open leads that a member can carry where staff.yaml does not say."""
    max_automatic_reassignments: int = Field(ge=0)
    """After so many the manager owns the lead."""

    def faults(self) -> Iterator[Fault]:
        names: set[str] = set()
        for at, preset in enumerate(self.presets):
            if preset.name in names:
                yield Fault(("presets", at, "name"), f"“{preset.name}”写了两次，请换一个名字")
            names.add(preset.name)
            if Criterion.LEVEL in preset.criteria and not preset.levels:
                yield Fault(("presets", at), "用 level 打分要写 levels：每个级别值几分（0 到 1）")
        if not any(preset.active and preset.when.is_empty for preset in self.presets):
            at = len(self.presets) - 1
            yield Fault(("presets", at), "要有一条不写 when 的，接住其余的线索，请放在最后")
        for industry, words in self.industries.items():
            if not all(word.removesuffix("$") for word in words):
                yield Fault(("industries", industry), "有一个空的词，请删去")

"""What a rule is: a condition over facts, and deeds. Frozen; `Rule.model_dump_json` is stored."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class Fact(StrEnum):
    """What a condition may ask of a lead."""

    PRODUCT = "product"
    LINE = "line"
    WORDS = "words"
    BUDGET = "budget"
    QUANTITY = "quantity"
    REGION = "region"
    SOURCE = "source"
    COMPANY = "company"
    ROLE = "role"
    PRIORITY = "priority"
    URGENCY = "urgency"
    MONEY = "money"
    """The state of the budget: approved, pending, none."""
    OBJECTION = "objection"
    COMPETITOR = "competitor"
    TAG = "tag"
    KNOWN = "known"
    """Whether the client had a lead before this one."""
    WON = "won"
    """Whether he bought before."""
    MINUTE = "minute"
    """Of the day on which the lead came, on the clock of the house."""
    WEEKDAY = "weekday"
    WORKING = "working"
    """Whether it came in working time."""


AMOUNTS = frozenset({Fact.BUDGET, Fact.QUANTITY, Fact.MINUTE})
LISTS = frozenset({Fact.ROLE, Fact.OBJECTION, Fact.COMPETITOR, Fact.TAG})
"""A lead may have several of these at once."""
TEXTS = frozenset({Fact.WORDS, Fact.COMPANY})
"""They are looked through for words."""
FLAGS = frozenset({Fact.KNOWN, Fact.WON, Fact.WORKING})
Op = Literal[">", ">=", "<", "<=", "=="]


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Compare(_Value):
    """预算大于3万: an amount in whole CNY, pieces, or minutes of the day. Unknown is never so."""

    kind: Literal["compare"] = "compare"
    fact: Fact
    op: Op
    number: int


class Among(_Value):
    """One of the values (or, negated, none of them)."""

    kind: Literal["among"] = "among"
    fact: Fact
    values: tuple[str, ...]
    negated: bool = False


class All(_Value):
    """Every part holds; of none: always."""

    kind: Literal["all"] = "all"
    parts: tuple["Condition", ...] = ()


class AnyOf(_Value):
    kind: Literal["any"] = "any"
    parts: tuple["Condition", ...]


Condition = Annotated[Compare | Among | All | AnyOf, Field(discriminator="kind")]


class Whom(_Value):
    """Named people, or whoever fits all that is said (level, team, region, line)."""

    people: tuple[str, ...] = ()
    """Ids."""
    level: str = ""
    team: str = ""
    region: str = ""
    line: str = ""
    is_lightest: bool = False
    """Of those the one with the fewest open leads for what he can carry."""


class Assign(_Value):
    kind: Literal["assign"] = "assign"
    to: Whom


class Push(_Value):
    """The owner is sent a document of the house."""

    kind: Literal["push"] = "push"
    title: str


class Raise(_Value):
    kind: Literal["raise"] = "raise"


class TagIt(_Value):
    kind: Literal["tag"] = "tag"
    tag: str


class Notify(_Value):
    """A colleague is told: a person by his id, or who stands in this relation."""

    kind: Literal["notify"] = "notify"
    person: str = ""
    who: Literal["", "owner", "manager", "author"] = ""


Deed = Annotated[Assign | Push | Raise | TagIt | Notify, Field(discriminator="kind")]


class Rule(_Value):
    when: Condition
    do: tuple[Deed, ...]

    @property
    def assigns(self) -> Whom | None:
        return next((deed.to for deed in self.do if isinstance(deed, Assign)), None)

    @property
    def others(self) -> tuple[Deed, ...]:
        """What it does beside giving the lead to somebody."""
        return tuple(deed for deed in self.do if not isinstance(deed, Assign))


All.model_rebuild()
AnyOf.model_rebuild()
Rule.model_rebuild()


def tests_of(condition: Condition) -> list[Compare | Among]:
    """Every single test, however deep it stands."""
    if isinstance(condition, (Compare, Among)):
        return [condition]
    return [test for part in condition.parts for test in tests_of(part)]

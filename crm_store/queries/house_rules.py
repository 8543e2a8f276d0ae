"""Questions about rules in plain words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Text, cast, func
from sqlalchemy import select as columns
from sqlmodel import col, select

from crm_store.facts import RuleChanged
from crm_store.models import HouseRule, Lead, RuleState, TimelineEntry
from crm_store.view import View

_KNOWN = (
    RuleState.ACTIVE.value,
    RuleState.STOPPED.value,
    RuleState.BROKEN.value,
    RuleState.DRAFT.value,
)


@dataclass(frozen=True, slots=True)
class InForce:
    """What is asked of a rule for each lead; 200 of them are read, which is too often for whole
    records."""

    id: int
    number: int
    version: int
    author_id: str
    is_house_wide: bool
    sentence: str
    rule: str
    """JSON, as the database has it."""
    condition: str


_IN_FORCE = (
    columns(
        col(HouseRule.id),
        col(HouseRule.number),
        col(HouseRule.version),
        col(HouseRule.author_id),
        col(HouseRule.is_house_wide),
        col(HouseRule.sentence),
        cast(HouseRule.rule, Text),
        col(HouseRule.condition),
    )
    .where(col(HouseRule.state) == RuleState.ACTIVE.value)
    .order_by(col(HouseRule.is_house_wide).desc(), col(HouseRule.number))
)


_CHANGES = columns(func.count()).where(col(TimelineEntry.kind) == RuleChanged.kind)


async def changes(view: View) -> int:
    """How often another set of rules came into force: each change raises it, by its fact."""
    return int((await view.session.execute(_CHANGES)).scalar_one())


async def in_force(view: View) -> list[InForce]:
    """The active rules, in the order in which they are asked: those of the whole house before a
    manager's, and of each the older first."""
    return [InForce(*row) for row in (await view.session.execute(_IN_FORCE)).all()]


async def newest_number(view: View) -> int:
    found = (await view.session.exec(select(func.max(HouseRule.number)))).one()
    return int(found or 0)


async def versions(view: View, number: int) -> Sequence[HouseRule]:
    """Every version of the rule, the newest first."""
    query = (
        select(HouseRule).where(HouseRule.number == number).order_by(col(HouseRule.version).desc())
    )
    return (await view.session.exec(query)).all()


async def sentence_of(view: View, number: int, version: int) -> str:
    """As that version was understood; empty where a client whom it named was erased."""
    query = columns(col(HouseRule.sentence)).where(
        col(HouseRule.number) == number, col(HouseRule.version) == version
    )
    return (await view.session.execute(query)).scalar_one_or_none() or ""


async def current(view: View) -> list[HouseRule]:
    """Of each number the version that counts: the one in force, else the newest that was not
    thrown away."""
    query = (
        select(HouseRule)
        .where(col(HouseRule.state).in_(_KNOWN))
        .order_by(col(HouseRule.number), col(HouseRule.version))
    )
    found: dict[int, HouseRule] = {}
    for row in (await view.session.exec(query)).all():
        before = found.get(row.number)
        if before is None or before.state != RuleState.ACTIVE:
            found[row.number] = row
    return list(found.values())


async def applied_to(view: View, lead: Lead) -> set[tuple[int, int]]:
    """(rule, version) of those that were applied to the lead."""
    query = columns(col(TimelineEntry.data)).where(
        col(TimelineEntry.lead_id) == lead.id, col(TimelineEntry.kind) == "rule_applied"
    )
    found: list[Any] = [row[0] for row in (await view.session.execute(query)).all()]
    return {(int(data["rule_id"]), int(data["version"])) for data in found}


async def opened_since(view: View, since: Any, *, most: int) -> Sequence[Lead]:
    """The newest leads that came since then, for trying a rule on."""
    query = (
        select(Lead)
        .where(col(Lead.opened_at) >= since, col(Lead.folded_into_id).is_(None))
        .order_by(col(Lead.id).desc())
        .limit(most)
    )
    return (await view.session.exec(query)).all()


async def sources(view: View) -> Sequence[str]:
    """Where leads came from so far."""
    query = select(Lead.source).distinct().order_by(col(Lead.source)).limit(100)
    return (await view.session.exec(query)).all()

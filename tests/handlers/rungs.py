"""The ladder's tests: a lead, what the timeline says of its rungs, and its timers."""

from datetime import datetime, timedelta
from typing import Any

import yaml
from sqlmodel import col, select

from config.rules import DEFAULTS
from crm_store import timers
from crm_store.models import TimelineEntry
from handlers.ladder.clocks import KINDS
from tests.world import SHANGHAI, STORY, Shown, World

HOUR = timedelta(hours=1)
FRIDAY = datetime(2026, 3, 13, 10, 0, tzinfo=SHANGHAI)


async def zhao(office: World, *, touched: bool = True) -> None:
    await office.client_writes("wmZhao", STORY, nickname="赵主任")
    if touched:
        await office.presses("lina", "已联系")


async def facts(office: World, kind: str) -> list[dict[str, Any]]:
    """The own fields of every fact of a kind, oldest first, with when it was."""
    query = select(TimelineEntry).where(TimelineEntry.kind == kind).order_by(col(TimelineEntry.id))
    async with office.store.view() as view:
        return [{**e.data, "at": e.at} for e in (await view.session.exec(query)).all()]


async def rungs(office: World, kind: str = "escalated") -> list[tuple[str, str]]:
    return [
        (fact["rung"], f"{fact['at'].astimezone(SHANGHAI):%d %H:%M}")
        for fact in await facts(office, kind)
    ]


async def standing(office: World, number: int = 1) -> dict[str, str]:
    async with office.store.view() as view:
        found = await timers.of_subject(view.session, f"L{number}")
    return {t.kind: f"{t.due_at.astimezone(SHANGHAI):%d %H:%M}" for t in found if t.kind in KINDS}


def since(office: World, member: str, before: int) -> list[Shown]:
    return office.screen(member)[before:]


def escalating(**changed: Any) -> dict[str, Any]:
    """The default escalation.yaml, rungs changed by name."""
    said = yaml.safe_load((DEFAULTS / "escalation.yaml").read_text("utf-8"))
    for name, values in changed.items():
        if isinstance(values, dict):
            next(rung for rung in said["rungs"] if rung["name"] == name).update(values)
        else:
            said[name] = values
    return {"escalation": said}

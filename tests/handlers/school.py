"""A school that sells courses beside devices, for the tests of rules in plain words."""

from collections.abc import Sequence
from typing import Any

from sqlmodel import col, select

from crm_store.models import HouseRule, TimelineEntry
from tests.world import World

ARTICLE = "客户咨询雅思课程且预算>3万，自动分配给资深顾问张敏，并推送《高净值客户沟通话术》"
SCHOOL: list[dict[str, Any]] = [
    {"id": "zhangmin", "name": "张敏", "roles": ["rep"], "manager": "chen", "level": "资深顾问",
     "lines": ["教育培训"], "wecom": "ZhangMin"},
    {"id": "sunyue", "name": "孙悦", "roles": ["rep"], "manager": "chen", "level": "顾问",
     "lines": ["教育培训"], "wecom": "SunYue"},
    {"id": "liu", "name": "刘经理", "roles": ["manager"], "manager": "gao", "wecom": "Liu01"},
    {"id": "qian", "name": "钱程", "roles": ["rep"], "manager": "liu", "level": "顾问",
     "lines": ["教育培训"], "wecom": "QianCheng"},
]  # fmt: skip


async def enabled(school: World, who: str, sentence: str) -> str:
    await school.hears(who, sentence)
    await school.presses(who, "启用")
    return school.texts(who)[-1]


async def owner_of(school: World, number: int = 1) -> str | None:
    return (await school.lead(number)).owner_id


async def applied(school: World) -> list[tuple[int | None, int, int]]:
    async with school.store.view() as view:
        rows = await view.session.exec(
            select(TimelineEntry)
            .where(TimelineEntry.kind == "rule_applied")
            .order_by(col(TimelineEntry.id))
        )
        return [(row.lead_id, row.data["rule_id"], row.data["version"]) for row in rows.all()]


async def versions(school: World) -> Sequence[tuple[int, int, str]]:
    async with school.store.view() as view:
        rows = await view.session.exec(select(HouseRule).order_by(col(HouseRule.id)))
        return [(row.number, row.version, row.state) for row in rows.all()]

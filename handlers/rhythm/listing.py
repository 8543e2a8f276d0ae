"""报表: which figures and lists there are, under the names that chat and command line share."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from config.schemas.rhythm import Rhythm
from crm_store.models import Member
from crm_store.view import View
from handlers.rhythm import (
    focus_log,
    follow_rate,
    golden_hours,
    heat_map,
    overdue,
    people_figures,
    top,
)
from handlers.rhythm.parts import Around
from handlers.rhythm.people import Viewer
from handlers.rhythm.periods import Period, day_of, last_days, this_month
from handlers.rhythm.report import Report
from handlers.rhythm.top import SALES
from handlers.rights import leads_people
from handlers.router import Reply, Router

router = Router("listing")

Builder = Callable[[View, Viewer, Around, Period], Awaitable[Report]]


@dataclass(frozen=True)
class Kind:
    what: str
    said: str
    """How it is asked for in the chat; empty where it is a command line's only."""
    build: Builder
    usual: Callable[[Rhythm, datetime, ZoneInfo], Period]
    """The period where none is named."""
    is_for_leads: bool = False
    """In the chat it is answered to whoever leads colleagues."""


def _today(rhythm: Rhythm, now: datetime, zone: ZoneInfo) -> Period:
    return day_of(now, zone)


REPORTS: Mapping[str, Kind] = {
    "top": Kind("今天先打谁", "TOP5", top.report, _today),
    "overdue": Kind(
        "逾期线索，按负责人排名",
        "逾期",
        overdue.report,
        lambda rhythm, now, zone: last_days(rhythm.overdue.days, now, zone),
    ),
    "heatmap": Kind(
        "时效热力图：人 × 钟点 × 渠道",
        "热力图",
        heat_map.report,
        lambda rhythm, now, zone: last_days(rhythm.heatmap.days, now, zone),
    ),
    "golden": Kind(
        "首次拜访及时率，按地区",
        "黄金四小时",
        golden_hours.report,
        lambda rhythm, now, zone: last_days(rhythm.golden.days, now, zone),
    ),
    "followup": Kind(
        "24 小时跟进率（奖金口径）",
        "24小时跟进率",
        follow_rate.report,
        lambda rhythm, now, zone: this_month(now, zone),
    ),
    "mutes": Kind(
        "开着提醒的客户占多少", "静音率", people_figures.muted, _today, is_for_leads=True
    ),
    "standup": Kind("今日主攻：谁选了谁，谁没选", "早会", focus_log.report, _today),
    "loads": Kind(
        "每人手上多少、分到多少",
        "",
        people_figures.loads,
        lambda rhythm, now, zone: last_days(rhythm.overdue.days, now, zone),
    ),
}


@router.command("报表", "有哪些报表", "看报表", help="有哪些报表，怎么问", roles=SALES)
async def reports(sender: Member) -> Reply:
    leads = leads_people(sender)
    lines = [
        f"「{kind.said}」{kind.what}"
        for kind in REPORTS.values()
        if kind.said and (leads or not kind.is_for_leads)
    ]
    return "\n".join(["可以问：", *lines, "导出表格请管理员运行 genjin report"])

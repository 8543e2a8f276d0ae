"""200 active rules: what they cost each lead, beside what reading them from the database costs."""

import time
from pathlib import Path

import pytest

from config.calendar import WorkingCalendar
from config.rules import load_rules
from crm_store.facts import RuleChanged
from crm_store.models import HouseRule, RuleState
from handlers.plain_rules.situation import situation_of
from handlers.plain_rules.standing import active
from nlp.ruling import Understood, read
from nlp.ruling.cel import compiled
from nlp.ruling.wording import sentence
from tests.benchmarks.processes import percentile
from tests.nlp.ruling_house import HOUSE
from tests.world import SHANGHAI, World, company

pytestmark = pytest.mark.bench

RULES = 200
LEADS = 300
BOUND_MS = 3.0
"""The conditions of all rules on one lead, median; what the database takes comes on top."""


async def _written(world: World) -> None:
    async with world.store.transaction() as tx:
        for number in range(1, RULES + 1):
            said = (
                f"咨询CT设备且预算大于{number}万，且来自上海或江苏，且客户提到“招标{number}”，"
                "分配给李娜，打上“大单”标签"
            )
            understood = read(said, HOUSE)
            assert isinstance(understood, Understood)
            rule = understood.rule
            tx.add(
                HouseRule(
                    number=number,
                    version=1,
                    author_id="gao",
                    is_house_wide=True,
                    said=said,
                    sentence=sentence(rule, HOUSE),
                    rule=rule.model_dump(mode="json"),
                    condition=compiled(rule.when),
                    state=RuleState.ACTIVE,
                    created_at=tx.now,
                    changed_at=tx.now,
                )
            )
        await tx.record(RuleChanged(at=tx.now, rule_id=RULES, version=1, change="enabled"))


async def test_two_hundred_rules_cost_a_lead_less_than_three_milliseconds(tmp_path: Path) -> None:
    calendar = WorkingCalendar(load_rules().calendar, SHANGHAI)
    async with company(tmp_path) as world:
        await world.client_writes("wmZhao", "上海的，想买CT设备，预算300万，要招标文件")
        await _written(world)
        load, know, judge = [], [], []
        async with world.store.view() as view:
            lead = await world.lead()
            for _ in range(LEADS):
                start = time.perf_counter()
                every = await active(view)
                loaded = time.perf_counter()
                asked = frozenset(fact for one in every for fact in one.asks)
                situation = await situation_of(view, lead, asked, calendar)
                known = time.perf_counter()
                fitting = [one for one in every if situation.fits(one.row.condition)]
                judged = time.perf_counter()
                assert not fitting
                load.append((loaded - start) * 1000)
                know.append((known - loaded) * 1000)
                judge.append((judged - known) * 1000)

    print(
        f"\n{RULES} rules a lead, ms p50/p99: read {percentile(load, 0.5):.2f}/"
        f"{percentile(load, 0.99):.2f}, look up {percentile(know, 0.5):.2f}/"
        f"{percentile(know, 0.99):.2f}, judge {percentile(judge, 0.5):.2f}/"
        f"{percentile(judge, 0.99):.2f}"
    )
    assert percentile(judge, 0.5) < BOUND_MS

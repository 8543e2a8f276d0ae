"""分配的准确度: every labelled case of tests/samples/assignment.yaml, decided on the database."""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from config.calendar import WorkingCalendar
from config.rules import DEFAULTS, Rules
from config.schemas.assignment import Assignment
from crm_store.models import Absence, Intake, Lead, LeadState, Member
from crm_store.queries import members
from crm_store.store import Transaction
from handlers.allocation.assigning import Decision
from handlers.allocation.weighing import weigh
from handlers.plain_rules.deciding import Ruled
from tests.world import SHANGHAI, Opens

SAMPLES = yaml.safe_load(
    (Path(__file__).parents[1] / "samples" / "assignment.yaml").read_text("utf-8")
)
CASES: list[dict[str, Any]] = SAMPLES["cases"]
DEFAULT = yaml.safe_load((DEFAULTS / "assignment.yaml").read_text("utf-8"))
PRODUCTS = [{"name": f"{line}产品", "line": line} for line in SAMPLES["lines"]]
FROM = "2026-03-10 10:00"


class _Undone(Exception):
    """The case has been decided; nothing of it stays."""


def _moment(written: str | datetime) -> datetime:
    local = written if isinstance(written, datetime) else datetime.fromisoformat(written)
    return local.replace(tzinfo=SHANGHAI)


def _rules(rules: Rules, case: dict[str, Any]) -> Rules:
    said = {**DEFAULT, **case.get("rules", {})}
    said["presets"] = [*case.get("presets", []), *DEFAULT["presets"]]
    return replace(rules, assignment=Assignment.model_validate(said))


async def _situation(tx: Transaction, case: dict[str, Any]) -> Lead:
    """The company as it stood, and the lead that came."""
    said = dict(case.get("lead", {}))
    client = await tx.new_client(name="客户", company=said.pop("company", ""))
    others = await tx.new_client(name="别的客户")
    number = 0

    def lead_of(owner: str | None, client_id: int, **columns: Any) -> Lead:
        nonlocal number
        number += 1
        columns = {"line": f"别的线{number}", "source": "录入", **columns}
        state = columns.pop("state", LeadState.FOLLOWING if owner else LeadState.NEW)
        row = Lead(
            client_id=client_id, opened_at=tx.now, owner_id=owner, state=state.value, **columns
        )
        tx.add(row)
        return row

    for owner, load in case.get("load", {}).items():
        for _ in range(load):
            lead_of(owner, others.id)
    for one in case.get("open", []):
        lead_of(one["by"], client.id, line=one["line"])
    for one in case.get("won", []):
        for _ in range(one.get("times", 1)):
            whose = client.id if one.get("same_client") else others.id
            at = tx.now - timedelta(days=one["days"])
            lead_of(one["by"], whose, product=one["product"], state=LeadState.WON, closed_at=at)
    for member, until in case.get("away", {}).items():
        tx.add(_absence(member, tx.now - timedelta(days=1), _moment(until)))
    for member, since in case.get("away_from", {}).items():
        tx.add(_absence(member, _moment(since), _moment(since) + timedelta(days=1)))
    for member, columns in case.get("members", {}).items():
        row = await tx.get(Member, member)
        row.last_assigned_at = _moment(columns["last_assigned"])
        tx.add(row)
    channel = said.pop("channel", "")
    wanted = {"line": "", "source": "微信客服", **said}
    lead = lead_of(None, client.id, **wanted)
    await tx.flush()
    if channel:
        about: dict[str, Any] = {"lead_id": lead.id, "client_id": client.id, "taken_at": tx.now}
        tx.add(
            Intake(source="w", external_id="1", joined=False, campaign=channel, body=b"", **about)
        )
        await tx.flush()
    return lead


def _absence(member: str, start: datetime, end: datetime) -> Absence:
    return Absence(member_id=member, starts_at=start, ends_at=end, noted_at=start, by=member)


def _wrong(case: dict[str, Any], decision: Decision) -> str:
    """What is not as the label says; empty where all is."""
    stored = decision.as_json()
    if decision.chosen != case["expect"]:
        return f"{decision.chosen}, not {case['expect']}: {decision.candidates}"
    excluded = {one.member_id: one.excluded for one in decision.candidates}
    for member, reason in case.get("out", {}).items():
        if reason not in excluded[member] or not excluded[member]:
            return f"{member} {excluded[member]!r}, not {reason!r}"
    if stored["preset"]["name"] != case.get("preset", stored["preset"]["name"]):
        return f"by {stored['preset']['name']}"
    if stored["actions"] != case.get("actions", stored["actions"]):
        return f"does {stored['actions']}"
    return ""


def test_there_are_enough_cases_of_every_article() -> None:
    articles = [case["article"] for case in CASES]

    assert len(CASES) >= 60
    assert len({case["name"] for case in CASES}) == len(CASES)
    assert all(articles.count(article) >= 8 for article in ("S1", "S3", "S4", "own"))


async def test_every_case_is_decided_as_it_is_labelled(opens: Opens) -> None:
    team = [
        {**{k: v for k, v in row.items() if k != "account"}, "roles": ["rep"]}
        | ({"wecom": row["id"]} if row.get("account", True) else {})
        for row in SAMPLES["team"]
    ]
    wrong: dict[str, str] = {}
    async with opens(team=team, rules={"catalog": {"products": PRODUCTS}}) as office:
        calendar = WorkingCalendar(office.rules.current.calendar, SHANGHAI)
        for case in CASES:
            rules = _rules(office.rules.current, case)
            plain = case.get("plain")
            ruled = Ruled(number=3, version=1, **plain) if plain else None
            with suppress(_Undone):
                async with office.store.transaction() as tx:
                    tx.now = _moment(case.get("at", FROM))
                    lead = await _situation(tx, case)
                    decision = await weigh(
                        tx, lead, rules, tried=case.get("tried", ()), calendar=calendar, ruled=ruled
                    )
                    if found := _wrong(case, decision):
                        wrong[case["name"]] = found
                    raise _Undone
        async with office.store.view() as view:
            assert len(await members.reps(view)) == len(team)

    assert wrong == {}

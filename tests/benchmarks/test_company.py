"""A month of a company of 200 reps on a turned clock, and whether anything slipped through.

BENCH_COMPANY is its size: 1 is 20,000 leads and 300,000 messages of 200 reps in 30 days.
"""

import json
import logging
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog
import yaml
from sqlalchemy import text

from crm_store.vault import fresh_key
from tests.benchmarks.company import firm
from tests.benchmarks.company.branch import Branch, branch
from tests.benchmarks.company.checking import (
    Fact,
    Firm,
    check_lead,
    check_limits,
    check_loads,
    check_mutes,
    facts_of,
)
from tests.benchmarks.company.clock import PostedClock
from tests.benchmarks.company.life import START, Life
from tests.benchmarks.company.month import Apart, Here, Ran, opened, run_month
from tests.benchmarks.company.screens import Known, check_screens
from tests.databases import MIGRATED, fresh_database, migrate
from tests.servers import postgres

pytestmark = pytest.mark.bench

SIZE = float(os.environ.get("BENCH_COMPANY", "1"))
DAYS = int(os.environ.get("BENCH_COMPANY_DAYS", "30"))
REPS, MANAGERS = 200, 30
LEADS, MESSAGES = round(20_000 * SIZE), round(300_000 * SIZE)
PROCESSES = 3
SEED = 20260420
_AWAY = [
    (START + timedelta(days=3, hours=10), START + timedelta(days=3, hours=10, minutes=10)),
    (START + timedelta(days=16, hours=14), START + timedelta(days=16, hours=14, minutes=25)),
]
"""When WeCom is not there."""
_RESTARTS = [START + timedelta(days=5, hours=9, minutes=30), START + timedelta(days=18, hours=15)]


async def test_a_month_on_sqlite(tmp_path: Path) -> None:
    """One process, which is stopped at work and opened again twice."""
    rows = _found(tmp_path)
    file = tmp_path / "genjin.db"
    url = await fresh_database(file)
    async with branch(tmp_path, url) as books, opened([Here(tmp_path, url)]) as workers:
        clock = PostedClock(tmp_path / "clock")
        ran = await run_month(_life(rows), clock, books, workers, restarts=_RESTARTS, tells=_tell)
        found = await _slipped(books, rows, ran, clock.now())
    _print("SQLite, one process", ran, file.stat().st_size, found)

    assert found == []


async def test_a_month_on_postgresql(tmp_path: Path) -> None:
    """Three processes; two are killed at work and started anew."""
    rows = _found(tmp_path)
    with postgres() as server:
        await migrate(server)
        url = server.url(MIGRATED)
        apart = [Apart(tmp_path, url) for _ in range(PROCESSES)]
        async with branch(tmp_path, url) as books, opened(apart) as workers:
            clock = PostedClock(tmp_path / "clock")
            ran = await run_month(
                _life(rows), clock, books, workers, restarts=_RESTARTS, tells=_tell
            )
            found = await _slipped(books, rows, ran, clock.now())
            async with books.store.view() as view:
                size = text("SELECT pg_database_size(current_database())")
                held = (await view.session.execute(size)).scalar_one()
    _print(f"PostgreSQL, {PROCESSES} processes", ran, held, found)

    assert found == []


async def _slipped(
    books: Branch, rows: Sequence[Mapping[str, Any]], ran: Ran, end: datetime
) -> list[str]:
    """Everything that the checker finds fault with."""
    async with books.store.view() as view:
        told = await view.session.execute(
            text('SELECT id, kind, at, lead_id, "by", data FROM timeline ORDER BY id')
        )
        facts = facts_of(told)
        clients = dict((await view.session.execute(text("SELECT id, client_id FROM leads"))).all())
        called = (
            await view.session.execute(
                text("SELECT name, coalesce(merged_into_id, id) FROM clients")
            )
        ).all()
    people = Firm(
        {row["id"]: row.get("manager") for row in rows},
        frozenset(row["id"] for row in rows if {"manager", "director"} & set(row["roles"])),
    )
    by_lead: dict[int, list[Fact]] = {}
    for fact in facts:
        if fact.kind == "member_away":
            starts, ends = (datetime.fromisoformat(fact.data[k]) for k in ("starts_at", "ends_at"))
            people.away[fact.data["member_id"]].append((starts, ends))
        if fact.lead is not None:
            by_lead.setdefault(fact.lead, []).append(fact)
    found = [
        sentence
        for number, of_lead in sorted(by_lead.items())
        for sentence in check_lead(number, of_lead, people, end)
    ]
    ran.facts = Counter(fact.kind for fact in facts)
    alike = {row["id"]: (row["regions"], row["lines"]) for row in rows if "rep" in row["roles"]}
    return [
        *found,
        *check_loads(facts, clients, alike, people),
        *check_mutes(facts, clients),
        *check_screens(facts, ran.sent, _known(rows, people, clients, called)),
        *check_limits((one.platform, one.account, one.at) for one in ran.sent),
    ]


def _known(
    rows: Sequence[Mapping[str, Any]],
    people: Firm,
    clients: Mapping[int, int],
    called: Sequence[tuple[str, int]],
) -> Known:
    names: dict[str, set[int]] = {}
    for name, number in called:
        names.setdefault(name, set()).add(number)
    return Known(
        firm=people,
        people=firm.accounts(rows),
        clients=clients,
        names={name: frozenset(numbers) for name, numbers in names.items()},
        directors=frozenset(row["id"] for row in rows if "director" in row["roles"]),
        platform_away=_AWAY,
    )


def _print(what: str, ran: Ran, size: int, found: Sequence[str]) -> None:
    days = DAYS * 60 / ran.seconds
    print(f"\na month of a company on {what}: {LEADS} leads, {MESSAGES} messages, {DAYS} days")
    print(f"  {ran.seconds:.0f} s, {days:.2f} simulated days a minute, {ran.ticks} ticks")
    print(f"  {ran.handled} events handled, {len(ran.sent)} messages sent")
    print(f"  {ran.restarts} processes killed at work; database {size / 1e6:.0f} MB")
    print(f"  slowest tick {ran.slowest_tick:.2f} s; slowest query {ran.slowest[0] * 1000:.0f} ms:")
    print(f"    {ran.slowest[1]}")
    print(f"  facts: {dict(ran.facts.most_common())}")
    print(f"  found by the checker: {len(found)}")
    for sentence in found[:40]:
        print(f"    {sentence}")


@pytest.fixture(autouse=True)
def _quietly() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))


def _found(folder: Path) -> list[dict[str, Any]]:
    """The firm's papers: staff, key, clock, and when the platform is away."""
    rows = firm.staff(REPS, MANAGERS)
    (folder / "rules").mkdir()
    written = yaml.safe_dump({"staff": rows}, allow_unicode=True)
    (folder / "rules" / "staff.yaml").write_text(written, encoding="utf-8")
    away = [[moment.isoformat() for moment in span] for span in _AWAY]
    (folder / "plan.json").write_text(json.dumps({"key": fresh_key(), "away": away}))
    PostedClock(folder / "clock", start=START)
    return rows


def _life(rows: list[dict[str, Any]]) -> Life:
    return Life(rows, leads=LEADS, messages=MESSAGES, days=DAYS, seed=SEED)


_told = [0.0]


def _tell(now: datetime, ran: Ran) -> None:
    if ran.seconds - _told[0] > 15:
        _told[0] = ran.seconds
        print(f"  {now:%m-%d %H:%M} {ran.seconds:.0f} s, {ran.handled} handled", flush=True)

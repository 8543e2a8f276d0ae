"""A thousand reps, clients who write at a rate: how long until the card, and up to which rate.

A message in ten opens a lead. The sandbox has a process of its own and both sides' processor time
is told. `BENCH_RATES=200` asks for certain rates, `BENCH_SECONDS` for longer runs,
`BENCH_WORKERS` for more workers on PostgreSQL.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.benchmarks.fleet import Fleet, fleet, waits
from tests.benchmarks.processes import apart, cores
from tests.servers import postgres, valkey

pytestmark = pytest.mark.bench

RATES = [float(rate) for rate in os.environ.get("BENCH_RATES", "10 25 50 100 200").split()]
SECONDS = float(os.environ.get("BENCH_SECONDS", "18"))
WORKERS = int(os.environ.get("BENCH_WORKERS", "1"))
PATIENCE = 20.0
"""Seconds after the last message; a card that has not come by then counts as never."""
BOUND = 1.0
WANTED = 200.0


async def test_load_on_sqlite(tmp_path: Path) -> None:
    bots_on, town_on = apart()
    url = f"sqlite+aiosqlite:///{tmp_path / 'genjin.db'}"

    async with fleet(tmp_path, url, ["all"], bots_on=bots_on, town_on=town_on) as running:
        _title("SQLite, one process", f"bot on {_named(bots_on)}, town on {_named(town_on)}")
        await _climb(running)


async def test_load_on_postgresql(tmp_path: Path) -> None:
    _, town_on = apart()
    every, roles = cores(), ["web", *["worker"] * WORKERS, "scheduler"]

    with postgres(durable=True) as server, valkey() as redis:
        async with fleet(
            tmp_path,
            server.url("postgres"),
            roles,
            bots_on=every,
            town_on=town_on,
            redis_url=redis.url,
        ) as running:
            where = f"bots and database on {_named(every)}, town on {_named(town_on)}"
            _title(f"PostgreSQL (fsync on) and Valkey, web + {WORKERS} worker + scheduler", where)
            await _climb(
                running, database=int((server.data / "postmaster.pid").read_text().split()[0])
            )


async def _climb(running: Fleet, *, database: int | None = None) -> None:
    """Faster and faster until a rate is not kept up with; then where the time went."""
    kept = 0.0
    for rate in RATES:
        run = await running.talk(rate, SECONDS, patience=PATIENCE, database=database)
        _show(rate, run)
        if run["carded"] < run["leads"] or run["card_p99"] > BOUND:
            break
        kept = rate
    print(f"  highest rate with p99 below {BOUND:g} s: {kept:g}/s")
    print(f"  bound {WANTED:g}/s with p99 < {BOUND:g} s: {'met' if kept >= WANTED else 'missed'}")
    print("  waits in the inbox, by kind (how many, median, p99):")
    for kind, count, median, p99 in await waits(running.database_url):
        print(f"    {kind:20} {count:7} {median:8.3f} s {p99:8.3f} s")


def _title(what: str, where: str) -> None:
    print(f"\nload, {what}; {where}; runs of {SECONDS:g} s")


def _show(rate: float, run: dict[str, Any]) -> None:
    lasted = run["seconds"] + run["drained_after"]
    print(
        f"  {rate:4g}/s asked, {run['per_second']:6.1f}/s sent, {run['accepted']} of"
        f" {run['messages']} answered 200 (p99 {run['callback_p99'] * 1000:.0f} ms)"
    )
    print(
        f"       card: p50 {run['card_p50']:.3f} s  p99 {run['card_p99']:.3f} s"
        f"  ({run['carded']} of {run['leads']} leads; drained in {run['drained_after']:.1f} s)"
    )
    shares = [("bot", run["bot_cpu"]), ("sandbox and driver", run["cpu"])]
    if run["database_cpu"]:
        shares.append(("database", run["database_cpu"]))
    print(
        "       processor: "
        + ", ".join(f"{who} {cpu / lasted:.2f} cores" for who, cpu in shares)
        + f"; the driver was late by {run['late_p99'] * 1000:.0f} ms (p99)"
    )
    for name, (median, p99) in run["stages"].items():
        print(f"         {name:26} p50 {median:7.3f} s  p99 {p99:7.3f} s")
    for words in run["violations"]:
        print(f"       the sandbox complains: {words}")


def _named(some: Sequence[int] | frozenset[int]) -> str:
    numbers = ", ".join(str(core) for core in sorted(some))
    return f"core {numbers}" if numbers else "any core"

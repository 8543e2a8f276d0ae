"""What a second worker gains: the same backlog handled by one, and by two (PostgreSQL)."""

from pathlib import Path

import pytest

from tests.benchmarks.fleet import fleet
from tests.benchmarks.processes import cores
from tests.servers import postgres, valkey

pytestmark = pytest.mark.bench

MESSAGES, CLIENTS = 400, 40


async def test_two_workers_against_one(tmp_path: Path) -> None:
    rates = {workers: await _handled_a_second(tmp_path, workers) for workers in (1, 2)}

    print(f"\nworkers on PostgreSQL: {MESSAGES} waiting messages of {CLIENTS} clients")
    for workers, rate in rates.items():
        print(f"  {workers} worker{'s' if workers > 1 else ''}: {rate:.1f} messages a second")
    print(
        f"  two against one: {rates[2] / rates[1]:.2f} (town, web, scheduler and database share"
        f" {len(cores()) or 'the'} cores with them)"
    )


async def _handled_a_second(tmp_path: Path, workers: int) -> float:
    folder = tmp_path / str(workers)
    folder.mkdir()
    with postgres(durable=True) as server, valkey() as redis:
        url = server.url("postgres")
        async with fleet(
            folder, url, ["web"], bots_on=cores(), town_on=cores(), redis_url=redis.url
        ) as running:
            heard = await running.town.ask(do="chat", messages=MESSAGES, clients=CLIENTS)
            for _ in range(workers):
                await running.add("worker", on=cores())
            await running.has_handled(heard)
            count, seconds = await running.handled()
    return count / seconds

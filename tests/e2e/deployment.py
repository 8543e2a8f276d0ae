"""A whole deployment before the sandbox: one process on SQLite, or several of each role with
PostgreSQL and Redis behind them and a balancer in front, each of which can be killed by itself.
"""

import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from bot.demo import settings_for, staff_of
from bot.sandbox.cast import Cast
from bot.sandbox.server import Sandbox
from config.clock import TurnedClock
from config.settings import Settings
from crm_store.vault import fresh_key
from tests.e2e.front import Front, opened_front
from tests.e2e.process import ROOT, BotProcess, Nursery, write_settings

DEFAULTS = ROOT / "config" / "defaults"
ONE = {"all": 1}
MANY = {"web": 2, "worker": 2, "scheduler": 2}


@dataclass
class Deployment:
    """Sandbox, balancer and bots, all by the machine's clock."""

    sandbox: Sandbox
    settings: Settings
    front: Front
    processes: list[BotProcess]

    def of(self, role: str) -> list[BotProcess]:
        return [process for process in self.processes if process.role == role]

    def logs(self) -> str:
        return "\n".join(
            process.log.read_text(encoding="utf-8")
            for process in self.processes
            if process.log.exists()
        )


@asynccontextmanager
async def deployed(
    folder: Path,
    nursery: Nursery,
    url: str,
    *,
    cast: Cast,
    shape: Mapping[str, int],
    redis_url: str | None = None,
    rules: Mapping[str, Mapping[str, Any]] | None = None,
) -> AsyncIterator[Deployment]:
    """Everything started and ready, over a migrated database. `rules` by the name of the file."""
    clock = TurnedClock(datetime.now(UTC), seconds=time.monotonic)
    sandbox = Sandbox(clock, cast)
    await sandbox.start()
    try:
        async with opened_front() as front:
            settings = settings_for(sandbox, folder, port=front.port, key=fresh_key())
            settings = settings.model_copy(update={"database_url": url, "redis_url": redis_url})
            write_rules(folder / "rules", {"staff": staff_of(cast), **(rules or {})})
            config = write_settings(settings, folder)
            processes = [
                BotProcess(nursery, config, role)
                for role, many in shape.items()
                for _ in range(many)
            ]
            front.ports = [p.port for p in processes if p.role in ("all", "web")]
            try:
                for process in processes:
                    process.begin()
                for process in processes:
                    await process.ready()
                sandbox.connect(front.address)
                yield Deployment(sandbox, settings, front, processes)
            finally:
                for process in processes:
                    await process.make_sure_it_ended()
    finally:
        await sandbox.stop()


def write_rules(folder: Path, rules: Mapping[str, Mapping[str, Any]]) -> None:
    """What differs from the defaults."""
    folder.mkdir()
    for name, content in rules.items():
        default = yaml.safe_load((DEFAULTS / f"{name}.yaml").read_text(encoding="utf-8"))
        text = yaml.safe_dump({**default, **content}, allow_unicode=True)
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")

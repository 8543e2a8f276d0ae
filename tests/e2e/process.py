"""The bot as processes of their own: `genjin serve`, killed and started as one pleases."""

import asyncio
import itertools
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import yaml
from pydantic import BaseModel, SecretStr

from config.settings import Settings
from tests.eventually import eventually
from tests.servers import free_port

ROOT = Path(__file__).parents[2]
_STARTS_WITHIN_SECONDS = 90.0
_STOPS_WITHIN_SECONDS = 60.0


def in_clear(value: Any) -> Any:
    """Settings as they stand in a file, secrets included."""
    match value:
        case SecretStr():
            return value.get_secret_value()
        case BaseModel():
            return {name: in_clear(getattr(value, name)) for name in type(value).model_fields}
        case dict():
            return {name: in_clear(inner) for name, inner in value.items()}
        case Path():
            return str(value)
        case _:
            return value


def environment() -> dict[str, str]:
    """This one, without what a bot would take for its settings."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("GENJIN_")}
    return ours | {"PYTHONUNBUFFERED": "1"}


def write_settings(settings: Settings, folder: Path) -> Path:
    file = folder / "genjin.yaml"
    file.write_text(yaml.safe_dump(in_clear(settings), allow_unicode=True), encoding="utf-8")
    return file


class Nursery:
    """Where bots are born quickly (nursery.py)."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def start(self, arguments: list[str], *, log: Path, exit_file: Path) -> int:
        """Its process id."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        order = {"arguments": arguments, "log": str(log), "exit_file": str(exit_file)}
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


@contextmanager
def nursery() -> Iterator[Nursery]:
    """Whoever was born in it ends with it."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.e2e.nursery"],
        cwd=ROOT,
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        yield Nursery(process)
        assert process.stdin is not None
        process.stdin.close()


@dataclass
class BotProcess:
    """One process at a time of one role, on a port of its own."""

    nursery: Nursery
    config: Path
    role: str = "all"
    port: int = field(default_factory=free_port)
    pid: int = 0
    """0 where it does not run."""
    starts: int = 0
    _numbers: Iterator[int] = field(default_factory=itertools.count, repr=False)
    _exit_file: Path = Path()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        return self.config.with_name(f"{self.role}-{self.port}.log")

    async def start(self) -> None:
        """Returns once it says that it is ready. RuntimeError with its log where it ended."""
        self.begin()
        await self.ready()

    def begin(self) -> None:
        """Starts it, and does not wait."""
        number = next(self._numbers)
        self._exit_file = self.config.with_name(f"{self.role}-{self.port}-{number}.exit")
        words = ["serve", "--config", str(self.config), "--role", self.role]
        self.pid = self.nursery.start(
            [*words, "--port", str(self.port)], log=self.log, exit_file=self._exit_file
        )
        self.starts += 1

    async def ready(self) -> None:
        async with asyncio.timeout(_STARTS_WITHIN_SECONDS), aiohttp.ClientSession() as session:
            while not await _is_ready(session, self.address):
                self.require_life()
                await asyncio.sleep(0.02)

    def require_life(self) -> None:
        """RuntimeError with its log where it ended without having been told to."""
        if self.pid and self._exit_file.exists():
            self.pid = 0
            raise RuntimeError(f"the bot ended: {self.log.read_text()[-2000:]}")

    async def answers(self) -> None:
        """Returns once somebody is ready at its address, whoever started it."""
        async with aiohttp.ClientSession() as session:
            await eventually(
                lambda: _is_ready(session, self.address), within=_STARTS_WITHIN_SECONDS
            )

    async def kill(self) -> None:
        """As the machine does it: no word of warning."""
        await self._end(signal.SIGKILL)

    async def make_sure_it_ended(self) -> None:
        if self.pid and not self._exit_file.exists():
            await self.kill()

    async def terminate(self) -> int:
        """Politely; its exit status."""
        return await self._end(signal.SIGTERM)

    async def _end(self, how: signal.Signals) -> int:
        self.require_life()
        os.kill(self.pid, how)
        await eventually(self._exit_file.exists, within=_STOPS_WITHIN_SECONDS, what="its end")
        self.pid = 0
        return int(self._exit_file.read_text(encoding="utf-8"))


async def _is_ready(session: aiohttp.ClientSession, address: str) -> bool:
    try:
        async with session.get(f"{address}/readyz") as answer:
            return answer.status == 200
    except (aiohttp.ClientError, OSError):
        return False

"""The bot as a process of its own: `python -m bot serve`, killed and started as one pleases."""

import asyncio
import os
import signal
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import yaml
from pydantic import BaseModel, SecretStr

from config.settings import Settings
from crm_store import schema
from crm_store.database import Database

ROOT = Path(__file__).parents[2]
_STARTS_WITHIN_SECONDS = 60.0


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


@dataclass
class BotProcess:
    """One process at a time, over one settings file."""

    settings: Settings
    folder: Path
    _process: asyncio.subprocess.Process | None = None
    log: Path = field(init=False)
    starts: int = 0

    def __post_init__(self) -> None:
        self.log = self.folder / "bot.log"
        written = yaml.safe_dump(in_clear(self.settings), allow_unicode=True)
        (self.folder / "genjin.yaml").write_text(written, encoding="utf-8")

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.settings.listen.port}"

    async def migrate(self) -> None:
        database = Database(self.settings.database_url)
        try:
            await schema.upgrade(database)
        finally:
            await database.close()

    async def start(self) -> None:
        """Returns once it says that it is ready."""
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bot", "serve"),
                *("--config", str(self.folder / "genjin.yaml")),
                cwd=ROOT,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
                stdout=log,
                stderr=log,
            )
        self.starts += 1
        async with asyncio.timeout(_STARTS_WITHIN_SECONDS):
            while not await self._is_ready():
                if self._process.returncode is not None:
                    raise RuntimeError(f"the bot ended: {self.log.read_text()[-2000:]}")
                await asyncio.sleep(0.05)

    async def kill(self) -> None:
        """As the machine does it: no word of warning."""
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        await self._process.wait()

    async def terminate(self) -> int:
        """Politely; its exit status."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        return await self._process.wait()

    async def _is_ready(self) -> bool:
        try:
            async with (
                aiohttp.ClientSession() as session,
                session.get(f"{self.address}/readyz") as answer,
            ):
                return answer.status == 200
        except (aiohttp.ClientError, OSError):
            return False

"""A bot behind a real HTTP server on a port of its own, with a company that works in it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml
from aiohttp import ClientSession, web
from sqlmodel import select

from bot.app import Bot, running_bot
from bot.web.listener import Listener
from bot.web.server import build_web
from config.clock import TurnedClock
from config.settings import Settings
from crm_store.models import AuditEntry, Lead, Member
from crm_store.queries import leads
from crm_store.vault import fresh_key
from tests.databases import fresh_database
from tests.world import TEAM

SHANGHAI = ZoneInfo("Asia/Shanghai")
TUESDAY = datetime(2026, 3, 10, 10, 0, tzinfo=SHANGHAI)
KEY = "site-key-0123456789"
KEYS = {"website": KEY, "landing": "landing-key-0123456789"}


@dataclass
class House:
    bot: Bot
    clock: TurnedClock
    http: ClientSession
    address: str

    async def submits(self, **given: Any) -> dict[str, Any]:
        """A lead through the front door."""
        body = {"external_id": "f-1", **given}
        headers = {"Authorization": f"Bearer {KEY}"}
        async with self.http.post("/api/leads", json=body, headers=headers) as answer:
            assert answer.status in (200, 201), await answer.text()
            taken: dict[str, Any] = await answer.json()
            return taken

    async def lead(self, number: int = 1) -> Lead:
        async with self.bot.store.view() as view:
            return await view.get(Lead, number)

    async def kinds(self, number: int = 1) -> list[str]:
        async with self.bot.store.view() as view:
            lead = await view.get(Lead, number)
            return [entry.kind for entry in await leads.timeline(view, lead)]

    async def audit(self) -> list[tuple[str, str]]:
        async with self.bot.store.view() as view:
            rows = (await view.session.exec(select(AuditEntry))).all()
            return [(row.who, row.action) for row in rows]

    async def link(self, reader: str, number: int = 1) -> str:
        """The path of the signed page for one person."""
        async with self.bot.store.view() as view:
            lead, member = await view.get(Lead, number), await view.get(Member, reader)
        return "/t/" + self.bot.links.history(lead, member).rpartition("/t/")[2]

    async def loses_its_database(self) -> None:
        await self.bot.database.close()
        _remove(str(self.bot.database.url.database))

    async def page(self, path: str) -> tuple[int, str]:
        async with self.http.get(path) as answer:
            return answer.status, await answer.text()


def _remove(file: str) -> None:
    Path(file).unlink()


async def settings_for(folder: Path, **changes: Any) -> Settings:
    rules = folder / "rules"
    rules.mkdir()
    staff = yaml.safe_dump({"staff": TEAM}, allow_unicode=True)
    (rules / "staff.yaml").write_text(staff, encoding="utf-8")
    return Settings.model_validate(
        {
            "database_url": await fresh_database(folder / "genjin.db"),
            "encryption_key": fresh_key(),
            "rules_dir": rules,
            "api_keys": KEYS,
            **changes,
        }
    )


@asynccontextmanager
async def house(
    folder: Path, *, role: str = "all", is_demo: bool = False, **changes: Any
) -> AsyncIterator[House]:
    settings = await settings_for(folder, **changes)
    async with opened(settings, role=role, is_demo=is_demo) as office:
        yield office


@asynccontextmanager
async def opened(
    settings: Settings, *, role: str = "all", is_demo: bool = False
) -> AsyncIterator[House]:
    clock = TurnedClock(TUESDAY)
    async with running_bot(settings, clock=clock) as bot:
        bot.is_demo = is_demo
        runner = Listener(build_web(bot, role))
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        try:
            address = f"http://127.0.0.1:{runner.addresses[0][1]}"
            async with ClientSession(address) as http:
                yield House(bot, clock, http, address)
        finally:
            await runner.cleanup()

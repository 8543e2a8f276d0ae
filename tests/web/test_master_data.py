"""Two systems beside the bot, over real HTTP both ways: each is told, and each hands in again what
it was told, in its own spelling."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from crm_store import breakers, inbox
from tests.databases import sqlite_only
from tests.fakes.fake_system import FakeSystem, running_system
from tests.fakes.misbehaviour import Mood
from tests.web.house import KEYS, House, opened, settings_for

SECRETS = {"erp": "secret-of-the-erp-0123456789", "shop": "secret-of-the-shop-012345678"}
SETS = {"company": "newest", "phone": "newest", "address": "newest"}


@dataclass
class Town:
    office: House
    systems: Mapping[str, FakeSystem]

    async def settles(self) -> None:
        bot = self.office.bot
        while True:
            busy = await bot.worker.handle_some()
            await bot.delivery.deliver_due()
            async with bot.store.view() as view:
                if not busy and not await inbox.has_due(view.session, now=view.now):
                    return

    async def hands_in(self, system: str, **given: Any) -> tuple[int, Mapping[str, Any]]:
        headers = {"Authorization": f"Bearer key-of-{system}-0123456789"}
        url = "/api/records/customers"
        async with self.office.http.post(url, json=given, headers=headers) as answer:
            return answer.status, await answer.json()

    async def echoes(self) -> int:
        """Until nobody has anything to say any more; how many notices that took."""
        heard = dict.fromkeys(self.systems, 0)
        while any(heard[name] < len(fake.told) for name, fake in self.systems.items()):
            for name, fake in self.systems.items():
                for body in fake.told[heard[name] :]:
                    heard[name] += 1
                    self.office.clock.forward(timedelta(seconds=1))
                    mine = fake.clients[body["cid"]]["fields"]
                    fields = {each: text for each, text in mine.items() if text}
                    status, _ = await self.hands_in(
                        name, external_id=f"{name}-{body['cid']}", cid=body["cid"], **fields
                    )
                    assert status in (200, 201)
                    await self.settles()
            assert sum(heard.values()) < 50, "they never end"
        return sum(heard.values())


@pytest.fixture
async def town(tmp_path: Path, database_url: str) -> AsyncIterator[Town]:
    async with AsyncExitStack() as stack:
        systems = {
            name: await stack.enter_async_context(running_system(secret))
            for name, secret in SECRETS.items()
        }
        settings = await settings_for(
            tmp_path,
            database_url=database_url,
            api_keys={**KEYS, **{name: f"key-of-{name}-0123456789" for name in systems}},
            connections={name: {"secret": secret} for name, secret in SECRETS.items()},
        )
        registered = [
            {"name": name, "url": fake.url, "sets": SETS} for name, fake in systems.items()
        ]
        assert settings.rules_dir is not None
        rules = yaml.safe_dump({"systems": registered})
        (settings.rules_dir / "connections.yaml").write_text(rules, encoding="utf-8")
        yield Town(await stack.enter_async_context(opened(settings)), systems)


@sqlite_only
async def test_what_one_hears_the_others_hear_and_then_all_is_quiet(town: Town) -> None:
    town.systems["erp"].rewrites = lambda text: text if "+" in text else f"{text[:8]} "
    town.systems["shop"].rewrites = lambda text: text if "+" in text else f"{text[:8]}有限公司"

    await town.office.submits(company="上海康源医疗器械公司", phone="13800001234")
    await town.settles()
    assert await town.echoes() < 10

    erp = town.systems["erp"].told
    assert [body["sequence"] for body in erp] == sorted(body["sequence"] for body in erp)
    assert erp[-1]["external_ids"] == ["erp-C1"]
    assert erp[-1]["fields"]["company"].startswith("上海康源医疗器")


@sqlite_only
async def test_one_that_is_away_holds_up_nobody_and_hears_it_all_later(town: Town) -> None:
    erp, shop = town.systems["erp"], town.systems["shop"]
    erp.will(*[Mood.BROKEN] * 3)
    for number in range(4):
        await town.office.submits(
            external_id=f"f-{number}", name=f"客户{number}", phone=f"1380000120{number}"
        )
        await town.settles()

    assert len(shop.told) == 4
    assert erp.told == []
    async with town.office.bot.store.view() as view:
        (breaker,) = await breakers.opened(view.session)
    assert breaker.name == "webhook.erp"
    town.office.clock.forward(timedelta(seconds=5))
    _, figures = await town.office.page("/metrics")
    assert 'genjin_system_lag_seconds{app="webhook.erp"} 5.0' in figures

    for _ in range(3):
        town.office.clock.forward(breakers.PROBE_EVERY)
        await town.settles()
    assert sorted(body["cid"] for body in erp.told) == ["C1", "C2", "C3", "C4"]
    async with town.office.bot.store.view() as view:
        assert await breakers.opened(view.session) == []

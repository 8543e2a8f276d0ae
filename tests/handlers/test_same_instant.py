"""极端查重 (#15): the same client at two doors in the same instant is one client with one lead."""

import asyncio
import os
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from sqlmodel import col, select

from crm_store.models import CLOSED, Client, Lead
from crm_store.vault import fresh_key
from tests.e2e.process import ROOT, environment
from tests.handlers.same_instant import hammer
from tests.world import World, company

pytestmark = pytest.mark.both

SOAK = bool(os.environ.get("GENJIN_SOAK"))
STARTS_WITHIN = 30


async def everybody_is_there_once(world: World, rounds: int) -> None:
    async with world.store.view() as view:
        clients = (await view.session.exec(select(Client))).all()
        open_leads = select(Lead.client_id).where(col(Lead.state).not_in(CLOSED))
        leads = Counter((await view.session.exec(open_leads)).all())
    living = [client.id for client in clients if client.merged_into_id is None]
    assert len(living) == rounds
    assert len(clients) == rounds * 4
    assert leads == Counter(living)


async def test_two_stores_take_the_same_client_in_at_once(
    tmp_path: Path, database_url: str
) -> None:
    """Each with connections of its own, as two processes have."""
    rounds, key = (30 if SOAK else 3), {"encryption_key": fresh_key()}
    folders = [tmp_path / name for name in ("a", "b")]
    for folder in folders:
        folder.mkdir()
    async with (
        company(folders[0], database_url, more=key) as one,
        company(folders[1], database_url, more=key) as other,
    ):
        start = time.time()
        await asyncio.gather(*(hammer(w, n, rounds, start) for n, w in enumerate((one, other))))

        await everybody_is_there_once(one, rounds)


@pytest.mark.skipif(not SOAK, reason="a soak: processes take seconds to start")
@pytest.mark.timeout(600)
async def test_two_processes_take_the_same_client_in_at_once(
    tmp_path: Path, database_url: str
) -> None:
    rounds, key, start = 100, fresh_key(), time.time() + STARTS_WITHIN
    running = []
    for seed in range(2):
        folder = tmp_path / str(seed)
        folder.mkdir()
        given = (str(folder), database_url, key, str(seed), str(rounds), str(start))
        running.append(
            await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.handlers.same_instant", *given),
                cwd=ROOT,
                env=environment(),
            )
        )
        if seed == 0:
            await asyncio.sleep(STARTS_WITHIN / 2)  # the keyring is drawn once
    assert [await process.wait() for process in running] == [0, 0]

    (tmp_path / "judge").mkdir()
    async with company(tmp_path / "judge", database_url, more={"encryption_key": key}) as world:
        await everybody_is_there_once(world, rounds)

"""成批导入 beside `serve`: what somebody else does to a client between a batch's look and its
writing stands (docs/adr/0016)."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from sqlalchemy import text

from bot.importing import Done
from crm_store.models import Client, Intake, Lead
from crm_store.store import Transaction
from handlers.forgetting import forget
from handlers.identifying import SAME_ACCOUNT
from handlers.merging import merge
from tests.databases import postgresql_only
from tests.eventually import eventually
from tests.handlers.same_instant import by_itself
from tests.handlers.test_bulk import everything, imports
from tests.handlers.test_intake import submits
from tests.world import World

pytestmark = postgresql_only
LINE = ("1", "王建国", "上海康源医疗器械有限公司", "13800001234", "CT设备", "50万", "", "")
Change = Callable[[Transaction], Coroutine[Any, Any, None]]
_WAITING = text("SELECT count(*) FROM pg_locks WHERE NOT granted")


async def during(office: World, folder: Path, change: Change) -> Done:
    """A batch has looked, and waits for the client; then the change is committed."""
    async with office.store.transaction() as tx:
        for client_id in (1, 2):
            if await tx.find(Client, client_id) is not None:
                await tx.lock(Client, client_id)
        batch = asyncio.create_task(imports(by_itself(office), folder, LINE))

        async def is_through() -> bool:
            return batch.done() or bool((await tx.session.execute(_WAITING)).scalar_one())

        await eventually(is_through)
        await office.dispatcher.act(tx, change, {})
    return await batch


async def test_a_correction_stands(office: World, tmp_path: Path) -> None:
    await submits(office, phone="13800001234", need="想要CT")

    async def correct(tx: Transaction) -> None:
        client = await tx.lock(Client, 1)
        client.name, client.company = "王主任", "康源医疗"
        tx.add(client)

    done = await during(office, tmp_path, correct)

    assert done.taken.joined == 1
    client, _alias = await everything(office, Client)
    assert (client.name, client.company) == ("王主任", "康源医疗")


async def test_who_was_merged_meanwhile_is_written_to_where_he_went(
    office: World, tmp_path: Path
) -> None:
    await submits(office, phone="13900005678", name="李明芳", need="想要DR")
    await submits(office, external_id="f-2", phone="13800001234", need="想要CT")

    async def join(tx: Transaction) -> None:
        kept, other = await tx.lock(Client, 1), await tx.lock(Client, 2)
        await merge(tx, kept, other, SAME_ACCOUNT, by="chen")

    await during(office, tmp_path, join)

    assert {row.client_id for row in await everything(office, Intake)} == {1}
    assert {lead.client_id for lead in await everything(office, Lead)} == {1}


async def test_who_was_erased_meanwhile_is_not_written_to(office: World, tmp_path: Path) -> None:
    await submits(office, phone="13800001234", need="想要CT")

    async def erase(tx: Transaction) -> None:
        await forget(await tx.lock(Client, 1), tx)

    done = await during(office, tmp_path, erase)

    assert (done.taken.clients, done.taken.new) == (1, 1)
    gone, fresh = await everything(office, Client)
    assert (gone.name, gone.erased_at is not None) == ("", True)
    assert (fresh.name, fresh.merged_into_id) == ("王建国", None)

"""Export, erasure, key change and keeping do the same on either database."""

import csv
from datetime import timedelta
from pathlib import Path

from config.rules import load_rules
from crm_store import inbox, rekey
from crm_store.arrival import Arrival
from crm_store.erasure import erase, scour
from crm_store.export import export
from crm_store.keeping import let_go
from crm_store.models import Client, IdentityKind, Lead
from crm_store.vault import Cipher
from tests.crm_store.conftest import KEY, Spine

PHONE = "+8613800001234"
NEW_KEY = bytes(reversed(range(32)))


async def _add_client(spine: Spine) -> int:
    async with spine.store.transaction() as tx:
        client: Client = await tx.new_client(name="赵主任")
        await tx.add_identity(client.id, IdentityKind.PHONE, PHONE)
        tx.add(Lead(client_id=client.id, source="录入", opened_at=tx.now))
        await tx.arrive([Arrival("x", "k1", "lane", {"text": f"电话 {PHONE}"})])
        return client.id


async def test_an_export_is_in_the_clear(spine: Spine, tmp_path: Path) -> None:
    await _add_client(spine)
    folder = tmp_path / "out"

    await export(spine.database, spine.vault, folder, now=spine.now)

    with (folder / "identities.csv").open(encoding="utf-8", newline="") as file:
        assert [row["value"] for row in csv.DictReader(file)] == [f"'{PHONE}"]


async def test_an_erased_client_is_found_no_more(spine: Spine) -> None:
    client_id = await _add_client(spine)

    async with spine.store.transaction() as tx:
        erasure = await erase(tx, client_id)

    assert await scour(spine.database)
    assert (erasure.closed, erasure.payloads) == (1, 1)
    async with spine.store.view() as view:
        assert await view.identity(IdentityKind.PHONE, PHONE) is None
        assert (await view.get(Client, client_id)).name == ""


async def test_a_changed_key_is_carried_through(spine: Spine) -> None:
    client_id = await _add_client(spine)

    result = await rekey.reseal(spine.database, [NEW_KEY, KEY])

    assert result == rekey.Resealed(3, {})
    assert await rekey.outdated(spine.database, [NEW_KEY]) == 0
    async with spine.store.view() as view:
        row = (await view.session.execute(inbox.inbox.select())).mappings().one()
        opened = Cipher([NEW_KEY]).open_json(row["payload"], purpose=inbox.PURPOSE)
    assert opened == {"text": f"电话 {PHONE}"}
    assert client_id == 1


async def test_what_is_over_its_time_goes(spine: Spine) -> None:
    await _add_client(spine)
    async with spine.store.transaction() as tx:
        await tx.session.execute(inbox.inbox.update().values(state="done", settled_at=tx.now))
    spine.clock.forward(timedelta(days=91))

    async with spine.store.transaction() as tx:
        assert await let_go(tx.session, load_rules().keeping, now=tx.now) is False

    async with spine.store.view() as view:
        assert (await view.session.execute(inbox.inbox.select())).all() == []

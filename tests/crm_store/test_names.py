"""The index of names: which pairs of characters a client is found by."""

from importlib import util
from pathlib import Path
from types import SimpleNamespace

from sqlalchemy import select, update
from sqlmodel import col

import crm_store
from crm_store.models import Client
from crm_store.names import client_grams, grams_of, grams_of_client, note
from tests.crm_store.conftest import Spine

MIGRATION = Path(crm_store.__file__).parent / "migrations/versions/0010_clients_at_a_glance.py"


def test_the_legal_form_at_the_end_is_no_way_to_find_a_firm() -> None:
    assert grams_of("康源医疗有限公司") == {"康源", "源医", "医疗"}
    assert grams_of("康源股份有限公司") == grams_of("康源") == {"康源"}
    assert grams_of("有限公司") == set()


def test_names_are_found_without_case_and_blanks_and_by_their_first_character() -> None:
    assert grams_of_client("Tom 王", "") == {"t", "to", "om", "m王"}
    assert grams_of_client("赵", "") == {"赵"}
    assert grams_of_client("", "") == set()


def test_the_migration_enters_the_names_that_are_there_in_the_same_way() -> None:
    spec = util.spec_from_file_location("migration", MIGRATION)
    assert spec is not None
    assert spec.loader is not None
    migration = util.module_from_spec(spec)
    spec.loader.exec_module(migration)

    for name, company in (
        ("赵主任", "上海康源医疗器械有限公司"),
        ("Tom 王", ""),
        ("", "康源 公司"),
    ):
        client = SimpleNamespace(name=name, company=company)
        assert migration._grams(client) == sorted(grams_of_client(name, company))


async def test_a_client_may_be_called_again_what_he_was_called_before(spine: Spine) -> None:
    async with spine.store.transaction() as tx:
        client = await tx.new_client(name="王", company="康源医疗有限公司")
    async with spine.store.transaction() as tx:
        # As rows are written past the ORM by who leaves the old name in the index.
        past = update(Client).where(col(Client.id) == client.id)
        await tx.session.execute(past.values(company="康源科技"))
        connection = await tx.session.connection()
        await connection.run_sync(note, [(client.id, "王", "康源科技")])

    async with spine.store.transaction() as tx:
        known = await tx.lock(Client, client.id)
        await tx.session.refresh(known)
        known.company = "康源医疗有限公司"
        tx.add(known)

    async with spine.store.view() as view:
        of_him = select(client_grams.c.gram).where(client_grams.c.number == client.id)
        grams = set((await view.session.execute(of_him)).scalars())
    assert grams == grams_of_client("王", "康源医疗有限公司")

"""The index of names: which pairs of characters a client is found by."""

from importlib import util
from pathlib import Path
from types import SimpleNamespace

import crm_store
from crm_store.names import grams_of, grams_of_client

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

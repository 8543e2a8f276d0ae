"""Whose rows are whose after a merge."""

from sqlmodel import SQLModel

import crm_store.tables  # noqa: F401 (the metadata must be complete)
from crm_store.identity import moving

_ELSEWHERE = {
    "audit": "what was read, of whom it was read",
    "client_keys": "moves by its holder",
    "client_records": "moves by its number",
    "inbox": "what is on its way is known by its lane",
    "outbox": "the same",
    "master_records": "each number keeps its own",
    "mutes": "two of one member become one: handlers/merging.py",
    "recordings": "go with their messages",
}
"""Tables with a client that a merge does not move row by row, and why."""


def test_no_table_of_clients_stays_behind_at_a_merge() -> None:
    of_clients = {
        name for name, table in SQLModel.metadata.tables.items() if "client_id" in table.c
    }

    assert of_clients - set(_ELSEWHERE) == set(moving.OWNED)
    assert all("origin_id" in SQLModel.metadata.tables[name].c for name in moving.OWNED)

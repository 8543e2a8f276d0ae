"""叫法: an index of what clients are called, by which a part of a name is found at once.

Every two characters that follow each other in a client's name or firm are a row, and the first
character of his name is one. It follows the clients' rows by itself; whoever writes those past the
ORM calls `note`.
"""

import re
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Column, Connection, PrimaryKeyConstraint, String, Table, event, inspect
from sqlmodel import SQLModel

from crm_store.models import Client
from crm_store.types import BigId
from crm_store.upsert import insert_into

client_grams = Table(
    "client_grams",
    SQLModel.metadata,
    Column("gram", String(2), nullable=False),
    Column("number", BigId, nullable=False),
    PrimaryKeyConstraint("gram", "number"),
    sqlite_with_rowid=False,
)

_EVERY_FIRM = re.compile(r"(?:股份)?(?:有限)?(?:责任)?(?:公司?)?$")
"""What stands at the end of every firm's name tells nothing, and would fill the index."""


def folded(text: str) -> str:
    """As names are compared: without case and blanks."""
    return "".join(text.casefold().split())


def grams_of(text: str) -> set[str]:
    """康源医疗有限公司 → 康源, 源医, 医疗."""
    said = _EVERY_FIRM.sub("", folded(text), count=1)
    return {said[place : place + 2] for place in range(len(said) - 1)}


def grams_of_client(name: str, company: str) -> set[str]:
    return grams_of(name) | grams_of(company) | ({folded(name)[0]} if folded(name) else set())


def note(connection: Connection, clients: Iterable[tuple[int, str, str]]) -> None:
    """Enters clients, (number, name, company), also those who are entered already."""
    _enter(
        connection,
        [
            (gram, number)
            for number, name, company in clients
            for gram in sorted(grams_of_client(name, company))
        ],
    )


def _enter(connection: Connection, rows: list[tuple[str, int]]) -> None:
    """What stands there already, stays: also what was left of an earlier name."""
    if rows:
        entered = insert_into(client_grams, connection.dialect.name).on_conflict_do_nothing()
        connection.execute(entered, [{"gram": gram, "number": number} for gram, number in rows])


@event.listens_for(Client, "after_insert")
def _made(_mapper: Any, connection: Connection, client: Client) -> None:
    note(connection, [(client.id, client.name, client.company)])


@event.listens_for(Client, "after_update")
def _changed(_mapper: Any, connection: Connection, client: Client) -> None:
    past = inspect(client).attrs
    old_name, old_company = _before(past.name), _before(past.company)
    if (old_name, old_company) == (client.name, client.company):
        return
    now = grams_of_client(client.name, client.company)
    before = grams_of_client(old_name, old_company)
    if before - now:
        connection.execute(
            client_grams.delete().where(
                client_grams.c.number == client.id, client_grams.c.gram.in_(before - now)
            )
        )
    _enter(connection, [(gram, client.id) for gram in sorted(now - before)])


def _before(attribute: Any) -> str:
    """What stood in the row until now."""
    gone: Any = attribute.history.deleted
    return str(gone[0]) if gone else str(attribute.value)

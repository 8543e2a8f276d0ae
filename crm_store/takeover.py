"""Where one process has the database to itself (SQLite): that it is one, and what it takes over.

What another process had in hand when it died is free at once; elsewhere its leases run out.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import update

from crm_store.database import Database
from crm_store.errors import StoreError
from crm_store.inbox import AT_ONCE, inbox
from crm_store.inbox import WAITING as UNHANDLED
from crm_store.outbox import WAITING, outbox
from crm_store.store import Store
from crm_store.tokens import tokens


class InUse(StoreError):
    """Another process serves this database, which only one may do."""

    def __init__(self, file: Path) -> None:
        super().__init__(f"已经有一个 genjin serve 在使用 {file}，请先停掉它")


@contextmanager
def alone(database: Database) -> Iterator[None]:
    """Keeps other processes from serving the same file. The lock goes with the process, however
    it ends. Raises InUse."""
    if not database.is_sqlite or not database.url.database:
        yield
        return
    file = Path(database.url.database)
    lock = os.open(file.with_name(f"{file.name}.serving"), os.O_RDWR | os.O_CREAT, 0o600)
    with os.fdopen(lock, "w") as mark:
        try:
            fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise InUse(file) from None
        yield


async def take_over(store: Store) -> None:
    """Ends the leases and the pauses that a process before this one left behind."""
    if not store.database.is_sqlite:
        return
    async with store.transaction() as tx:
        run = tx.session.execute
        await run(update(outbox).where(outbox.c.state == WAITING).values(lease_until=None))
        await run(update(inbox).where(inbox.c.state == UNHANDLED).values(not_before=AT_ONCE))
        await run(update(tokens).values(lease_until=None))

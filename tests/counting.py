"""What a database is asked, for the tests of how often."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event

from tests.world import World


@contextmanager
def selects(office: World) -> Iterator[list[str]]:
    """The reading statements of the block, in their order."""
    asked: list[str] = []

    def note(*given: object) -> None:
        words = str(given[2])
        if words.lstrip().upper().startswith(("SELECT", "WITH")):
            asked.append(words)

    database = office.store.database
    engines = {database.engine.sync_engine, database.reader.sync_engine}
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", note)

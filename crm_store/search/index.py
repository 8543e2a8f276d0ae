"""Entering facts into the index, and taking them out of it."""

from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import Select, Text, bindparam, delete, func, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from crm_store.search.table import FTS, spoken
from crm_store.upsert import insert_into
from crm_store.vault import Lookups

_LENGTH = 10
"""Hexadecimal digits of a hash. Two words of a million share one in a millionth of all searches,
and whoever opens what was found sees it."""
_MOST_WORDS = 4_000
_WORD, _MARK = "word", "mark"


class Hasher:
    """Words as they stand in the index. Without the index key nobody can tell which they are."""

    def __init__(self, lookups: Lookups) -> None:
        self._lookups = lookups

    def word(self, word: str) -> str:
        return self._lookups.lookup(_WORD, word)[:_LENGTH]

    def mark(self, mark: str) -> str:
        """What is known of a text besides its words: that a price is quoted in it."""
        return self._lookups.lookup(_MARK, mark)[:_LENGTH]


async def enter(
    session: AsyncSession,
    lookups: Lookups,
    entry_id: int,
    words: Collection[str],
    marks: Iterable[str] = (),
) -> None:
    """The fact is found by these from now on, and by nothing else."""
    await enter_all(session, lookups, [(entry_id, words, marks)])


async def enter_all(
    session: AsyncSession,
    lookups: Lookups,
    entries: Iterable[tuple[int, Collection[str], Iterable[str]]],
) -> None:
    """Those without a word are left out."""
    hasher = Hasher(lookups)
    is_postgres = session.get_bind().dialect.name == "postgresql"
    rows = []
    for entry_id, words, marks in entries:
        hashes = {hasher.word(word) for word in sorted(words)[:_MOST_WORDS]}
        hashes |= {hasher.mark(mark) for mark in marks}
        if hashes:
            listed = sorted(hashes)
            rows.append({"entry": entry_id, "said": listed if is_postgres else " ".join(listed)})
    if not rows:
        return
    said = bindparam("said", type_=ARRAY(Text)) if is_postgres else bindparam("said", type_=Text)
    insert = insert_into(spoken, session.get_bind().dialect.name).values(
        entry_id=bindparam("entry"), words=func.array_to_tsvector(said) if is_postgres else said
    )
    insert = insert.on_conflict_do_update(
        index_elements=[spoken.c.entry_id], set_={"words": insert.excluded.words}
    )
    connection = await session.connection()
    await connection.execute(insert, rows)


async def forget(session: AsyncSession, entries: Select[tuple[int]]) -> None:
    """These facts are found by nothing any more."""
    await session.execute(delete(spoken).where(spoken.c.entry_id.in_(entries)))


async def forget_client(session: AsyncSession, client_id: int) -> None:
    timeline = SQLModel.metadata.tables["timeline"]
    await forget(session, select(timeline.c.id).where(timeline.c.client_id == client_id))


async def forget_messages(session: AsyncSession, message_ids: Sequence[int]) -> None:
    """The messages are kept no more, and nothing finds them."""
    timeline, messages = (SQLModel.metadata.tables[name].c for name in ("timeline", "messages"))
    whose = select(messages.client_id).where(messages.id.in_(message_ids))
    about = timeline.data["message_id"].as_integer().in_(message_ids)
    await forget(session, select(timeline.id).where(timeline.client_id.in_(whose), about))


async def purge(session: AsyncSession) -> None:
    """On SQLite what was taken out lies in the index until it is written anew."""
    if session.get_bind().dialect.name == "sqlite":
        await session.execute(text(f"INSERT INTO {FTS} ({FTS}) VALUES ('optimize')"))

"""Which fact is found by which words. A row is a fact that somebody's words came with.

There is no word in it: each is a keyed hash, cut to 40 bits, and in what order they stood is not
kept. Whose words they are and who may read them is on the timeline, which the rows only point
at: they go with their facts where clients are merged and parted. SQLite searches with FTS5 over
this table (triggers keep it in step, see the migration), PostgreSQL by an index over it.
"""

from sqlalchemy import Column, ForeignKey, Table, Text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlmodel import SQLModel

from crm_store.types import BigId

FTS = "spoken_fts"
"""SQLite's index, and how the tables that it keeps for itself begin."""
_OF_ONE_DATABASE = (FTS, "spoken_words")
"""Made by the migration, each on the database that has such a thing."""

spoken = Table(
    "spoken",
    SQLModel.metadata,
    Column("entry_id", BigId, ForeignKey("timeline.id"), primary_key=True, autoincrement=False),
    Column("words", Text().with_variant(TSVECTOR(), "postgresql"), nullable=False),
)


def is_ours(name: str | None, kind: str, parents: object) -> bool:
    """For Alembic: whether what it found in the database should stand in the metadata."""
    return kind not in ("table", "index") or not (name or "").startswith(_OF_ONE_DATABASE)

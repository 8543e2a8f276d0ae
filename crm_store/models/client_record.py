"""查重索引: the records that new clients are compared with, and the keys they are found by."""

from sqlalchemy import BigInteger, Column, ForeignKey, PrimaryKeyConstraint, Table, Text
from sqlmodel import SQLModel

from crm_store.types import BigId

client_records = Table(
    "client_records",
    SQLModel.metadata,
    Column("id", BigId, ForeignKey("clients.id"), primary_key=True, autoincrement=False),
    Column("client_id", BigId, ForeignKey("clients.id"), nullable=False, index=True),
    Column("clear", Text, nullable=False),
    Column("veiled", Text, nullable=False),
)
"""One source's record of a client. `id` is the number it came by, `client_id` whose it is by now:
another, once the two were merged. Names and firms stand in `clear`; phones, mailboxes and the like
in `veiled` as keyed hashes, which are equal where the values are and say nothing else. Both JSON.
"""

record_keys = Table(
    "record_keys",
    SQLModel.metadata,
    Column("key", BigInteger, nullable=False),
    Column("record_id", BigId, nullable=False),
    PrimaryKeyConstraint("key", "record_id"),
    sqlite_with_rowid=False,
)
"""By which keys a record is found (`crm_store/identity/keys.py`): no more than an index."""

"""Which columns are sealed, with whose key and for which purpose: what export opens and a key
change seals anew. A test compares the lists with the tables."""

from dataclasses import dataclass

from sqlalchemy import Column, Table
from sqlmodel import SQLModel

import crm_store.tables  # noqa: F401 (the metadata must be complete)


@dataclass(frozen=True)
class Sealed:
    """A column, and what its values were sealed for."""

    table: Table
    column: Column[bytes]
    purpose: str
    is_text: bool = True

    @classmethod
    def of(cls, table: str, column: str, purpose: str, *, is_text: bool = True) -> "Sealed":
        found = SQLModel.metadata.tables[table]
        return cls(found, found.c[column], purpose, is_text)

    @property
    def name(self) -> str:
        return f"{self.table.name}.{self.column.name}"


BY_CLIENT = (
    Sealed.of("identities", "value", "identity"),
    Sealed.of("messages", "body", "message"),
    Sealed.of("timeline", "words", "fact"),
    Sealed.of("lead_fields", "value", "field"),
    Sealed.of("intake", "body", "intake"),
    Sealed.of("recordings", "content", "recording", is_text=False),
    Sealed.of("system_records", "body", "record"),
    Sealed.of("master_records", "body", "master"),
    Sealed.of("promises", "words", "promise"),
    Sealed.of("questions", "words", "question"),
    Sealed.of("questions", "answer", "question"),
)
"""With the client's key."""

BY_SERVICE = (
    Sealed.of("inbox", "payload", "inbox"),
    Sealed.of("outbox", "payload", "outbox"),
    Sealed.of("drafts", "body", "draft"),
    Sealed.of("reminders", "words", "reminder"),
    Sealed.of("talks", "named", "talk"),
    Sealed.of("talks", "question", "talk"),
    Sealed.of("cards", "code", "card code"),
    Sealed.of("tokens", "sealed", "token"),
)
"""With the key of the settings."""

CLIENT_KEYS = Sealed.of("client_keys", "wrapped", "client key")
"""Wrapped with the key of the settings; the purpose is followed by the client's id."""
INDEX_KEY = Sealed.of("keyring", "wrapped", "index key")

"""The service's own keys in the database: today the index key, drawn once, never changed."""

import os
from collections.abc import Sequence

from sqlalchemy import Column, LargeBinary, String, Table, select
from sqlmodel import SQLModel

from crm_store.database import Database
from crm_store.upsert import insert_into
from crm_store.vault import KEY_BYTES, Cipher, Random, Vault

_INDEX = "index"
PURPOSE = "index key"

keyring = Table(
    "keyring",
    SQLModel.metadata,
    Column("name", String(40), primary_key=True),
    Column("wrapped", LargeBinary, nullable=False),
)


async def fits(database: Database, keys: Sequence[bytes]) -> bool:
    """Whether one of `keys` opens this database; False where it has none of its own yet.

    Raises Unreadable where it was made with another key. Writes nothing.
    """
    query = select(keyring.c.wrapped).where(keyring.c.name == _INDEX)
    async with database.reading() as session:
        wrapped = (await session.execute(query)).scalar_one_or_none()
    if wrapped is None:
        return False
    Cipher(keys).open(wrapped, purpose=PURPOSE)
    return True


async def open_vault(
    database: Database, keys: Sequence[bytes], *, random: Random = os.urandom
) -> Vault:
    """The vault of this database; draws the index key the first time.

    Raises Unreadable where none of `keys` is the one the database was made with.
    """
    cipher = Cipher(keys, random=random)
    query = select(keyring.c.wrapped).where(keyring.c.name == _INDEX)
    async with database.reading() as session:
        wrapped = (await session.execute(query)).scalar_one_or_none()
    if wrapped is None:
        async with database.writing() as session:
            insert = insert_into(keyring, session.get_bind().dialect.name)
            fresh = cipher.seal(random(KEY_BYTES), purpose=PURPOSE)
            await session.execute(
                insert.values(name=_INDEX, wrapped=fresh).on_conflict_do_nothing()
            )
            wrapped = (await session.execute(query)).scalar_one()
    return Vault(keys, cipher.open(wrapped, purpose=PURPOSE), random=random)

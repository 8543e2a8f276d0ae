"""换密钥: seals anew, with the present key, whatever is still sealed with an older one.

Runs beside a working assistant, a short transaction a batch; a value that changed meanwhile is
left to whoever changed it. The index key comes last: as long as anything else needs an old key,
the database does not open without it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, select, tuple_, update
from sqlalchemy.exc import DBAPIError
from sqlmodel.ext.asyncio.session import AsyncSession

from crm_store.database import Database, is_in_trouble
from crm_store.sealed import BY_SERVICE, CLIENT_KEYS, INDEX_KEY, Sealed
from crm_store.vault import NAME_AT, Cipher, Unreadable

BATCH = 500
_TRIES = 5
_COLUMNS = (CLIENT_KEYS, *BY_SERVICE, INDEX_KEY)


@dataclass(frozen=True)
class Resealed:
    """What a key change came to."""

    sealed: int
    unreadable: dict[str, int]
    """How many values of which column no key of the settings opens; they were left alone."""


def _is_outdated(sealed: Sealed, cipher: Cipher) -> ColumnElement[bool]:
    return func.substr(sealed.column, *NAME_AT) != cipher.present


async def outdated(database: Database, keys: Sequence[bytes]) -> int:
    """How many values are not sealed with the first of `keys`."""
    cipher = Cipher(keys)
    total = 0
    async with database.reading() as session:
        for sealed in _COLUMNS:
            count = select(func.count()).select_from(sealed.table)
            total += (await session.execute(count.where(_is_outdated(sealed, cipher)))).scalar_one()
    return total


async def reseal(
    database: Database,
    keys: Sequence[bytes],
    *,
    advance: Callable[[int], None] = lambda count: None,
) -> Resealed:
    """Seals everything with the first of `keys`; `advance` is told of each batch's size."""
    cipher = Cipher(keys)
    total = 0
    unreadable: dict[str, int] = {}
    for sealed in _COLUMNS:
        if sealed is INDEX_KEY and unreadable:
            break
        done, failed = await _reseal_column(database, sealed, cipher, advance)
        total += done
        if failed:
            unreadable[sealed.name] = failed
    return Resealed(total, unreadable)


async def _reseal_column(
    database: Database, sealed: Sealed, cipher: Cipher, advance: Callable[[int], None]
) -> tuple[int, int]:
    """(how many were sealed anew, how many could not be opened)"""
    done, failed = 0, 0
    last: tuple[Any, ...] | None = None
    tries = 0
    while True:
        try:
            now_last, opened, unopened = await _reseal_batch(database, sealed, cipher, last)
        except DBAPIError as error:
            # A handler held rows crosswise: one of the two is thrown out, and it was this.
            tries += 1
            if tries == _TRIES or not is_in_trouble(error):
                raise
            continue
        if now_last is None:
            return done, failed
        last, tries = now_last, 0
        done += opened
        failed += unopened
        advance(opened + unopened)


async def _reseal_batch(
    database: Database, sealed: Sealed, cipher: Cipher, last: tuple[Any, ...] | None
) -> tuple[tuple[Any, ...] | None, int, int]:
    """In one transaction: (the last row's key or None where none is left, as above)"""
    opened = 0
    async with database.writing() as session:
        rows = await _batch(session, sealed, cipher, last)
        for key, value in rows:
            opened += await _reseal_one(session, sealed, cipher, key, value)
    return (rows[-1][0] if rows else None), opened, len(rows) - opened


async def _batch(
    session: AsyncSession, sealed: Sealed, cipher: Cipher, last: tuple[Any, ...] | None
) -> list[tuple[tuple[Any, ...], bytes]]:
    key = list(sealed.table.primary_key)
    query = select(*key, sealed.column).where(_is_outdated(sealed, cipher))
    if last is not None:
        query = query.where(tuple_(*key) > last)
    rows = (await session.execute(query.order_by(*key).limit(BATCH))).all()
    return [(tuple(row[:-1]), row[-1]) for row in rows]


async def _reseal_one(
    session: AsyncSession, sealed: Sealed, cipher: Cipher, key: tuple[Any, ...], value: bytes
) -> bool:
    purpose = f"{sealed.purpose} {key[0]}" if sealed is CLIENT_KEYS else sealed.purpose
    try:
        plain = cipher.open(value, purpose=purpose)
    except Unreadable:
        return False
    is_this = [column == part for column, part in zip(sealed.table.primary_key, key, strict=True)]
    await session.execute(
        update(sealed.table)
        .where(*is_this, sealed.column == value)
        .values({sealed.column.name: cipher.seal(plain, purpose=purpose)})
    )
    return True

"""Rows made records, by as many processes as there are cores."""

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from marshal import dumps, loads
from operator import attrgetter
from typing import Any
from zoneinfo import ZoneInfo

from bot.dedupe.reading import COLUMNS, Row
from crm_store.identity.record import CompanyName, Record
from handlers.records import RawClient, record_of

_STRIDE = 5_000
_SHANGHAI = ZoneInfo("Asia/Shanghai")
_SAID = slice(0, COLUMNS.index("ip"))
_IP, _CREATED_AT = COLUMNS.index("ip"), COLUMNS.index("created_at")


def normalised(
    rows: Sequence[Row], *, processes: int, advance: Callable[[int], None] = lambda _count: None
) -> list[Record]:
    records: list[Record] = []
    for part in _parts(rows, processes):
        records += part
        advance(len(part))
    return records


def _parts(rows: Sequence[Row], processes: int) -> Iterator[list[Record]]:
    starts = range(0, len(rows), _STRIDE)
    can_fork = "fork" in multiprocessing.get_all_start_methods()
    if processes < 2 or len(starts) < 2 or not can_fork:  # noqa: PLR2004 (nothing to share out)
        yield from ([record_from(row) for row in rows[at : at + _STRIDE]] for at in starts)
        return
    _given.append(rows)
    try:
        with multiprocessing.get_context("fork").Pool(processes) as pool:
            for packed in pool.imap(_part, starts):
                yield [_unpacked(values) for values in loads(packed)]
    finally:
        _given.clear()


_given: list[Sequence[Row]] = []
"""What the forked processes read: they inherit it, nothing is copied over."""


def _part(start: int) -> bytes:
    return dumps([_packed(record_from(row)) for row in _given[-1][start : start + _STRIDE]])


# Between the processes records travel as plain tuples: pickling them takes as long as making them.
_NAMES = tuple(one.name for one in fields(Record))
_NAMES_OF_COMPANY = tuple(one.name for one in fields(CompanyName))
_all = attrgetter(*_NAMES)
_all_of_company = attrgetter(*_NAMES_OF_COMPANY)
_COMPANY, _AT = _NAMES.index("company"), _NAMES.index("at")


def _packed(record: Record) -> list[Any]:
    values = list(_all(record))
    if record.company is not None:
        values[_COMPANY] = _all_of_company(record.company)
    if record.at is not None:
        values[_AT] = record.at.timestamp()
    return values


def _unpacked(values: list[Any]) -> Record:
    if values[_COMPANY] is not None:
        values[_COMPANY] = CompanyName(*values[_COMPANY])
    if values[_AT] is not None:
        values[_AT] = datetime.fromtimestamp(values[_AT], UTC)
    return Record(*values)


def record_from(row: Row) -> Record:
    name, company, phone, email, wechat, code, address, legal_person = row[_SAID]
    return record_of(
        RawClient(
            name=name,
            company=company,
            phone=phone,
            email=email,
            wechat=wechat,
            credit_code=code,
            address=address,
            legal_person=legal_person,
            ip=row[_IP],
            at=_moment(row[_CREATED_AT]),
        )
    )


def _moment(written: str) -> datetime | None:
    """When it came; None where it cannot be read. Without a zone it is China's."""
    if not written:
        return None
    try:
        moment = datetime.fromisoformat(written.strip())
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=_SHANGHAI)

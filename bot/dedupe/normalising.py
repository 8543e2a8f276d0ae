"""Rows made records, by as many processes as there are cores."""

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.dedupe.reading import COLUMNS, Row
from crm_store.identity.record import Record
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
            yield from pool.imap(_part, starts)
    finally:
        _given.clear()


_given: list[Sequence[Row]] = []
"""What the forked processes read: they inherit it, nothing is copied over."""


def _part(start: int) -> list[Record]:
    return [record_from(row) for row in _given[-1][start : start + _STRIDE]]


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

"""Records as the table that Splink reads."""

from collections.abc import Sequence

import pyarrow as pa

from crm_store.identity.bulk.model import FIELDS, ID
from crm_store.identity.record import Record


def as_table(records: Sequence[Record]) -> pa.Table:
    """One row a record; its position is its id."""
    rows = [_row(record) for record in records]
    columns = {
        name: pa.array(values, pa.string())
        for name, values in zip(FIELDS, zip(*rows, strict=True), strict=True)
    }
    return pa.table({ID: pa.array(range(len(records)), pa.int64()), **columns})


def _row(record: Record) -> tuple[str | None, ...]:
    company = record.company
    return (
        record.phones[0] if record.phones else None,
        record.emails[0] if record.emails else None,
        record.domains[0] if record.domains else None,
        record.wechats[0] if record.wechats else None,
        record.organisation or None,
        (company.core or None) if company else None,
        record.company_sound or None,
        (company.brand or None) if company else None,
        (company.place if company else "") or record.city or None,
        # 王总 is many people.
        record.name if len(record.name) > 1 else None,
        record.sound if len(record.name) > 1 else None,
        record.legal_person or None,
        record.street or None,
    )

"""A record as the index keeps it: phones, mailboxes, WeChat ids, streets and addresses of the net
as keyed hashes. They are compared for being equal only, and that they still are.

Names and firms stay in clear. Both halves are written as JSON without what is not known.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import orjson

from crm_store.identity.record import CompanyName, Record
from crm_store.vault import Lookups

LETTERS = 16
"""64 bits: among a million values, one chance in 37 million that two are taken for one."""

_CLEAR = ("name", "sound", "company_sound", "credit_code", "city", "district", "legal_person")
_PARTS = ("place", "brand", "trade", "suffix", "unit")
_VEILED_LISTS = ("phones", "emails", "domains", "wechats")
_VEILED = ("street", "ip")


def veil(record: Record, vault: Lookups) -> Record:
    """The same record with its personal values as hashes."""

    def hashed(kind: str, value: str) -> str:
        return vault.lookup(kind, value)[:LETTERS] if value else ""

    def each(kind: str, values: Iterable[str]) -> tuple[str, ...]:
        return tuple(hashed(kind, value) for value in values)

    return replace(
        record,
        phones=each("phone", record.phones),
        emails=each("email", record.emails),
        domains=each("domain", record.domains),
        wechats=each("wechat", record.wechats),
        street=hashed("street", record.street),
        ip=hashed("ip", record.ip),
    )


def joined(known: Record, added: Record) -> Record:
    """What one client is known to be after he told more: lists grow, the rest is the newest that
    was said."""
    told: dict[str, Any] = {
        name: tuple(dict.fromkeys((*getattr(added, name), *getattr(known, name))))
        for name in _VEILED_LISTS
    }
    for name in (*_CLEAR, *_VEILED, "at"):
        told[name] = getattr(added, name) or getattr(known, name)
    if added.company:
        told |= {"company": added.company, "company_sound": added.company_sound}
    return replace(known, **told)


def write(record: Record) -> tuple[str, str]:
    """The clear and the veiled half of a veiled record."""
    clear: dict[str, Any] = {name: value for name in _CLEAR if (value := getattr(record, name))}
    if record.company is not None:
        clear["company"] = [getattr(record.company, part) for part in _PARTS]
    if record.at is not None:
        clear["at"] = record.at.timestamp()
    veiled = {
        name: value for name in (*_VEILED_LISTS, *_VEILED) if (value := getattr(record, name))
    }
    return orjson.dumps(clear).decode(), orjson.dumps(veiled).decode()


def read(clear: str, veiled: str) -> Record:
    """What `write` wrote."""
    known: dict[str, Any] = orjson.loads(clear)
    if "company" in known:
        known["company"] = CompanyName(*known["company"])
    if "at" in known:
        known["at"] = datetime.fromtimestamp(known["at"], UTC)
    for name, value in orjson.loads(veiled).items():
        known[name] = tuple(value) if type(value) is list else value
    return Record(**known)

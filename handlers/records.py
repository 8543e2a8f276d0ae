"""What a source says of a client, made the record that identity is judged by.

A sheet that people filled in has the phone where the mailbox should be and the firm where the
person should be: what a cell holds is told by its looks, and by its column only where the looks
leave it open.
"""

import re
from dataclasses import dataclass
from datetime import datetime

from crm_store.identity.record import CompanyName, Record
from nlp.normal.addresses import Address, address
from nlp.normal.companies import Firm, firm, is_firm
from nlp.normal.credit_codes import credit_code
from nlp.normal.mailboxes import domain_of, mailboxes, phone_of
from nlp.normal.people import is_person, person
from nlp.normal.phones import phones
from nlp.normal.places import whole
from nlp.normal.rows import first_of
from nlp.normal.sounds import sound
from nlp.normal.text import folded
from nlp.normal.wechat_ids import wechat_ids


@dataclass(frozen=True, slots=True)
class RawClient:
    """The columns as they were written."""

    name: str = ""
    company: str = ""
    phone: str = ""
    email: str = ""
    wechat: str = ""
    credit_code: str = ""
    address: str = ""
    legal_person: str = ""
    region: str = ""
    ip: str = ""
    at: datetime | None = None


def record_of(given: RawClient) -> Record:
    """Never raises: what makes no sense is left out."""
    name, company, is_mixed = _who(given.name, given.company)
    numbers, boxes = phones(given.phone), mailboxes(given.email)
    wechats = wechat_ids(given.wechat)
    if not numbers or not boxes:
        numbers, boxes, wechats = _strays(given, numbers, boxes, wechats)
    if is_mixed:
        # Two clients in one row: the first of each column is the one that the row is about.
        numbers, boxes = numbers[:1], boxes[:1]
    domains: tuple[str, ...] = ()
    if boxes:
        numbers = tuple(dict.fromkeys((*numbers, *filter(None, map(phone_of, boxes)))))
        domains = tuple(dict.fromkeys(filter(None, map(domain_of, boxes))))
    code = credit_code(given.credit_code) or _code_elsewhere(given)
    parts = firm(company)
    where = _where(given, parts)
    who = person(name)
    return Record(
        name=who,
        sound=sound(who),
        company=CompanyName(*parts) if parts else None,
        company_sound=sound(parts.brand + parts.trade) if parts else "",
        phones=numbers,
        emails=boxes,
        domains=domains,
        wechats=wechats,
        credit_code=code,
        city=where.city,
        district=where.district,
        street=where.street,
        legal_person=person(given.legal_person),
        ip=given.ip.strip()[:64],
        at=given.at,
    )


def _who(name: str, company: str) -> tuple[str, str, bool]:
    """The person and the firm, each where it belongs, and whether the row speaks of several."""
    first_name, first_company = first_of(name), first_of(company)
    is_mixed = first_name != name or first_company != company
    name, company = first_name, first_company
    if len(name) <= _LONGEST_NAME:
        return name, company, is_mixed
    if is_firm(name) and not is_firm(company):
        return (company if is_person(company) else ""), name, is_mixed
    if is_person(company) and not is_person(name) and firm(name):
        return company, name, is_mixed
    return name, company, is_mixed


_LONGEST_NAME = 3


def _strays(
    given: RawClient, numbers: tuple[str, ...], boxes: tuple[str, ...], wechats: tuple[str, ...]
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Phones and mailboxes that stand in one another's columns."""
    if not numbers:
        for cell in (given.email, given.wechat, given.name, given.company, given.address):
            if _DIGITS.search(cell) and (numbers := phones(cell)):
                break
    if not boxes:
        for cell in (given.phone, given.wechat, given.name, given.company):
            if boxes := mailboxes(cell):
                break
    return numbers, boxes, wechats


def _code_elsewhere(given: RawClient) -> str:
    for cell in (given.phone, given.company, given.wechat, given.legal_person, given.address):
        if _LONG_NUMBER.search(cell) and (code := credit_code(cell)):
            return code
    return ""


_DIGITS = re.compile(r"[0-9\uff10-\uff19][0-9\uff10-\uff19 \-]{5}")
_LONG_NUMBER = re.compile(r"[0-9A-Za-z][0-9A-Za-z \-]{16}")
"""So much of a phone or a code makes a cell of another column worth reading."""


def _where(given: RawClient, parts: Firm | None) -> Address:
    found = address(given.address)
    if found.city or not given.region:
        return found
    region = whole(folded(given.region))
    return found._replace(city=region.city, district=region.district) if region else found

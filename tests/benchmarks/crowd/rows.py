"""The records: each customer as one source after the other writes him."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from tests.benchmarks.crowd.customers import Customer, customers
from tests.benchmarks.crowd.faults import (
    Rates,
    slipped,
    written_address,
    written_company,
    written_mail,
    written_person,
    written_phone,
)
from tests.benchmarks.crowd.vocabulary import CITIES, SOURCES

COLUMNS = (
    "id", "name", "company", "phone", "email", "wechat",
    "credit_code", "address", "legal_person", "ip", "source", "created_at",
)  # fmt: skip
CUSTOMERS = 143_000
RECORDS = 230_000
_NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
_CITY_NAMES = tuple(CITIES)


@dataclass(frozen=True)
class Crowd:
    rows: list[tuple[str, ...]]
    """As COLUMNS says."""
    whose: dict[str, int] = field(repr=False)
    """Record id → number of the customer."""

    @property
    def duplicates(self) -> int:
        return len(self.whose) - len(set(self.whose.values()))


def crowd(
    seed: int,
    *,
    count: int = CUSTOMERS,
    records: int = RECORDS,
    rates: Rates | None = None,
) -> Crowd:
    chance = random.Random(seed)
    rates = rates or Rates()
    people = customers(chance, count, rates)
    rows = [
        row
        for at, customer in enumerate(_in_turn(chance, people, records))
        for row in [_row(chance, f"R{at:06}", customer, rates, people)]
    ]
    whose = {row[0]: number for row, number in rows}
    return Crowd([row for row, _ in rows], whose)


def _in_turn(chance: random.Random, people: list[Customer], records: int) -> Iterator[Customer]:
    """Everybody once, and some again and again; in no order."""
    regulars = chance.sample(people, max(1, len(people) * 2 // 5))
    turns = [*people, *chance.choices(regulars, k=records - len(people))]
    chance.shuffle(turns)
    yield from turns


def _row(
    chance: random.Random, id_: str, whom: Customer, rates: Rates, people: list[Customer]
) -> tuple[tuple[str, ...], int]:
    city, district, street = whom.city, whom.district, whom.street
    if chance.random() < rates.moved:
        city = chance.choice(_CITY_NAMES)
        district, street = chance.choice(CITIES[city]), f"{street[:4]}{chance.randrange(1, 999)}号"
    name = written_person(chance, whom.person, rates)
    company = ""
    if chance.random() >= rates.no_company:
        company = written_company(chance, city, whom.brand, whom.trade, whom.suffix, rates)
        if whom.unit and whom.unit not in company:
            company += whom.unit if whom.unit == "集团" else f"{city}{whom.unit}"
    phone, mail = _phone(chance, whom, rates), _mail(chance, whom, rates)
    wechat = whom.wechat if chance.random() < rates.wechat else ""
    code = whom.code if chance.random() < rates.code else ""
    if code and chance.random() < rates.code_slip:
        code = slipped(chance, f"{code[:2]}{code[2:8]}") + code[8:]
    elif code and chance.random() < 0.05:
        code = code.lower()
    address = ""
    if chance.random() < rates.address:
        address = written_address(chance, city, district, street)
    if not (name or company or phone or mail or wechat or code):
        company = f"{city}{whom.brand}{whom.trade}{whom.suffix}"
    if chance.random() < rates.swapped:
        if chance.random() < 0.5:
            name, company = company, name
        else:
            phone, wechat = wechat, phone
    if chance.random() < rates.two_in_a_row:
        other = people[chance.randrange(len(people))]
        phone = f"{phone} / {other.mobile}" if phone else other.mobile
        name = f"{name}、{other.person}" if name else other.person
        if company:
            company += f"/{other.city}{other.brand}{other.trade}"
    row = (
        id_, name, company, phone, mail, wechat, code, address,
        whom.legal_person if chance.random() < rates.legal_person else "",
        whom.ip if chance.random() < rates.ip else "",
        chance.choice(SOURCES),
        (_NEW_YEAR + timedelta(minutes=chance.randrange(460_000))).isoformat(),
    )  # fmt: skip
    return row, whom.number


def _phone(chance: random.Random, whom: Customer, rates: Rates) -> str:
    draw = chance.random()
    if draw < rates.no_phone:
        return ""
    if whom.desk and chance.random() < rates.desk_instead:
        return whom.desk
    phone = whom.second_mobile if draw - rates.no_phone < rates.other_phone else whom.mobile
    return written_phone(chance, phone, rates)


def _mail(chance: random.Random, whom: Customer, rates: Rates) -> str:
    draw = chance.random()
    if draw < rates.no_mail:
        return ""
    mail = whom.second_mail if draw - rates.no_mail < rates.other_mail else whom.mail
    return written_mail(chance, mail)

"""Who there is: firms with a person to speak to, and those who are easily taken for another."""

import random
from dataclasses import dataclass, replace

from tests.benchmarks.crowd.faults import Rates
from tests.benchmarks.crowd.vocabulary import (
    BRAND_CHARS,
    BUILDINGS,
    CITIES,
    FREE_MAIL,
    GIVEN_CHARS,
    STREETS,
    SUFFIXES,
    SURNAMES,
    TRADES,
)

BRANDS = 6_000
FRONT_DESKS = 600
_CODE_CHARS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CODE_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_MOBILE_HEADS = (
    "130", "131", "135", "136", "137", "138", "139", "150", "151", "155", "158", "159", "176",
    "177", "180", "185", "186", "188", "189",
)  # fmt: skip
_CITY_NAMES = tuple(CITIES)


@dataclass(frozen=True, slots=True)
class Customer:
    number: int
    city: str
    brand: str
    trade: str
    suffix: str
    unit: str
    """Of a firm that is its own within a house; empty for all others."""
    person: str
    legal_person: str
    mobile: str
    second_mobile: str
    desk: str
    """A front desk's number, shared with others; empty: none."""
    mail: str
    second_mail: str
    wechat: str
    code: str
    district: str
    street: str
    ip: str


def customers(chance: random.Random, count: int, rates: Rates) -> list[Customer]:
    brands = [_brand(chance) for _ in range(BRANDS)]
    desks = [f"400{chance.randrange(10**7):07}" for _ in range(FRONT_DESKS)]
    found: list[Customer] = []
    for number in range(count):
        fresh = _customer(chance, number, brands)
        if found:
            fresh = _alike(chance, fresh, found[chance.randrange(len(found))], rates)
        if chance.random() < rates.front_desk:
            fresh = replace(fresh, desk=desks[chance.randrange(FRONT_DESKS)])
        found.append(fresh)
    return found


def _alike(chance: random.Random, fresh: Customer, known: Customer, rates: Rates) -> Customer:
    """A customer of his own who has something of another."""
    kinds: tuple[tuple[float, dict[str, str]], ...] = (
        (rates.same_address, _of(known, "city", "district", "street")),
        (rates.same_name_elsewhere, _of(known, "brand", "trade")),
        (rates.changed_job, _of(known, "person", "mobile", "wechat", "city", "district")),
        (rates.recycled_number, _of(known, "mobile")),
        (
            rates.subsidiary,
            {
                **_of(known, "brand", "trade"),
                "unit": chance.choice(("分公司", "集团")),
                "mail": _colleague(known.mail, chance),
            },
        ),
        (rates.shared_mailbox, _of(known, "mail")),
    )
    draw = chance.random()
    for rate, taken in kinds:
        if (draw := draw - rate) < 0:
            return replace(fresh, **taken)  # type: ignore[arg-type]  # texts, all of them
    return fresh


def _of(known: Customer, *names: str) -> dict[str, str]:
    return {name: getattr(known, name) for name in names}


def _colleague(mail: str, chance: random.Random) -> str:
    return f"{_letters(chance, 4)}@{mail.partition('@')[2]}"


def _customer(chance: random.Random, number: int, brands: list[str]) -> Customer:
    city = _CITY_NAMES[int(len(_CITY_NAMES) * chance.random() ** 1.5)]
    brand = brands[chance.randrange(len(brands))]
    person = _person(chance)
    own_domain = chance.random() < 0.55
    handle = f"{_letters(chance, 3)}{chance.randrange(10_000)}"
    domain = f"{_letters(chance, 6)}.com" if own_domain else chance.choice(FREE_MAIL)
    mail = f"{chance.choice(('info', 'sales', handle)) if own_domain else handle}@{domain}"
    other = f"{_letters(chance, 4)}{chance.randrange(1000)}"
    return Customer(
        number=number,
        city=city,
        brand=brand,
        trade=chance.choice(TRADES),
        suffix=chance.choice(SUFFIXES),
        unit="",
        person=person,
        legal_person=person if chance.random() < 0.3 else _person(chance),
        mobile=_mobile(chance),
        second_mobile=_mobile(chance),
        desk="",
        mail=mail,
        second_mail=f"{other}@{domain if own_domain else chance.choice(FREE_MAIL)}",
        wechat=f"{_letters(chance, 4)}_{chance.randrange(10**5)}",
        code=_code(chance),
        district=chance.choice(CITIES[city]),
        street=_street(chance),
        ip=".".join(str(chance.randrange(1, 255)) for _ in range(4)),
    )


def _brand(chance: random.Random) -> str:
    length = 3 if chance.random() < 0.12 else 2
    return "".join(chance.sample(BRAND_CHARS, length))


def _person(chance: random.Random) -> str:
    given = chance.choice(GIVEN_CHARS)
    if chance.random() < 0.75:
        given += chance.choice(GIVEN_CHARS)
    return chance.choice(SURNAMES) + given


def _mobile(chance: random.Random) -> str:
    return chance.choice(_MOBILE_HEADS) + f"{chance.randrange(10**8):08}"


def _letters(chance: random.Random, count: int) -> str:
    return "".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=count))


def _street(chance: random.Random) -> str:
    street = f"{chance.choice(STREETS)}{chance.randrange(1, 2000)}号"
    if chance.random() < 0.6:
        building = "".join(chance.sample(BRAND_CHARS, 2)) + chance.choice(BUILDINGS)
        street += f"{building}{chance.randrange(1, 30)}{chance.randrange(1, 20):02}室"
    return street


def _code(chance: random.Random) -> str:
    """统一社会信用代码 by GB 32100, the organisation's own check character by GB 11714."""
    organisation = "".join(chance.choices(_CODE_CHARS, k=8))
    values = [int(c) if c.isdigit() else ord(c) - 55 for c in organisation]
    left = 11 - sum(w * v for w, v in zip(_ORGANISATION_WEIGHTS, values, strict=True)) % 11
    organisation += {10: "X", 11: "0"}.get(left, str(left))
    body = f"91{chance.randrange(11, 66)}0{chance.randrange(1, 10)}{chance.randrange(10, 30)}"
    body += organisation
    total = sum(w * _CODE_CHARS.index(c) for w, c in zip(_CODE_WEIGHTS, body, strict=True))
    return body + _CODE_CHARS[(31 - total % 31) % 31]

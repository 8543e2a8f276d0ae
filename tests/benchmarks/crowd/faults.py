"""How often each fault happens, and how a value looks with it."""

import random
from dataclasses import dataclass, fields, replace

from tests.benchmarks.crowd.vocabulary import (
    ENGLISH,
    FREE_MAIL,
    HOMOPHONES,
    MUNICIPALITIES,
    PROVINCES,
    TITLES,
    TRADITIONAL,
)

_WIDE = str.maketrans("0123456789", "０１２３４５６７８９")
_HOMOPHONES: dict[str, str] = {}
for _group in HOMOPHONES:
    for _char in _group:
        _HOMOPHONES.setdefault(_char, _group.replace(_char, ""))
_AREA_LENGTH = 3


@dataclass(frozen=True, slots=True)
class Rates:
    """Shares of the customers (the first seven) and of the records."""

    front_desk: float = 0.025
    same_address: float = 0.03
    same_name_elsewhere: float = 0.05
    changed_job: float = 0.003
    """Somebody who took his mobile and his WeChat along to another firm."""
    recycled_number: float = 0.001
    subsidiary: float = 0.005
    shared_mailbox: float = 0.002

    no_phone: float = 0.15
    other_phone: float = 0.06
    phone_slip: float = 0.025
    desk_instead: float = 0.5
    """Where the customer has a front desk."""
    no_mail: float = 0.5
    other_mail: float = 0.08
    no_company: float = 0.04
    short_company: float = 0.55
    """有限公司, the city or both left out."""
    bracketed_city: float = 0.06
    homophone: float = 0.04
    part_of_house: float = 0.03
    """集团, 分公司, 运营中心 of the same customer."""
    traditional: float = 0.03
    no_name: float = 0.15
    titled: float = 0.12
    nickname: float = 0.05
    code: float = 0.25
    code_slip: float = 0.01
    address: float = 0.6
    moved: float = 0.02
    """The firm is in another city by now: name and address say so."""
    legal_person: float = 0.3
    wechat: float = 0.15
    ip: float = 0.2
    swapped: float = 0.004
    two_in_a_row: float = 0.002

    @classmethod
    def shaken(cls, seed: int) -> "Rates":
        """Another mixture: each fault by a third rarer to by a half more often."""
        chance = random.Random(f"rates {seed}")
        usual = cls()
        return replace(
            usual,
            **{f.name: getattr(usual, f.name) * chance.uniform(0.67, 1.5) for f in fields(cls)},
        )


def written_phone(chance: random.Random, phone: str, rates: Rates) -> str:
    if chance.random() < rates.phone_slip:
        phone = slipped(chance, phone)
    head, middle, tail = phone[:3], phone[3:7], phone[7:]
    spellings = (
        f"+86{phone}",
        f"+86 {head} {middle} {tail}",
        f"{head}-{middle}-{tail}",
        f"{head} {middle} {tail}",
        f"0086{phone}",
        phone.translate(_WIDE),
        f"86-{phone}",
        f" {phone} ",
    )
    return chance.choice(spellings) if chance.random() < 0.57 else phone


def slipped(chance: random.Random, digits: str) -> str:
    """One digit wrong, two changed over, or one left out."""
    at = chance.randrange(_AREA_LENGTH, len(digits) - 1)
    match chance.randrange(4):
        case 0:
            return digits[:at] + digits[at + 1] + digits[at] + digits[at + 2 :]
        case 1:
            return digits[:at] + digits[at + 1 :]
        case _:
            return (
                digits[:at]
                + str((int(digits[at]) + chance.randrange(1, 10)) % 10)
                + (digits[at + 1 :])
            )


def written_mail(chance: random.Random, mail: str) -> str:
    draw = chance.random()
    if draw < 0.10:
        return mail.upper()
    if draw < 0.15:
        return mail.capitalize()
    if draw < 0.17 and not mail.endswith(FREE_MAIL[0]):
        handle, _, domain = mail.partition("@")
        return f"{handle}+{chance.choice(('news', 'crm', 'b2b'))}@{domain}"
    return f" {mail}" if draw < 0.20 else mail


def written_company(
    chance: random.Random, city: str, brand: str, trade: str, suffix: str, rates: Rates
) -> str:
    if chance.random() < rates.homophone:
        brand = misheard(chance, brand)
    if chance.random() < rates.bracketed_city:
        opening, closing = chance.choice(("()", "（）"))
        written = f"{brand}{opening}{city}{closing}{trade}{suffix}"
    elif chance.random() < rates.short_company:
        written = chance.choice(
            (
                f"{brand}{trade}",
                f"{city}{brand}{trade}",
                f"{brand}{trade}{suffix}",
                f"{city}{brand}{trade}公司",
            )
        )
    else:
        place = city if chance.random() < 0.6 else _in_full(city)
        written = f"{place}{brand}{trade}{suffix}"
    if chance.random() < rates.part_of_house:
        house = f"{brand}{trade}"
        written = chance.choice(
            (
                f"{brand}集团",
                f"{house}集团",
                f"{city}{house}{suffix}{city}分公司",
                f"{house}{city}运营中心",
                f"{house}{suffix}{city}分公司",
            )
        )
    if chance.random() < rates.traditional:
        written = "".join(TRADITIONAL.get(char, char) for char in written)
    return written


def _in_full(city: str) -> str:
    if city in MUNICIPALITIES:
        return f"{city}市"
    return f"{PROVINCES[city]}省{city}市" if city != "南宁" else "广西南宁市"


def misheard(chance: random.Random, word: str) -> str:
    spots = [at for at, char in enumerate(word) if char in _HOMOPHONES]
    if not spots:
        return word
    at = chance.choice(spots)
    return word[:at] + chance.choice(_HOMOPHONES[word[at]]) + word[at + 1 :]


def written_person(chance: random.Random, person: str, rates: Rates) -> str:
    draw = chance.random()
    if draw < rates.no_name:
        return ""
    if (draw := draw - rates.no_name) < rates.titled:
        return person[0] + chance.choice(TITLES)
    if (draw := draw - rates.titled) < rates.nickname:
        return chance.choice(
            (f"小{person[0]}", f"老{person[0]}", f"阿{person[-1]}", chance.choice(ENGLISH))
        )
    return f"{person}{chance.choice(TITLES)}" if draw - rates.nickname < 0.05 else person


def written_address(chance: random.Random, city: str, district: str, street: str) -> str:
    match chance.randrange(4):
        case 0:
            return f"{_in_full(city)}{district}{street}"
        case 1:
            return f"{city}{district}{street}"
        case 2:
            return f"{city}市{district}{street}".replace("号", chance.choice(("号", "號", "")))
        case _:
            return f"{district}{street}"

"""By which keys a record is found: exact ones, and bigrams of the firm's name.

A key is a number of 64 bits. It only brings records together to be compared: two that fall on one
number by chance cost a comparison. Whoever changes what is said here empties `record_keys` and
fills it anew in a migration, for old keys are removed by being worked out again.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from itertools import pairwise

from crm_store.identity.record import Record

_SHORT = 2
"""A brand of so many characters has one bigram, which one wrong character destroys."""
_CHARACTER = 21
"""Bits of a character."""
_APART = 1 << 2 * _CHARACTER
"""Marks a pair with one character between them."""
_HALF = 1 << 63
"""What makes a number of 64 bits one with a sign, as databases have them."""
_SOMEWHERE, _ANYWHERE = "?", "*"
"""The city of who told none, and that of everybody."""


@dataclass(frozen=True, slots=True)
class Keys:
    exact: tuple[int, ...]
    """Each may make two records one client."""
    grams: tuple[int, ...]
    """Those it is found by."""
    asked: tuple[int, ...]
    """Those that others like it are found by: in its city and where none was told. A firm of
    another city with nearly the same name is another firm."""

    @property
    def all(self) -> tuple[int, ...]:
        return tuple(sorted({*self.exact, *self.grams}))


def keys_of(record: Record) -> Keys:
    """The keys of a veiled record."""
    grams = _grams(record)
    cities = _cities(record)
    return Keys(
        exact=tuple(sorted({*_telling(record), *_further(record)})),
        grams=_in_cities(grams, (*(cities or (_SOMEWHERE,)), _ANYWHERE)),
        asked=_in_cities(grams, (*cities, _SOMEWHERE) if cities else (_ANYWHERE,)),
    )


def turns_of(record: Record) -> tuple[int, ...]:
    """What two events that bring the same client at once would both have."""
    return tuple(sorted(set(_telling(record))))


def _telling(record: Record) -> Iterator[int]:
    yield from map(_of_hash, (*record.phones, *record.emails, *record.wechats))
    if record.organisation:
        yield _number("organisation", record.organisation)
    if record.company_sound:
        yield _number("firm", record.company_sound)


def _further(record: Record) -> Iterator[int]:
    yield from map(_of_hash, record.domains)
    if record.street:
        yield _number("street", record.city, record.district, record.street)
    for city in _cities(record):
        if record.company_sound:
            yield _number("firm", record.company_sound, city)
        if record.legal_person:
            yield _number("legal person", record.legal_person, city)
    if record.company and record.company.brand and record.sound:
        yield _number("person", record.sound, record.company.brand)
    if record.ip and record.sound:
        yield _number("ip", record.ip, record.sound)


def _of_hash(veiled: str) -> int:
    """What is veiled is a number already, of 64 bits in hexadecimal; its kind is hashed in."""
    return int(veiled, 16) - _HALF


def _number(*said: str) -> int:
    digest = blake2b("\0".join(said).encode("utf-8", "replace"), digest_size=8).digest()
    return int.from_bytes(digest) - _HALF


def _cities(record: Record) -> tuple[str, ...]:
    place = record.company.place if record.company else ""
    return tuple(dict.fromkeys(filter(None, (record.city, place))))


def _grams(record: Record) -> tuple[int, ...]:
    """Pairs of neighbours in the brand and with the trade's first character: the rest of the
    trade is too many firms' own."""
    if record.company is None:
        return ()
    brand, trade = record.company.brand, record.company.trade
    text = brand + trade[:1] if brand else trade
    grams = [ord(one) << _CHARACTER | ord(next_) for one, next_ in pairwise(text)]
    if len(brand) == _SHORT and trade:
        grams.append(_APART | ord(brand[0]) << _CHARACTER | ord(trade[0]))
    return tuple(dict.fromkeys(grams))


def _in_cities(grams: tuple[int, ...], cities: tuple[str, ...]) -> tuple[int, ...]:
    return tuple(_of_city(city) ^ gram for city in cities for gram in grams)


@lru_cache(maxsize=4096)
def _of_city(city: str) -> int:
    return _number("gram", city)

"""What in a pile of records is not one house's own: front desks, and names that many firms bear."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from config.schemas.identity import Identity
from crm_store.identity.comparing import Shared
from crm_store.identity.record import Record

_Houses = list[tuple[set[str], set[str]]]
"""Brands and sounds of each house that was met."""


def shared_among(records: Iterable[Record], rules: Identity) -> Shared:
    houses: dict[str, set[tuple[str, str]]] = defaultdict(set)
    places: dict[str, set[str]] = defaultdict(set)
    for record in records:
        company = record.company
        if company is None or not company.brand:
            continue
        firm = (company.brand, record.company_sound)
        for key in keys_of(record):
            houses[key].add(firm)
        place = company.place or record.city
        if place:
            places[record.company_sound].add(place)
    desk, common = rules.front_desk_from, rules.common_from
    return Shared(
        keys=frozenset(
            key for key, firms in houses.items() if len(firms) >= desk and count(firms) >= desk
        ),
        cores=frozenset(core for core, found in places.items() if len(found) >= common),
    )


def keys_of(record: Record) -> Sequence[str]:
    """All that several houses may share."""
    keys = [*record.phones, *record.emails, *record.wechats, *record.domains]
    if record.credit_code:
        keys.append(record.credit_code)
    if record.street:
        keys.append(record.street)
    return keys


def count(firms: Iterable[tuple[str, str]]) -> int:
    """How many houses some brands with their sounds are: 康源 and 康园 are one."""
    houses: _Houses = []
    for brand, sound in sorted(firms):
        for brands, sounds in houses:
            if brand in brands or sound in sounds:
                brands.add(brand)
                sounds.add(sound)
                break
        else:
            houses.append(({brand}, {sound}))
    return len(houses)

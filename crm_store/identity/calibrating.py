"""How much a firm's name proves in a file: as much as the file itself bears out.

Where two records of one name and place both carry a credit code or a legal person, these say
whether they are one client. In a file of one trade fair nearly all are; in one in which forty
cities have the same few brands most are not. The share shifts what the name counts.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from math import log2

from config.schemas.identity import Identity
from crm_store.identity.comparing import Shared
from crm_store.identity.houses import Kinship, are_whole, kinship, same_place
from crm_store.identity.record import Record

FEWEST = 60
"""Pairs that have to speak before the file is believed."""
_POINTS_A_BIT = 3.7
_SURE_BITS = 4.8
"""28 to 1: so sure are two records with nothing but name and place in common to be, where they
get as many points as merging takes."""
_SURE_ODDS = 12
"""So many to one do whole names with nothing else in common have to be one client."""
_LOWEST, _HIGHEST = -25, 15


def calibrated(
    records: Sequence[Record], candidates: Sequence[int], shared: Shared, rules: Identity
) -> Shared:
    """`shared` with the shift of names that are rare and of those that are common."""
    count = len(records)
    told: Counter[tuple[bool, bool]] = Counter()
    """Pairs by whether their name is a common one, and whether they are one client."""
    strangers: Counter[bool] = Counter()
    """Of rare names, those pairs whose contacts have nothing in common."""
    for pair in candidates:
        one, other = records[pair // count], records[pair % count]
        same = _says(one, other)
        if same is None or one.company is None or not same_place(one, other):
            continue
        if not are_whole(one.company, other.company):
            continue
        kin = kinship(one.company, one.company_sound, other.company, other.company_sound)
        if kin is Kinship.SAME:
            is_common = one.company_sound in shared.cores
            told[is_common, same] += 1
            if not is_common and not _meet(one, other):
                strangers[same] += 1
    weights = rules.weights
    whole = weights.company + weights.city
    return replace(
        shared,
        rare_shift=_shift(told[False, False], told[False, True], whole, rules),
        names_prove=_proves(strangers[False], strangers[True]),
        common_shift=_shift(
            told[True, False], told[True, True], whole - weights.company // 5, rules
        ),
    )


def _says(one: Record, other: Record) -> bool | None:
    """What two records say of themselves that has nothing to do with their name."""
    if one.organisation and other.organisation:
        return one.organisation == other.organisation
    if one.legal_person and other.legal_person:
        return one.legal_person == other.legal_person
    return None


def _meet(one: Record, other: Record) -> bool:
    """Whether they have a contact or a person alike."""
    if not set(one.phones).isdisjoint(other.phones):
        return True
    if not set(one.emails).isdisjoint(other.emails):
        return True
    return bool(one.sound) and one.sound == other.sound


def _proves(apart: int, same: int) -> bool:
    return same >= _SURE_ODDS * apart


def _shift(apart: int, same: int, points: int, rules: Identity) -> int:
    if apart + same < FEWEST:
        return 0
    bits = log2((same + 1) / (apart + 1))
    wanted = rules.merge_at + _POINTS_A_BIT * (bits - _SURE_BITS)
    return round(min(_HIGHEST, max(_LOWEST, wanted - points)))

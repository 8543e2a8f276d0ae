"""Which of many records are worth comparing: those that have a key alike, or two weaker things."""

import multiprocessing
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence

from crm_store.identity.record import Record

LARGEST = 40
"""Records of one block. What is larger is parted by what else they have, or left to other keys."""
_HALF = len("+8613812")
_Block = Callable[[Record], Iterable[object]]


def pairs(records: Sequence[Record], *, processes: int = 1) -> list[int]:
    """Positions `i` < `j`, each pair once as `i * len(records) + j`; in their order."""
    blocks = range(len(_BLOCKS))
    if processes == 1:
        return sorted(set().union(*(_paired(records, _BLOCKS[at]) for at in blocks)))
    forked = multiprocessing.get_context("fork")
    with forked.Pool(processes, initializer=_RECORDS.append, initargs=(records,)) as pool:
        return sorted(set().union(*pool.imap_unordered(_forked, blocks)))


_RECORDS: list[Sequence[Record]] = []
"""What a forked process looks through: it inherits it, nothing is copied over."""


def _forked(at: int) -> set[int]:
    return _paired(_RECORDS[0], _BLOCKS[at])


def _paired(records: Sequence[Record], block: _Block) -> set[int]:
    count = len(records)
    found: set[int] = set()
    for group in _groups(records, block):
        for at, one in enumerate(group):
            row = one * count
            found.update([row + other for other in group[at + 1 :]])
    return found


def _groups(records: Sequence[Record], block: _Block) -> Iterator[list[int]]:
    first: dict[object, int] = {}
    found: dict[object, list[int]] = {}
    for at, record in enumerate(records):
        for key in block(record):
            # Most keys are one record's own: no list is made for them.
            earlier = first.setdefault(key, at)
            if earlier != at:
                found.setdefault(key, [earlier]).append(at)
    for group in found.values():
        if len(group) <= LARGEST:
            yield group
        elif block in _BY_KEY:
            yield from _parted(records, group)


def _parted(records: Sequence[Record], group: list[int]) -> Iterator[list[int]]:
    """A front desk's records by firm and by person."""
    parts: dict[str, list[int]] = defaultdict(list)
    for at in group:
        record = records[at]
        if record.company:
            parts[record.company_sound].append(at)
            parts[record.company.brand].append(at)
        if record.sound:
            parts[record.sound].append(at)
    for part in parts.values():
        if 1 < len(part) <= LARGEST:
            yield part
        else:
            # One client a thousand times over: each beside the next is enough.
            yield from (part[at : at + 2] for at in range(len(part) - 1))


def _organisation(record: Record) -> Iterable[object]:
    return (record.organisation,) if record.organisation else ()


def _phones(record: Record) -> Iterable[object]:
    return record.phones


def _emails(record: Record) -> Iterable[object]:
    return record.emails


def _wechats(record: Record) -> Iterable[object]:
    return record.wechats


def _core(record: Record) -> Iterable[object]:
    """A firm's name with its place, its people or its street."""
    core = record.company_sound
    if not core or record.company is None:
        return
    place = record.company.place or record.city
    yield core, place
    if record.city and record.city != place:
        yield core, record.city
    if record.sound:
        yield core, record.sound
    if record.legal_person:
        yield core, record.legal_person
    if record.street:
        yield core, record.street
    for phone in record.phones:
        # A slip of the keys is in the one half or in the other.
        yield core, phone[:_HALF]
        yield core, phone[_HALF:]


def _brand(record: Record) -> Iterable[object]:
    if record.company is None or not record.company.brand:
        return
    brand = record.company.brand
    if record.sound:
        yield brand, record.sound
    if record.legal_person:
        yield brand, record.legal_person
    if record.street:
        yield brand, record.street
    place = record.company.place or record.city
    if place:
        yield brand, place


def _person(record: Record) -> Iterable[object]:
    if not record.sound or len(record.name) == 1:
        return
    if record.street:
        yield record.sound, record.street
    if record.legal_person:
        yield record.sound, record.legal_person
    for domain in record.domains:
        yield record.sound, domain


def _domains(record: Record) -> Iterable[object]:
    return record.domains


_BY_KEY: tuple[_Block, ...] = (_organisation, _phones, _emails, _wechats)
_BLOCKS: tuple[_Block, ...] = (_core, _brand, *_BY_KEY, _person, _domains)
"""The longest work first."""

"""The index over each database: what it finds, and that it forgets."""

import random
from collections import Counter
from collections.abc import Sequence
from itertools import product

from sqlalchemy import func, select

from config.schemas.identity import Identity
from crm_store.identity import index
from crm_store.identity.index import Entry
from crm_store.identity.index_sql import COMMON, NEAR, NEWEST
from crm_store.identity.record import Record
from crm_store.identity.verdict import Outcome
from crm_store.models import Client, Review, ReviewState, client_records, record_keys
from crm_store.store import Transaction
from crm_store.view import View
from tests.crm_store.conftest import Spine
from tests.crm_store.identity.records import record

RULES = Identity()
DESK = "+862160000000"


async def brings(tx: Transaction, *records: Record, of: int | None = None) -> list[int]:
    """The numbers that the records are noted under; of one client where he is named."""
    numbers = []
    for brought in records:
        client = Client(created_at=tx.now, merged_into_id=of)
        tx.add(client)
        await tx.flush()
        await index.keep(tx, client.id, entry(tx, brought), client_id=of)
        numbers.append(client.id)
    return numbers


def entry(view: View, of: Record) -> Entry:
    return Entry.of(of, view.vault)


async def like(view: View, of: Record, *, own_id: int | None = None) -> dict[int, Outcome]:
    matches = await index.resolve(view, entry(view, of), RULES, own_id=own_id)
    return {match.client_id: match.verdict.outcome for match in matches}


async def rows_in(view: View) -> tuple[int, int]:
    records = await view.session.scalar(select(func.count()).select_from(client_records))
    keys = await view.session.scalar(select(func.count()).select_from(record_keys))
    return records or 0, keys or 0


# -- what is found -----------------------------------------------------------------------------


async def test_each_database_finds_what_is_said_to_be_found(spine: Spine) -> None:
    chance = random.Random(15)
    entries = [entry_of(spine, chance) for _ in range(500)]
    async with spine.store.transaction() as tx:
        await put(tx, entries)
        for asked in (entry_of(spine, chance) for _ in range(25)):
            found = await index.candidates(tx, asked)

            assert {one.record_id for one in found} == expected(asked, entries)


def entry_of(spine: Spine, chance: random.Random) -> Entry:
    """Few names, so that every limit is met; every second from 上海."""
    one = record(
        "".join(chance.choices("康源恒达", (6, 1, 1, 1), k=2)),
        chance.choice(("医疗", "物流")),
        place=chance.choice(("上海市", "上海市", "苏州市", "")),
        phones=(DESK if chance.random() < 0.2 else f"+86138{chance.randrange(500):08}",),
    )
    return Entry.of(one, spine.vault)


async def put(tx: Transaction, entries: Sequence[Entry]) -> None:
    tx.session.add_all(Client(created_at=tx.now) for _ in entries)
    await tx.flush()
    for number, one in enumerate(entries, start=1):
        await index.keep(tx, number, one)


def expected(asked: Entry, entries: Sequence[Entry]) -> set[int]:
    """The same in other words: all that there is, looked through."""
    carriers: dict[int, list[int]] = {}
    for number, one in enumerate(entries, start=1):
        for key in one.keys.all:
            carriers.setdefault(key, []).append(number)
    found = {number for key in asked.keys.exact for number in carriers.get(key, [])[-NEWEST:]}
    rare = sorted(
        (len(carriers[key]), key)
        for key in asked.keys.asked
        if key in carriers and len(carriers[key]) < COMMON
    )
    near = Counter(number for _, key in rare[:2] for number in carriers[key])
    return found | set(sorted(near, key=lambda number: (-near[number], -number))[:NEAR])


async def test_the_same_phone_and_firm_are_the_same_client(spine: Spine) -> None:
    async with spine.store.transaction() as tx:
        (known,) = await brings(tx, record("康源", phones=("+8613800001234",)))

        assert await like(tx, record("康源", phones=("+8613800001234",))) == {known: Outcome.SAME}
        assert await like(tx, record("恒达", "物流", phones=("+8613900001234",))) == {}


async def test_of_a_front_desk_only_the_own_firm_is_found_among_hundreds(spine: Spine) -> None:
    others = [
        record("".join(two), "物流", phones=(DESK,)) for two in product("甲乙丙丁戊己庚", repeat=2)
    ]
    async with spine.store.transaction() as tx:
        (known,) = await brings(tx, record("康源", phones=(DESK,), name="王", sound="wang"))
        await brings(tx, *others)

        found = await index.candidates(tx, entry(tx, record("安华", "科技", phones=(DESK,))))
        assert len(found) == NEWEST < len(others)
        assert await like(tx, record("安华", "科技", phones=(DESK,))) == {}
        assert known in await like(tx, record("康源", phones=(DESK,), name="王", sound="wang"))


async def test_a_client_is_found_by_any_of_his_records_and_judged_by_all(spine: Spine) -> None:
    first = record("康源", phones=("+8613800000001",), credit_code="91310000MA1K3XYZ0X")
    later = record("康源", phones=("+8613800000001", "+8613800000002"))
    new = record("康源", phones=("+8613800000002",))
    async with spine.store.transaction() as tx:
        (known,) = await brings(tx, first)
        await brings(tx, later, of=known)
        (match,) = await index.resolve(tx, entry(tx, new), RULES)
        other_code = entry(tx, record("康源", phones=new.phones, credit_code="91310000MB2L4ABC1X"))
        (doubtful,) = await index.resolve(tx, other_code, RULES)

    assert (match.client_id, match.record_id) == (known, known + 1)
    assert match.verdict.outcome is Outcome.SAME
    assert doubtful.verdict.outcome in (Outcome.REVIEW, Outcome.FAMILY)


# -- what changes ------------------------------------------------------------------------------


async def test_a_changed_record_is_found_by_what_it_says_now(spine: Spine) -> None:
    before = record("康源", phones=("+8613800000001",))
    after = record("恒达", "物流", phones=("+8613800000002",))
    async with spine.store.transaction() as tx:
        (known,) = await brings(tx, before)
        await index.keep(tx, known, entry(tx, after))

        assert await like(tx, before) == {}
        assert await like(tx, after) == {known: Outcome.SAME}
        assert await rows_in(tx) == (1, len(entry(tx, after).keys.all))


async def test_what_is_added_does_not_replace_what_was_known(spine: Spine) -> None:
    async with spine.store.transaction() as tx:
        (known,) = await brings(tx, record("康源", phones=("+8613800000001",)))
        more = await index.grown(tx, known, entry(tx, Record(emails=("wang@kangyuan.example",))))
        await index.keep(tx, known, more)

        assert await like(tx, record("康源", phones=("+8613800000001",))) == {known: Outcome.SAME}
        assert known in await like(tx, record("康源", emails=("wang@kangyuan.example",)))


async def test_nobody_is_compared_with_himself(spine: Spine) -> None:
    told = record("康源", phones=("+8613800000001",))
    async with spine.store.transaction() as tx:
        (known,) = await brings(tx, told)

        assert await like(tx, told, own_id=known) == {}


async def test_whom_a_person_told_apart_is_not_proposed_again(spine: Spine) -> None:
    told = record("康源", phones=("+8613800000001",))
    async with spine.store.transaction() as tx:
        one, other = await brings(tx, told, told)
        # What was said of an alias holds for the client who has it by now.
        (alias,) = await brings(tx, told, of=one)
        assert await like(tx, told, own_id=one) == {other: Outcome.SAME}

        tx.add(
            Review(
                a_id=other,
                b_id=alias,
                state=ReviewState.DISTINCT,
                outcome="review",
                score=80,
                created_at=tx.now,
            )
        )
        await tx.flush()

        assert await like(tx, told, own_id=one) == {}
        assert await like(tx, told, own_id=other) == {}


async def test_who_was_told_apart_by_a_number_without_a_record_is_not_proposed(
    spine: Spine,
) -> None:
    told = record("康源", phones=("+8613800000001",))
    async with spine.store.transaction() as tx:
        one = Client(created_at=tx.now)
        tx.add(one)
        await tx.flush()
        (_,) = await brings(tx, told, of=one.id)
        (other,) = await brings(tx, told)
        tx.add(
            Review(
                a_id=one.id,
                b_id=other,
                state=ReviewState.DISTINCT,
                outcome="review",
                score=80,
                created_at=tx.now,
            )
        )
        await tx.flush()

        assert await like(tx, told, own_id=one.id) == {}
        assert await like(tx, told, own_id=other) == {}


async def test_nothing_remains_of_a_client_who_is_forgotten(spine: Spine) -> None:
    async with spine.store.transaction() as tx:
        (known,) = await brings(tx, record("康源", phones=("+8613800000001",)))
        await brings(tx, record("恒达", "物流", legal_person="赵海", city="上海市"), of=known)

        await index.forget(tx, known)

        assert await rows_in(tx) == (0, 0)

"""By which keys records meet, and what of them the index can be read for."""

from dataclasses import replace

import pytest

from crm_store.identity.index import Entry
from crm_store.identity.keys import turns_of
from crm_store.identity.record import CompanyName, Record
from crm_store.identity.veil import joined, read, veil, write
from crm_store.vault import Vault
from tests.crm_store.conftest import KEY
from tests.crm_store.identity.records import day, record

VAULT = Vault([KEY], KEY)
WANG = record(
    "康源",
    "医疗器械",
    name="王建国",
    sound="wangjianguo",
    phones=("+8613800001234", "+862160000000"),
    emails=("wang@kangyuan.example",),
    domains=("kangyuan.example",),
    wechats=("wang_1234",),
    credit_code="91310000MA1K3XYZ0X",
    city="上海市",
    district="浦东新区",
    street="张江路100号",
    legal_person="赵海",
    ip="203.0.113.7",
)


def entry(of: Record) -> Entry:
    return Entry.of(of, VAULT)


def meet(one: Record, other: Record) -> bool:
    """Whether `one`, when it comes, is led to `other`."""
    asked, there = entry(one).keys, entry(other).keys
    return bool({*asked.exact, *asked.asked} & set(there.all))


def test_what_is_kept_is_read_again_as_it_was() -> None:
    veiled = veil(WANG, VAULT)

    assert read(*write(veiled)) == veiled
    assert read(*write(Record())) == Record()


def test_nothing_that_a_client_is_reached_by_is_kept_in_clear() -> None:
    written = "".join(write(veil(WANG, VAULT)))

    assert "康源" in written
    for secret in ("13800001234", "60000000", "wang", "kangyuan.example", "张江路", "203.0.113"):
        assert secret not in written.replace("wangjianguo", "")


def test_the_same_value_is_another_hash_in_another_installation() -> None:
    elsewhere = veil(WANG, Vault([KEY], bytes(32)))

    assert not set(elsewhere.phones) & set(veil(WANG, VAULT).phones)


def test_who_tells_more_is_known_by_all_he_told() -> None:
    told = Record(name="王建", phones=("+8613900000000",), at=day(20))

    known = joined(WANG, told)

    assert known.phones == ("+8613900000000", *WANG.phones)
    assert (known.name, known.at, known.company) == ("王建", day(20), WANG.company)
    assert known.legal_person == WANG.legal_person


@pytest.mark.parametrize(
    "alike",
    [
        Record(phones=("+862160000000",)),
        Record(emails=("wang@kangyuan.example",)),
        Record(domains=("kangyuan.example",)),
        Record(wechats=("wang_1234",)),
        Record(credit_code="91320000MA1K3XYZ0Y"),
        Record(city="上海市", district="浦东新区", street="张江路100号"),
        Record(legal_person="赵海", city="上海市"),
        Record(ip="203.0.113.7", sound="wangjianguo"),
        record("康园", "医疗器械", company_sound=WANG.company_sound, place="苏州市"),
        record("康源", "医疗", place="上海市"),
        record("康源", "物流", place=""),
        record("康远", "医疗器械", place="上海市"),
        record("唐源", "医疗器械", place="上海市"),
        record("康源", "生物", place="苏州市", sound="wangjianguo"),
    ],
)
def test_anything_alike_leads_to_a_record(alike: Record) -> None:
    assert meet(alike, WANG)


@pytest.mark.parametrize(
    "unlike",
    [
        Record(),
        Record(name="王建国", sound="wangjianguo"),
        Record(phones=("+8613800001235",)),
        Record(ip="203.0.113.7"),
        Record(emails=("+8613800001234",)),
        record("恒达", "物流"),
        record("康远", "医疗器械", place="苏州市", city="苏州市"),
    ],
)
def test_nothing_else_does(unlike: Record) -> None:
    assert not meet(unlike, WANG)


def test_a_firm_without_a_brand_is_found_by_its_trade() -> None:
    hospital = replace(WANG, company=CompanyName("上海市", "", "人民医院"), company_sound="a")

    assert meet(record("", company=CompanyName("", "", "人民医院"), company_sound="b"), hospital)


def test_whoever_brings_the_same_client_waits_for_the_same_turn() -> None:
    one = turns_of(veil(WANG, VAULT))
    other = turns_of(veil(Record(phones=WANG.phones[:1]), VAULT))

    assert set(other) < set(one)
    assert list(one) == sorted(one)
    assert not turns_of(veil(Record(name="王建国", city="上海市"), VAULT))

"""Pairs as they stand in clients' lists, and what becomes of them."""

from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.schemas.identity import Identity, SameIp
from crm_store.identity.comparing import Shared, compare
from crm_store.identity.record import Record
from crm_store.identity.verdict import Effect, Outcome
from handlers.records import RawClient, record_of

SAME, REVIEW, FAMILY, APART = Outcome.SAME, Outcome.REVIEW, Outcome.FAMILY, Outcome.APART
HOUSE = "上海康源医疗器械有限公司"
ONE_CODE, OTHER_CODE = "91350100M000100Y43", "91310000MA1FL0A14W"
MOBILE, MAIL = "13912340001", "wangli@kangyuan.cn"
ROAD = "上海市浦东新区张江路100号"


def raw(**cells: str) -> RawClient:
    return RawClient(**cells)  # type: ignore[arg-type]  # all of them are texts


PAIRS: list[tuple[str, Outcome, RawClient, RawClient]] = [
    ("a phone by itself", SAME, raw(phone=MOBILE), raw(phone="+86 139-1234-0001")),
    ("a mailbox by itself", SAME, raw(email=MAIL), raw(email=MAIL.upper())),
    ("a WeChat id by itself", SAME, raw(wechat="kangyuan_88"), raw(wechat="KangYuan_88")),
    ("one credit code", SAME, raw(credit_code=ONE_CODE), raw(credit_code=ONE_CODE.lower())),
    (
        "one organisation under two names",
        SAME,
        raw(company="上海康源医疗器械有限公司", credit_code=ONE_CODE),
        raw(company="鼎力机械", credit_code=ONE_CODE),
    ),
    (
        "the name with its place before and behind, and one street",
        SAME,
        raw(company=HOUSE, address=ROAD),
        raw(company="康源医疗器械（上海）", address="上海浦东新区张江路100号3幢502"),
    ),
    (
        "the name and the person",
        SAME,
        raw(company=HOUSE, name="王丽丽"),
        raw(company="康源医疗器械", name="王丽丽女士"),
    ),
    (
        "a homophone in the name, and the person by his sound",
        SAME,
        raw(company=HOUSE, name="王丽丽"),
        raw(company="上海康园医疗器械有限公司", name="王莉莉"),
    ),
    (
        "a phone with a slip of the keys under one firm",
        SAME,
        raw(company=HOUSE, phone=MOBILE),
        raw(company="上海康源医疗器械", phone="13912340010"),
    ),
    (
        "a branch with the house's phone",
        SAME,
        raw(company=HOUSE, phone=MOBILE),
        raw(company="康源医疗器械有限公司杭州分公司", phone=MOBILE, address="杭州市西湖区"),
    ),
    (
        "a branch with the house's switchboard and other people",
        FAMILY,
        raw(company=HOUSE, name="王丽丽", phone="4006001234"),
        raw(company="康源医疗器械有限公司杭州分公司", name="李建国", phone="4006001234"),
    ),
    (
        "a firm that moved and kept its phone",
        SAME,
        raw(company=HOUSE, phone=MOBILE, address=ROAD),
        raw(company="苏州康源医疗器械有限公司", phone=MOBILE, address="苏州市吴中区东吴北路8号"),
    ),
    (
        "a firm that moved and kept its people",
        SAME,
        raw(company=HOUSE, name="王丽丽", address=ROAD),
        raw(company="苏州康源医疗器械有限公司", name="王丽丽", address="苏州市吴中区东吴北路8号"),
    ),
    (
        "a whole name in its place, and two people of the firm",
        REVIEW,
        raw(company=HOUSE, name="王丽丽", phone=MOBILE),
        raw(company="康源医疗器械有限公司（上海市）", name="李建国", phone="13712340077"),
    ),
    (
        "a household's mailbox and two given names",
        REVIEW,
        raw(name="王丽丽", email="wangjia1988@qq.com"),
        raw(name="王建", email="wangjia1988@qq.com"),
    ),
    (
        "a household's mailbox and a surname",
        REVIEW,
        raw(name="小王", email="wangjia1988@qq.com"),
        raw(name="王丽丽", email="wangjia1988@qq.com"),
    ),
    (
        "two firms of one owner, who has one mailbox and one phone",
        REVIEW,
        raw(company=HOUSE, name="王丽丽", phone=MOBILE, email="wangli88@qq.com"),
        raw(company="上海鼎力机械有限公司", name="王丽丽", phone=MOBILE, email="wangli88@qq.com"),
    ),
    (
        "a nickname under one phone",
        SAME,
        raw(name="王丽", phone=MOBILE),
        raw(name="小王", phone=MOBILE),
    ),
    (
        "two credit codes under one phone",
        FAMILY,
        raw(company=HOUSE, phone=MOBILE, credit_code=ONE_CODE),
        raw(company="康源医疗器械集团", phone=MOBILE, credit_code=OTHER_CODE),
    ),
    (
        "a part of a house by the name alone",
        FAMILY,
        raw(company="康源医疗器械有限公司"),
        raw(company="康源医疗器械集团"),
    ),
    (
        "another firm under one mobile: somebody changed his job",
        REVIEW,
        raw(company=HOUSE, name="王丽丽", phone=MOBILE),
        raw(company="上海鼎力机械有限公司", name="王丽丽", phone=MOBILE),
    ),
    (
        "with his WeChat id as well",
        REVIEW,
        raw(company=HOUSE, name="王丽丽", phone=MOBILE, wechat="wangli_88"),
        raw(company="上海鼎力机械有限公司", name="王丽丽", phone=MOBILE, wechat="wangli_88"),
    ),
    (
        "another legal person behind one door",
        REVIEW,
        raw(company=HOUSE, address=ROAD, legal_person="王丽丽"),
        raw(company=HOUSE, address=ROAD, legal_person="李建国"),
    ),
    (
        "the name of a firm in another street",
        REVIEW,
        raw(company=HOUSE, address=ROAD),
        raw(company=HOUSE, address="上海市闵行区沪闵路9号"),
    ),
    (
        "another person's number",
        REVIEW,
        raw(name="王丽丽", phone=MOBILE),
        raw(name="李建国", phone=MOBILE),
    ),
    (
        "brand and trade in another city",
        APART,
        raw(company=HOUSE),
        raw(company="苏州康源医疗器械有限公司"),
    ),
    (
        "a brand's other trade",
        APART,
        raw(company=HOUSE),
        raw(company="上海康源食品有限公司"),
    ),
    ("a name by itself", APART, raw(name="王丽丽"), raw(name="王丽丽")),
    (
        "a name and a city",
        APART,
        raw(name="王丽丽", region="上海"),
        raw(name="王丽丽", address="上海"),
    ),
    ("free mail of one provider", APART, raw(email="wang@qq.com"), raw(email="li@qq.com")),
    ("a legal person by himself", APART, raw(legal_person="王丽丽"), raw(legal_person="王丽丽")),
    ("nothing", APART, raw(), raw()),
    (
        "two firms in one building",
        APART,
        raw(company=HOUSE, address=ROAD),
        raw(company="上海鼎力机械有限公司", address=ROAD),
    ),
]


@pytest.mark.parametrize(
    ("said", "outcome", "one", "other"), PAIRS, ids=[pair[0] for pair in PAIRS]
)
def test_two_records(said: str, outcome: Outcome, one: RawClient, other: RawClient) -> None:
    verdict = compare(record_of(one), record_of(other))

    assert verdict.outcome is outcome, (said, verdict)


def test_a_front_desk_proves_nothing_of_two_firms() -> None:
    desk = Shared(keys=frozenset({"+864008205571"}))
    one = record_of(raw(company=HOUSE, phone="400-820-5571"))
    other = record_of(raw(company="上海鼎力机械有限公司", phone="4008205571"))
    nameless = record_of(raw(phone="4008205571"))
    own = record_of(raw(company="上海康源医疗器械", phone="4008205571"))

    assert compare(one, other, desk).outcome is APART
    assert compare(one, nameless, desk).outcome is APART
    assert compare(one, own, desk).outcome is SAME


def test_a_common_name_needs_more_beside_it() -> None:
    one = record_of(raw(company=HOUSE, address="上海市"))
    other = record_of(raw(company=HOUSE))
    common = Shared(cores=frozenset({one.company_sound}))

    assert compare(one, other).outcome is SAME
    assert compare(one, other, common).outcome is REVIEW


def test_the_same_ip_strengthens_within_its_days_and_only_where_it_is_switched_on() -> None:
    now = datetime(2026, 3, 10, tzinfo=UTC)
    part = HOUSE + "市场部"
    one = replace(record_of(raw(company=part, phone="13712340002")), ip="203.0.113.7", at=now)
    other = replace(record_of(raw(company=part, phone="13612340003")), ip="203.0.113.7", at=now)
    later = replace(other, at=now + timedelta(days=31))
    off = Identity(same_ip=SameIp(on=False))

    strengthened = compare(one, other)

    assert strengthened.outcome is SAME
    assert strengthened.score - compare(one, later).score == Identity().same_ip.points
    assert compare(one, other, rules=off).outcome is REVIEW
    stranger = Record(ip="203.0.113.7", at=now)
    assert compare(one, stranger).outcome is APART


def test_every_verdict_adds_up_and_holds_nothing_personal() -> None:
    for _, _, one, other in PAIRS:
        verdict = compare(record_of(one), record_of(other))

        assert verdict.score == sum(evidence.points for evidence in verdict.evidence)
        said = str(verdict)
        assert not any(cell in said for cell in (MOBILE, MAIL, "张江路", "王丽"))


def test_hashes_are_judged_as_what_they_stand_for() -> None:
    for _, outcome, one, other in PAIRS:
        first, second = record_of(one), record_of(other)
        verdict = compare(_veiled(first), _veiled(second))

        slip = Effect.CLOSE in {
            e.effect for e in compare(first, second).evidence if e.field == "phone"
        }
        assert slip or verdict.outcome is outcome


def _veiled(record: Record) -> Record:
    def hidden(values: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(value.encode().hex() for value in values)

    return replace(
        record,
        phones=hidden(record.phones),
        emails=hidden(record.emails),
        wechats=hidden(record.wechats),
        street=record.street.encode().hex(),
    )


CELL = st.sampled_from(
    sorted({cell for _, _, *pair in PAIRS for one in pair for cell in asdict(one).values() if cell})
)
CLIENT = st.builds(
    RawClient,
    name=CELL,
    company=CELL,
    phone=CELL,
    email=CELL,
    wechat=CELL,
    credit_code=CELL,
    address=CELL,
    legal_person=CELL,
)


@given(CLIENT, CLIENT)
@settings(max_examples=200, deadline=None)
def test_a_verdict_is_the_same_whichever_stands_first(one: RawClient, other: RawClient) -> None:
    first, second = record_of(one), record_of(other)
    forth, back = compare(first, second), compare(second, first)

    assert (forth.outcome, forth.score) == (back.outcome, back.score)


@given(CLIENT)
@settings(max_examples=50, deadline=None)
def test_differing_codes_never_merge(client: RawClient) -> None:
    one = replace(record_of(client), credit_code=ONE_CODE)
    other = replace(one, credit_code=OTHER_CODE)

    assert compare(one, other).outcome is not SAME


def test_a_whole_name_proves_where_its_file_bears_it_out() -> None:
    one = record_of(raw(company=HOUSE, name="王丽丽", phone=MOBILE))
    other = record_of(
        raw(company="康源医疗器械有限公司（上海市）", name="李建国", phone="13712340077")
    )

    assert compare(one, other, Shared(names_prove=True)).outcome is SAME
    assert compare(one, other).outcome is REVIEW

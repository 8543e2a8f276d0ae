"""A file's records put together: what may not be passed on, and what a person is asked."""

from dataclasses import replace

import pytest

from config.schemas.identity import Identity
from crm_store.identity import calibrating
from crm_store.identity.calibrating import calibrated
from crm_store.identity.clustering import Clusters, cluster, verdict_on
from crm_store.identity.comparing import Shared
from crm_store.identity.record import Record
from crm_store.identity.sharing import shared_among
from crm_store.identity.verdict import Outcome
from handlers.records import RawClient, record_of
from tests.benchmarks.crowd import COLUMNS, crowd
from tests.benchmarks.folds import folds

RULES = Identity()


def row(**cells: str) -> Record:
    return record_of(RawClient(**cells))  # type: ignore[arg-type]  # all of them are texts


KANGYUAN = row(company="上海康源医疗器械有限公司", phone="13912340001", name="王丽丽")
DINGLI = row(company="苏州鼎力机械有限公司", email="info@dingli-machine.cn", name="李建国")


def groups(found: Clusters) -> list[set[int]]:
    heads = dict.fromkeys(found.heads)
    return [{at for at, head in enumerate(found.heads) if head == one} for one in heads]


def test_a_row_with_the_phone_of_one_and_the_mailbox_of_another_makes_no_bridge() -> None:
    bridge = row(phone="13912340001", email="info@dingli-machine.cn")

    found = cluster([KANGYUAN, DINGLI, bridge], RULES)

    assert groups(found) in ([{0, 2}, {1}], [{0}, {1, 2}])
    assert [{link.one, link.other} for link in found.review] in ([{1, 2}], [{0, 2}])


def test_what_a_client_s_records_say_together_refuses_another_code() -> None:
    coded = replace(KANGYUAN, credit_code="91350100M000100Y43")
    between = row(company="康源医疗器械", phone="13912340001 / 13787650002")
    other = replace(KANGYUAN, phones=("+8613787650002",), credit_code="91310000MA1FL0A14W", name="")

    found = cluster([coded, between, other], RULES)

    assert found.heads[0] != found.heads[2]
    assert len(set(found.heads)) == 2


def test_a_front_desk_of_many_firms_brings_none_of_them_together() -> None:
    brands = ("康源医疗器械", "鼎力机械", "恒瑞软件", "华安贸易", "泰和食品")
    cities = ("上海", "苏州", "杭州", "南京", "无锡")
    records = [
        row(company=f"{city}{brand}有限公司", phone="400-820-5571")
        for city, brand in zip(cities, brands, strict=True)
    ]
    again = row(company="鼎力机械（苏州）", phone="4008205571")

    found = cluster([*records, again], RULES)

    assert [group for group in groups(found) if len(group) > 1] == [{1, 5}]
    assert "+864008205571" in shared_among(records, RULES).keys


def test_the_reasons_of_a_link_can_be_told_afterwards() -> None:
    again = row(company="康源医疗器械", phone="13912340001")
    records = [KANGYUAN, DINGLI, again]

    found = cluster(records, RULES)

    verdict = verdict_on(records, found.merged[0], found, RULES)
    assert verdict.outcome is Outcome.SAME
    assert {one.field for one in verdict.evidence} >= {"phone", "company"}


def test_no_more_pairs_are_asked_than_people_can_look_at() -> None:
    mobile = [
        row(company=f"上海{brand}{trade}有限公司", phone=f"139{at:08}", name="王丽丽")
        for at, brand in enumerate(("康源", "鼎力", "恒瑞", "华安", "泰和", "博雅") * 20)
        for trade in ("医疗器械", "食品")
    ]

    few = cluster(mobile, RULES.model_copy(update={"review_share": 0.1}))
    many = cluster(mobile, RULES.model_copy(update={"review_share": 1.0}))

    assert len(few.review) <= max(20, len(mobile) // 10)
    assert [link.score for link in many.review] == sorted(
        (link.score for link in many.review), reverse=True
    )


@pytest.fixture(scope="module")
def lists() -> tuple[list[Record], dict[str, int], list[str]]:
    made = crowd(5, count=1_000, records=1_600)
    rows = [dict(zip(COLUMNS, cells, strict=True)) for cells in made.rows]
    records = [
        row(**{name: cell for name, cell in cells.items() if name in RawClient.__slots__})
        for cells in rows
    ]
    return records, made.whose, [cells["id"] for cells in rows]


def test_of_a_thousand_clients_nearly_all_are_put_together_rightly(
    lists: tuple[list[Record], dict[str, int], list[str]],
) -> None:
    records, whose, ids = lists

    found = cluster(records, RULES)

    right = folds(dict(zip(ids, found.heads, strict=True)), whose, len(found.review))
    assert right.precision >= 0.99
    assert right.recall >= 0.92
    assert right.review <= 0.03 * len(records)


def test_several_processes_find_what_one_finds(
    lists: tuple[list[Record], dict[str, int], list[str]],
) -> None:
    records = lists[0]

    assert cluster(records, RULES, processes=2) == cluster(records, RULES)


def test_a_file_in_which_names_coincide_makes_them_count_less() -> None:
    coded = [
        replace(KANGYUAN, phones=(), legal_person=name)
        for name in ("王丽丽", "李建国", "陈思远", "赵明华")
        for _ in range(6)
    ]
    count = len(coded)
    candidates = [one * count + other for one in range(count) for other in range(one + 1, count)]

    shifted = calibrated(coded, candidates, Shared(), RULES)

    assert len(candidates) > calibrating.FEWEST
    assert shifted.rare_shift < 0
    assert calibrated(coded[:3], [1], Shared(), RULES) == Shared(names_prove=True)

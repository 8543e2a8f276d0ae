"""Rows as people fill them in, each made one record."""

from hypothesis import given, settings
from hypothesis import strategies as st

from crm_store.identity.record import CompanyName
from handlers.records import RawClient, record_of

KANGYUAN = CompanyName("上海市", "康源", "医疗器械", "有限公司")


def test_a_row_is_one_record_in_normal_form() -> None:
    record = record_of(
        RawClient(
            name="王丽女士",
            company="康源医疗器械（上海）有限公司",
            phone="+86 139-1234-0001",
            email="Wang.Li@KangYuan.cn",
            credit_code="9135 0100 M000 100Y 43",
            address="上海市浦东新区张江路100号",
            legal_person="李建国",
        )
    )

    assert (record.name, record.sound, record.legal_person) == ("王丽", "wangli", "李建国")
    assert (record.company, record.company_sound) == (KANGYUAN, "kangyuanyiliaoqixie")
    assert (record.phones, record.emails) == (("+8613912340001",), ("wang.li@kangyuan.cn",))
    assert (record.domains, record.organisation) == (("kangyuan.cn",), "M000100Y4")
    assert (record.city, record.district, record.street) == ("上海市", "浦东新区", "张江路100")


def test_what_stands_in_another_column_is_found_by_its_looks() -> None:
    swapped = record_of(
        RawClient(
            name="上海康源医疗器械有限公司",
            company="王丽",
            phone="wangli@kangyuan.cn",
            email="13912340001",
        )
    )

    assert (swapped.name, swapped.company) == ("王丽", KANGYUAN)
    assert swapped.phones == ("+8613912340001",)
    assert swapped.emails == ("wangli@kangyuan.cn",)


def test_a_phone_in_the_column_of_wechat_ids_is_a_phone() -> None:
    assert record_of(RawClient(wechat="13912340001")).phones == ("+8613912340001",)


def test_of_two_clients_in_one_row_the_first_is_meant() -> None:
    record = record_of(
        RawClient(
            name="王丽、李建国",
            company="上海康源医疗器械有限公司/苏州鼎力机械",
            phone="13912340001 / 13787650002",
        )
    )

    assert (record.name, record.company) == ("王丽", KANGYUAN)
    assert record.phones == ("+8613912340001",)


def test_one_client_with_two_phones_keeps_both() -> None:
    record = record_of(RawClient(name="王丽", phone="13912340001 / 021-55667788"))

    assert record.phones == ("+8613912340001", "+862155667788")


def test_the_region_tells_the_city_where_no_address_does() -> None:
    assert record_of(RawClient(region="浙江杭州")).city == "杭州市"
    assert record_of(RawClient(region="浙江", address="苏州市吴中区")).city == "苏州市"


CELL = st.text(max_size=60)


@given(st.builds(RawClient, CELL, CELL, CELL, CELL, CELL, CELL, CELL, CELL, CELL, CELL))
@settings(max_examples=100, deadline=None)
def test_any_row_becomes_a_record(row: RawClient) -> None:
    record_of(row)

"""What sources write differently and mean alike comes out alike."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp.normal.addresses import Address, address
from nlp.normal.companies import Firm, firm, is_firm
from nlp.normal.credit_codes import credit_code
from nlp.normal.mailboxes import domain_of, mailboxes, phone_of
from nlp.normal.people import is_person, person
from nlp.normal.phones import phones
from nlp.normal.rows import first_of
from nlp.normal.sounds import sound
from nlp.normal.text import folded
from nlp.normal.wechat_ids import wechat_ids
from tests.nlp.table import holds

PHONES: dict[str, tuple[str, ...]] = {
    "13912340001": ("+8613912340001",),
    "+86 139-1234-0001": ("+8613912340001",),
    "0086 139 1234 0001": ("+8613912340001",),
    "86-13912340001": ("+8613912340001",),
    "１３９１２３４０００１": ("+8613912340001",),
    "139.1234.0001": ("+8613912340001",),
    "(+86)13912340001": ("+8613912340001",),
    "手机：139 1234 0001": ("+8613912340001",),
    "13912340001.0": ("+8613912340001",),
    "'13912340001": ("+8613912340001",),
    "013912340001": ("+8613912340001",),
    "l39l234OOO1": ("+8613912340001",),
    "13912340001 / 13787650002": ("+8613912340001", "+8613787650002"),
    "13912340001，021-55667788": ("+8613912340001", "+862155667788"),
    "021-55667788": ("+862155667788",),
    "(021) 5566 7788": ("+862155667788",),
    "021-55667788转801": ("+862155667788",),
    "021-55667788-801": ("+862155667788",),
    "0512-6655443": ("+865126655443",),
    "400-820-5571": ("+864008205571",),
    "+852 2345 6700": ("+85223456700",),
    "139****0001": (),
    "1391234000": (),
    "1.39E+10": (),
    "13800000000": (),
    "18888888888": (),
    "13800138000": (),
    "没有": (),
    "": (),
}
MAILBOXES: dict[str, tuple[str, ...]] = {
    "Wang.Li@KangYuan.example.cn": ("wang.li@kangyuan.example.cn",),
    " mailto:wangli@kangyuan.cn; ": ("wangli@kangyuan.cn",),
    "wangli＠kangyuan。cn": ("wangli@kangyuan.cn",),
    "wangli(at)kangyuan.cn": ("wangli@kangyuan.cn",),
    "wangli @ kangyuan . cn": ("wangli@kangyuan.cn",),
    "wang.li+crm@gmail.com": ("wangli@gmail.com",),
    "wangli@gamil.com": ("wangli@gmail.com",),
    "wangli@kangyuan.con": ("wangli@kangyuan.com",),
    "wangli@kangyuan.con.cn": ("wangli@kangyuan.com.cn",),
    "wangli@qq.con": ("wangli@qq.com",),
    "a1@kangyuan.cn/b2@kangyuan.cn": ("a1@kangyuan.cn", "b2@kangyuan.cn"),
    "test@test.cn": (),
    "无": (),
    "kangyuan.cn": (),
}
CODES = {
    "91310000MA1K3XYZ0X": "",
    "91310115MA1K3XYT0Q": "",
    "": "",
}
FIRMS: dict[str, Firm | None] = {
    "上海康源医疗器械有限公司": Firm("上海市", "康源", "医疗器械", "有限公司"),
    "康源医疗器械（上海）有限公司": Firm("上海市", "康源", "医疗器械", "有限公司"),
    "康源(上海)医疗器械有限责任公司": Firm("上海市", "康源", "医疗器械", "有限公司"),
    "上海市康源醫療器械有限公司": Firm("上海市", "康源", "医疗器械", "有限公司"),
    "（上海）康源医疗器械": Firm("上海市", "康源", "医疗器械"),
    "江苏省苏州市康源医疗器械股份有限公司": Firm("苏州市", "康源", "医疗器械", "股份有限公司"),
    "公司名称：康源 医疗器械": Firm("", "康源", "医疗器械"),
    "康源医疗集团": Firm("", "康源", "医疗", "", "集团"),
    "上海康源（集团）有限公司": Firm("上海市", "康源", "", "有限公司", "集团"),
    "康源医疗器械有限公司杭州分公司": Firm("", "康源", "医疗器械", "有限公司", "杭州分公司"),
    "康源医疗杭州分公司": Firm("", "康源", "医疗", "", "杭州分公司"),
    "康源医疗华东运营中心": Firm("", "康源", "医疗", "", "华东运营中心"),
    "上海康源医疗器械有限公司采购部": Firm("上海市", "康源", "医疗器械", "有限公司", "采购部"),
    "杭州禾木投资合伙企业（有限合伙）": Firm("杭州市", "禾木", "投资", "有限合伙"),
    "浦东新区人民医院": Firm("上海市", "浦东新区", "人民医院"),
    "昆山鼎力机械厂": Firm("苏州市", "鼎力", "机械厂"),
    "Kangyuan Medical Co., Ltd.": Firm("", "kangyuanmedical", "", "有限公司"),
    "无": None,
    "个人": None,
    "": None,
}
PEOPLE = {
    "王丽": "王丽",
    " 王 丽 ": "王丽",
    "王丽女士": "王丽",
    "王丽（采购部）": "王丽",
    "联系人：王丽": "王丽",
    "王总": "王",
    "王副总经理": "王",
    "小王": "王",
    "老王": "王",
    "欧阳主任": "欧阳",
    "張偉": "张伟",
    "李建工": "李建工",
    "Mr. John Smith": "johnsmith",
    "微信用户": "",
    "先生": "",
    "13912340001": "",
    "": "",
}
ADDRESSES = {
    "上海市浦东新区张江路100号3幢502室": Address("上海市", "浦东新区", "张江路100"),
    "上海浦东新区张江路一〇〇号": Address("上海市", "浦东新区", "张江路100"),
    "地址：上海 浦东新区 张江路 100 号": Address("上海市", "浦东新区", "张江路100"),
    "浙江省杭州市余杭区文一西路969号": Address("杭州市", "余杭区", "文一西路969"),
    "江苏昆山市玉山镇前进东路1228号": Address("苏州市", "昆山市", "前进东路1228"),
    "上海徐汇漕溪北路88弄6号301": Address("上海市", "徐汇区", "漕溪北路88"),
    "南京西路1266号": Address("", "", "南京西路1266"),
    "上海市南京西路1266号": Address("上海市", "", "南京西路1266"),
    "深圳市南山区科技园南区R2-A栋": Address("深圳市", "南山区", "科技园南区r2-a栋"),
    "上海": Address("上海市"),
    "": Address(),
}
WECHATS = {
    "KangYuan_88": ("kangyuan_88",),
    "微信：kangyuan_88": ("kangyuan_88",),
    "wxid_ab12cd34ef56": ("wxid_ab12cd34ef56",),
    "无": (),
    "ab": (),
}
ROWS = {
    "王丽、李强": "王丽",
    "康源医疗/鼎力机械": "康源医疗",
    "王丽": "王丽",
    "A/B": "A/B",
}


@pytest.mark.parametrize(
    ("table", "read"),
    [
        (PHONES, phones),
        (MAILBOXES, mailboxes),
        (CODES, credit_code),
        (FIRMS, firm),
        (PEOPLE, person),
        (ADDRESSES, address),
        (WECHATS, wechat_ids),
        (ROWS, first_of),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_cell_has_one_normal_form(
    table: dict[str, object], read: Callable[[str], object]
) -> None:
    holds(table.items(), lambda line: line[0], lambda line: line[1], lambda line: read(line[0]))


def test_a_credit_code_is_taken_where_its_check_character_is_right() -> None:
    right = "91350100M000100Y43"

    assert credit_code(right) == right
    assert credit_code(" 9135 0100 m000-100y43 ") == right
    assert credit_code("9135O100MOOO1OOY43") == right
    assert credit_code("91350100M000100Y44") == ""


def test_only_a_firm_s_own_domain_tells_of_a_firm() -> None:
    assert domain_of("wangli@kangyuan.cn") == "kangyuan.cn"
    assert domain_of("wangli@mail.kangyuan.cn") == "kangyuan.cn"
    assert not domain_of("wangli@vip.qq.com")


def test_a_mailbox_that_bears_a_mobile_s_number_tells_the_number() -> None:
    assert phone_of("13912340001@139.com") == "+8613912340001"
    assert not phone_of("13912340001@kangyuan.cn")


def test_homophones_sound_alike() -> None:
    assert sound("康源") == sound("康园") == sound("康元") == "kangyuan"
    assert sound("王丽") == sound("王莉") != sound("王磊")


def test_a_cell_that_can_be_nothing_else_is_known_by_its_looks() -> None:
    assert is_firm("上海康源医疗器械有限公司")
    assert not is_firm("王丽")
    assert is_person("王丽")
    assert is_person("欧阳思远经理")
    assert not is_person("康源医疗器械")


READERS: tuple[Callable[[str], object], ...] = (
    phones,
    mailboxes,
    credit_code,
    firm,
    person,
    address,
    wechat_ids,
    first_of,
    is_firm,
    is_person,
)
WRITTEN = st.text(
    alphabet=st.one_of(
        st.sampled_from("上海康源医疗器械有限公司分集团路号王丽总小1390+-()（）/@.。 com转"),
        st.characters(),
    ),
    max_size=40,
)


@given(WRITTEN)
@settings(max_examples=100, deadline=None)
def test_any_cell_is_read_or_left(cell: str) -> None:
    for read in READERS:
        read(cell)


@given(WRITTEN)
@settings(max_examples=100, deadline=None)
def test_a_normal_form_is_its_own(cell: str) -> None:
    assert folded(folded(cell)) == folded(cell)
    assert person(person(cell)) == person(cell)
    for one in phones(cell):
        assert phones(one) == (one,)
    for box in mailboxes(cell):
        assert mailboxes(box) == (box,)
    for name in wechat_ids(cell):
        assert wechat_ids(name) == (name,)


def test_a_cell_of_ten_megabytes_costs_no_more_than_its_beginning() -> None:
    for sign in ("1", "有限公司", "上海", "a@", "路1号", "(", "王", "-"):
        for read in READERS:
            read(sign * (10_000_000 // len(sign)))

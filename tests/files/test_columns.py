"""Which column means what, and which lines are taken."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.files.columns import LineRefused, Understood, understand
from bot.files.table import FileRefused, Sheet, line_of
from config.rules import load_rules

SHANGHAI = ZoneInfo("Asia/Shanghai")
IMPORTS = load_rules().imports


def sheet(*rows: tuple[str, ...], **chosen: Any) -> Understood:
    lines = [line_of(at, row) for at, row in enumerate(rows, start=1)]
    return understand(Sheet(lines), IMPORTS, SHANGHAI, chosen)


def taken(*rows: tuple[str, ...], **chosen: Any) -> dict[str, Any]:
    understood = sheet(*rows, **chosen)
    given = understood.columns.submission(next(iter(understood.lines)))
    return given.model_dump(exclude_none=True)


def refusal(*rows: tuple[str, ...]) -> str:
    with pytest.raises(LineRefused) as refused:
        taken(*rows)
    return str(refused.value)


def test_a_line_is_the_same_however_its_columns_are_understood() -> None:
    rows = (("姓名", "手机", "科室热线", "备注"), ("王建国", "13800001234", "021-55550000", "-"))

    known = {taken(*rows, **chosen)["external_id"] for chosen in ({}, {"科室热线": "phone"})}
    other = taken(rows[0], ("王建国", "13800001234", "021-55550001", "-"))["external_id"]

    assert len(known) == 1
    assert other not in known


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("手机号码（必填）*", "phone"),
        ("Phone Number", "phone"),
        ("ＥＭＡＩＬ", "email"),
        ("客户 姓名：", "name"),
        ("单位名称", "company"),
        ("微信号", "wechat"),
        ("统一社会信用代码", "credit_code"),
    ],
)
def test_headers_are_known_however_they_are_written(header: str, field: str) -> None:
    understood = sheet((header, "需求"), ("x", "y"))

    assert understood.columns.fields[0] == field


def test_the_header_is_found_under_a_title_and_in_two_lines() -> None:
    given = taken(
        ("2026 春季展会", "", ""),
        ("姓名", "联系方式", "联系方式"),
        ("", "手机", "邮箱"),
        ("王建国", "13800001234", "wang@kangyuan.example"),
    )

    assert (given["name"], given["phone"]) == ("王建国", "13800001234")


def test_a_second_phone_and_what_nobody_knows_are_kept_beside() -> None:
    given = taken(("手机", "座机", "展位", "展位"), ("13800001234", "021-55550000", "A1", "B2"))

    assert given["phone"] == "13800001234"
    assert given["extra"] == {"座机": "021-55550000", "展位": "A1", "展位（第 4 列）": "B2"}


def test_what_stands_for_nothing_is_nothing() -> None:
    given = taken(("手机", "姓名", "公司"), ("13800001234", "无", "N/A"))

    assert "name" not in given
    assert "company" not in given


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026/3/8 9:05", "2026-03-08T01:05:00+00:00"),
        ("2026年3月8日", "2026-03-07T16:00:00+00:00"),
        ("2026-03-08 09:05:07", "2026-03-08T01:05:07+00:00"),
        ("46089.378472", "2026-03-08T01:05:00+00:00"),
        ("2026-03-08T09:05:00+09:00", "2026-03-08T00:05:00+00:00"),
    ],
)
def test_moments_are_read_as_people_and_spreadsheets_write_them(written: str, meant: str) -> None:
    given = taken(("手机", "创建时间"), ("13800001234", written))

    assert given["created_at"].isoformat() == meant


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        (("1.38E+10", ""), "电话：“1.38E+10”丢了数字"),
        (("12", ""), "电话：不像电话号码"),
        (("13800001234", "=1+1"), "姓名：像是公式"),
        (("13800001234", "@SUM(A1|B!C)"), "姓名：像是公式"),
        (("", "王"), "至少要有一种联系方式"),
        (("13800001234", "王", "多出来的"), "有 3 格，表头只有 2 列"),
        (("13800001234", "\ufffd国"), "读不出的字"),
    ],
)
def test_a_line_that_makes_no_sense_is_refused(cells: tuple[str, ...], why: str) -> None:
    assert why in refusal(("手机", "姓名"), cells)


def test_a_phone_that_only_looks_scientific_is_whole() -> None:
    assert taken(("手机",), ("1.3800001234E+10",))["phone"] == "13800001234"


def test_a_line_is_known_by_what_it_says_where_it_has_no_id() -> None:
    one = taken(("手机", "姓名"), ("13800001234", "王"))
    same = taken(("姓名", "手机"), ("王", "13800001234"))
    other = taken(("手机", "姓名"), ("13800001234", "李"))

    assert one["external_id"] == same["external_id"] != other["external_id"]


def test_a_person_may_say_what_a_header_means() -> None:
    assert taken(("主任", "手机"), ("王", "13800001234"), 主任="name")["name"] == "王"

    with pytest.raises(FileRefused, match="没有“科长”"):
        sheet(("主任", "手机"), 科长="name")

"""`genjin import leads`: what an operator reads, and what lies beside the file afterwards."""

import csv
from pathlib import Path

import pytest

from tests.cli.installation import Installation
from tests.files.spreadsheets import sheet_xml, write_xlsx

LIST = (
    "展会名单 2026\n\n"
    "姓名,手机,科室主任电话,备注,展位\n"
    "王建国,13800001234,,想了解CT,A1\n"
    "李明芳,1.39E+10,,,A2\n"
    "=cmd|' /C calc'!A0,13900005678,,,A3\n"
    "赵,,,,\n"
    "孙,,021-55550000,,\n"
)


@pytest.fixture
def ready(home: Installation) -> Installation:
    home.migrated()
    (home.folder / "名单.csv").write_bytes(LIST.encode("gb18030"))
    return home


def refused(file: Path) -> list[list[str]]:
    with file.open(encoding="utf-8-sig", newline="") as opened:
        return list(csv.reader(opened))


def test_a_list_is_imported_and_what_was_refused_lies_beside_it(ready: Installation) -> None:
    file = ready.folder / "名单.csv"

    said = ready.genjin("import", "leads", str(file), "--map", "科室主任电话=phone")

    assert said.status == 0
    assert "共 5 行：新线索 2 条，没有导入 3 条" in said.out
    assert "其余原样保留：展位" in said.out
    beside = file.with_name("名单.csv.rejected.csv")
    assert beside.stat().st_mode & 0o777 == 0o600
    header, *rows = refused(beside)
    assert header == ["原文件位置", "拒绝原因", "姓名", "手机", "科室主任电话", "备注", "展位"]
    assert [row[0] for row in rows] == ["第 5 行", "第 6 行", "第 7 行"]
    assert "丢了数字" in rows[0][1]
    assert rows[1][1:3] == ["姓名：像是公式，没有导入", "'=cmd|' /C calc'!A0"]
    assert "至少要有一种联系方式" in rows[2][1]

    again = ready.genjin("import", "leads", str(file), "--map", "科室主任电话=phone")
    assert "共 5 行：新线索 0 条，以前导入过 2 条，没有导入 3 条" in again.out


def test_a_preview_takes_nothing(ready: Installation) -> None:
    said = ready.genjin("import", "leads", str(ready.folder / "名单.csv"), "--dry-run")

    assert said.status == 0
    assert "姓名→姓名、手机→电话、备注→需求" in said.out
    assert "第 4 行：姓名=王建国  电话=13800001234  需求=想了解CT" in said.out
    assert "第 5 行：不会导入" in said.out
    assert not list(ready.folder.glob("*.rejected.csv"))


def test_sheets_without_a_header_are_passed_over(ready: Installation) -> None:
    file = write_xlsx(
        ready.folder / "a.xlsx",
        {
            "说明": sheet_xml([["请勿外传"]]),
            "名单": sheet_xml([["联系方式", None], ["手机", "邮箱"], [13800001234.0, None]]),
        },
    )

    said = ready.genjin("import", "leads", str(file), "--pool")

    assert said.status == 0
    assert "! 跳过：工作表“说明”认不出表头" in said.out
    assert "新线索放在公海" in said.out


@pytest.mark.parametrize(
    ("content", "words", "complaint"),
    [
        (
            "王建国,13800001234\n李明芳,13900005678\n",
            (),
            "认不出表头（第 1 行是“王建国 13800001234”",
        ),
        ("姓名,公司\n王,康源\n", (), "没有 电话、邮箱、微信、需求 中的任何一列"),
        ("姓名,手机\n", ("--map", "手机=fone"), "没有字段“fone”，您要写的可能是 phone"),
        ("姓名,手机\n", ("--map", "手机"), "--map 应写成 表头=字段"),
        ("姓名,手机\n", ("--sheet", "二"), "没有工作表“二”"),
        ("姓名,手机\n", ("--encoding", "klingon"), "没有编码 klingon"),
    ],
)
def test_what_cannot_be_read_is_said_in_one_line(
    ready: Installation, content: str, words: tuple[str, ...], complaint: str
) -> None:
    file = ready.folder / "b.csv"
    file.write_text(content, encoding="utf-8")

    said = ready.genjin("import", "leads", str(file), *words)

    assert said.status in (1, 2)
    assert complaint in said.complaint

"""Files as people have them become lines of texts."""

from datetime import datetime
from pathlib import Path

import pytest

from bot.files.opening import open_file
from bot.files.table import FileRefused, Line
from tests.files.spreadsheets import sheet_xml, write_xlsx

TABLE = "姓名,手机\n王建国,13800001234\n"


def lines(file: Path) -> list[tuple[str, ...]]:
    return [line.cells for sheet in open_file(file) for line in sheet.lines]


def written(file: Path, content: str | bytes, encoding: str = "utf-8") -> Path:
    file.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return file


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16", "utf-16-le", "utf-16-be", "utf-32"],
)
def test_a_csv_is_read_in_the_encoding_it_is_in(tmp_path: Path, encoding: str) -> None:
    file = written(tmp_path / "名单.csv", TABLE, encoding)

    assert lines(file) == [("姓名", "手机"), ("王建国", "13800001234")]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_by_itself(tmp_path: Path, delimiter: str) -> None:
    text = delimiter.join(["姓名", "需求", "手机"]) + "\r\n"
    text += delimiter.join(["王建国", '"想要, 两台; 或三台"', "13800001234"])

    read = lines(written(tmp_path / "a.txt", text))

    assert read[1] == ("王建国", "想要, 两台; 或三台", "13800001234")


def test_a_cell_may_hold_lines_and_quotes(tmp_path: Path) -> None:
    read = lines(written(tmp_path / "a.csv", '姓名,需求\n王建国,"要 ""大"" 的\n明天"\n李,\n'))

    assert read[1:] == [("王建国", '要 "大" 的\n明天'), ("李", "")]


def test_a_number_that_was_protected_from_excel_is_taken_out(tmp_path: Path) -> None:
    read = lines(written(tmp_path / "a.csv", '姓名,手机\n王,="13800001234"\n'))

    assert read[1] == ("王", "13800001234")


def test_a_damaged_file_is_not_taken_for_one_in_another_encoding(tmp_path: Path) -> None:
    good = "王建国,13800001234,上海康源医疗器械有限公司\n".encode()
    file = written(tmp_path / "a.csv", "姓名,手机,公司\n".encode() + good * 9 + good[:-2] + b"\n")

    read = list(open_file(file)[0].lines)

    assert [line.trouble for line in read[:10]] == [""] * 10
    assert read[10].trouble == "第 3 格有读不出的字（编码损坏）"


def test_what_is_in_no_encoding_is_refused(tmp_path: Path) -> None:
    noise = bytes([0x81, 0x20, 0xFF, 0xFE, 0x80, 0x2C]) * 200

    with pytest.raises(FileRefused, match="认不出"):
        open_file(written(tmp_path / "a.csv", noise))


def test_a_quote_that_nobody_closed_is_named_by_its_line(tmp_path: Path) -> None:
    file = written(tmp_path / "a.csv", '姓名,手机\n王,1\n"李,2\n' + "赵,3\n" * 20)

    with pytest.raises(FileRefused, match="第 3 行开始的引号没有收尾"):
        open_file(file)  # before any line of it is taken


def test_a_cell_of_ten_megabytes_costs_its_own_line_only(tmp_path: Path) -> None:
    file = written(tmp_path / "a.csv", f"姓名,需求\n王,{'要' * 3_500_000}\n李,CT\n")

    read = list(open_file(file)[0].lines)

    assert read[1].trouble == "第 2 格有 3500000 个字，最多 32767 个"
    assert read[2] == Line(3, ("李", "CT"))


def test_a_file_that_is_one_endless_line_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileRefused, match="第 1 行太长"):
        lines(written(tmp_path / "a.csv", b"a" * (17 << 20)))


def test_a_workbook_gives_texts(tmp_path: Path) -> None:
    first = sheet_xml(
        [
            [None, None],
            [None, "姓名", "手机", "时间", "数量"],
            [None, "王建国", 13800001234.0, datetime(2026, 3, 18, 10, 24), 2.5],  # noqa: DTZ001 (as a spreadsheet has it)
            [],
            [None, "李", 9.13e17, None, 3],
        ]
    )
    file = write_xlsx(tmp_path / "a.xlsx", {"名单": first, "说明": sheet_xml([["谢谢"]])})

    sheets = open_file(file)

    assert [sheet.name for sheet in sheets] == ["名单", "说明"]
    read = [line for line in sheets[0].lines if not line.is_empty]
    assert [line.number for line in read] == [2, 3, 5]
    assert read[1].cells == ("", "王建国", "13800001234", "2026-03-18 10:24:00", "2.5")
    assert read[2].cells == ("", "李", "9.13E+17", "", "3")


def test_a_merged_cell_stands_in_every_line_it_spans(tmp_path: Path) -> None:
    xml = sheet_xml(
        [["公司", "姓名"], ["康源医疗", "王"], [None, "李"], ["启明", "赵"]], merged=["A2:A3"]
    )

    assert lines(write_xlsx(tmp_path / "a.xlsx", {"一": xml}))[1:] == [
        ("康源医疗", "王"),
        ("康源医疗", "李"),
        ("启明", "赵"),
    ]


def test_visiting_cards_of_a_phone_are_read(tmp_path: Path) -> None:
    cards = (
        "BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=E7=8E=8B;"
        "=E5=BB=BA=E5=\r\n=9B=BD\r\nTEL;WORK:021-5555 0000\r\nTEL;CELL;PREF:138 0000 1234\r\n"
        "END:VCARD\r\n"
        "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:李 娜\r\nORG:康源医疗;设备科\r\nTITLE:主任\r\n"
        "item1.EMAIL;TYPE=INTERNET:li@kangyuan.example\r\nX-WECHAT:li_na_88\r\n"
        "ADR;TYPE=WORK:;;世纪大道 1 号;上海;上海市;200000;中国\r\nNOTE:要两台\\,下周\r\n  来看\r\n"
        "END:VCARD\r\n"
        "BEGIN:VCARD\r\nFN:没有结尾"
    )

    read = lines(written(tmp_path / "名片.vcf", cards))

    assert read[1] == ("王建国", "", "", "138 0000 1234", "021-5555 0000", "", "", "", "", "")
    assert read[2] == (
        "李 娜",
        "主任",
        "康源医疗",
        "",
        "",
        "li@kangyuan.example",
        "li_na_88",
        "上海市上海世纪大道 1 号",
        "要两台,下周 来看",
        "",
    )
    assert len(read) == 3


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", b"", "是空的"),
        ("a.csv", b"%PDF-1.7 ...", "不是表格"),
        ("a.xlsx", b"PK\x03\x04 nonsense", "已损坏"),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 600, "打不开 a.xls"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    with pytest.raises(FileRefused, match=said):
        lines(written(tmp_path / name, content))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileRefused, match="没有文件"):
        open_file(tmp_path / "nowhere.csv")


@pytest.mark.parametrize("charset", ["HEX", "UNDEFINED", "UTF-7", "IDNA", "ROT13", "A\0B"])
def test_a_card_in_what_is_no_encoding_of_text_is_read_as_utf8(
    tmp_path: Path, charset: str
) -> None:
    name = f"FN;CHARSET={charset};ENCODING=QUOTED-PRINTABLE:+2AA-=E7=8E=8B"
    card = f"BEGIN:VCARD\nVERSION:2.1\n{name}\nTEL;CELL:13800001234\nEND:VCARD\n"

    read = lines(written(tmp_path / "名片.vcf", card))

    assert read[1][0] == "+2AA-王"


@pytest.mark.parametrize("encoding", ["hex", "undefined", "utf-7", "rot13", "a\0b"])
@pytest.mark.parametrize("name", ["a.csv", "a.vcf"])
def test_what_is_no_encoding_of_text_is_refused(tmp_path: Path, name: str, encoding: str) -> None:
    with pytest.raises(FileRefused, match="没有编码"):
        open_file(written(tmp_path / name, "姓名,电话\n+2AA-,13800001234\n"), encoding=encoding)


def test_a_file_that_is_cut_while_it_is_read_is_told_of(tmp_path: Path) -> None:
    file = written(tmp_path / "a.csv", "姓名,电话\n" + "王,13800001234\n" * 50_000)
    read = iter(open_file(file)[0].lines)
    next(read)
    with file.open("rb+") as opened:
        opened.truncate(1 << 18)

    with pytest.raises(FileRefused, match="在读的时候被改了"):
        list(read)

"""A workbook that means harm is not opened."""

from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from bot.files import archive
from bot.files.archive import require_harmless
from bot.files.opening import open_file
from bot.files.table import FileRefused
from tests.files.spreadsheets import sheet_xml, write_xls, write_xlsx

LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">'
    + "".join(f'<!ENTITY lol{n} "{f"&lol{n - 1};" * 10}">' for n in range(2, 10))
    + "]>"
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_xml_that_multiplies_is_refused(tmp_path: Path, encoding: str) -> None:
    laughing = (LAUGHS + "<sst><si><t>&lol9;</t></si></sst>").encode(encoding)
    file = write_xlsx(
        tmp_path / "a.xlsx", {"一": sheet_xml([["姓名"]])}, more={"xl/sharedStrings.xml": laughing}
    )

    with pytest.raises(FileRefused, match="自定义实体"):
        open_file(file)


def test_a_sheet_that_spans_the_whole_earth_is_refused(tmp_path: Path) -> None:
    xml = sheet_xml([["姓名"]]).replace(
        "</sheetData>",
        '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>',
    )

    with pytest.raises(FileRefused, match="1048576 行 16384 列"):
        open_file(write_xlsx(tmp_path / "a.xlsx", {"一": xml}))


@pytest.mark.parametrize(
    "place", ["A4294967295", "ZZZZZZ2", "ZZZZZZ99999999999", f"A{'9' * 90}", f"{'Z' * 90}2"]
)
@pytest.mark.parametrize("part", ["worksheets/sheet9.xml", "other/sheet.dat"])
def test_a_cell_that_no_spreadsheet_has_is_refused(tmp_path: Path, place: str, part: str) -> None:
    """The library would end the process: it may be found by what the workbook says only."""
    xml = sheet_xml([["姓名"]]).replace("</sheetData>", f'<row r="2"><c r="{place}"/></row>')
    file = write_xlsx(tmp_path / "a.xlsx", {"一": "<x/>"}, more={f"xl/{part}": xml})

    with pytest.raises(FileRefused, match="超出能读的范围"):
        require_harmless(file)


@pytest.mark.parametrize("part", ["xl/workbook.bin", "content.xml"])
def test_a_workbook_of_a_kind_that_is_not_looked_through_is_refused(
    tmp_path: Path, part: str
) -> None:
    file = write_xlsx(tmp_path / "a.csv", {"一": sheet_xml([["姓名"]])}, more={part: b"x"})

    with pytest.raises(FileRefused, match="另存为 xlsx"):
        require_harmless(file)


def test_an_old_workbook_with_a_cell_far_away_does_not_end_the_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.files.excel.MOST_CELLS", 12)
    near = open_file(write_xls(tmp_path / "a.xls", [(0, 0), (3, 2)]))
    assert [line.cells for line in near[0].lines][::3] == [("1", "", ""), ("", "", "1")]

    with pytest.raises(FileRefused, match="另存为 xlsx"):
        open_file(write_xls(tmp_path / "b.xls", [(0, 0), (65_535, 65_535)]))
    with pytest.raises(FileRefused, match="超出能读的范围"):
        open_file(write_xls(tmp_path / "c.xls", [(0, 0), (4, 2)]))


def test_what_unpacks_to_too_much_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "MOST_UNPACKED", 1 << 20)
    file = write_xlsx(
        tmp_path / "a.xlsx", {"一": sheet_xml([])}, more={"xl/media/a.png": b"\0" * (2 << 20)}
    )

    with pytest.raises(FileRefused, match="解开后超过"):
        open_file(file)


def test_a_directory_that_lies_about_sizes_is_not_believed(tmp_path: Path) -> None:
    file = write_xlsx(
        tmp_path / "a.xlsx", {"一": sheet_xml([])}, more={"xl/media/a.png": b"\0" * 70_000}
    )
    content = file.read_bytes()
    file.write_bytes(content.replace((70_000).to_bytes(4, "little"), (7).to_bytes(4, "little")))

    with pytest.raises(FileRefused, match="大小和它自己写的不符"):
        open_file(file)


def test_too_many_parts_are_refused(tmp_path: Path) -> None:
    with ZipFile(tmp_path / "a.xlsx", "w", ZIP_DEFLATED) as many:
        for number in range(archive.MOST_PARTS + 1):
            many.writestr(f"{number}", b"")

    with pytest.raises(FileRefused, match="2001 个部件"):
        open_file(tmp_path / "a.xlsx")


def test_every_cut_and_every_flipped_byte_ends_in_lines_or_a_refusal(tmp_path: Path) -> None:
    whole = write_xlsx(tmp_path / "a.xlsx", {"一": sheet_xml([["姓名"], ["王"]])}).read_bytes()
    file = tmp_path / "b.xlsx"

    for at in range(0, len(whole), 37):
        for broken in (whole[:at], whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :]):
            file.write_bytes(broken)
            try:
                for sheet in open_file(file):
                    list(sheet.lines)
            except FileRefused:
                pass

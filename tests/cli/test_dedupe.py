"""`genjin dedupe`: who in a list is the same as whom, and what is refused whole."""

import csv
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from bot.cli import run
from bot.commands import dedupe as command
from bot.dedupe import answers
from bot.dedupe.normalising import normalised, record_from
from crm_store.identity.bulk.deciding import decide

LIST = """\
id,name,company,phone,email,source,unknown
a,赵主任,上海云杉医疗器械有限公司,136 5101 2233,ZHAO@yunshan-med.com,官网,x
b,赵立,云杉医疗器械,+8613651012233,,展会,
c,钱芸,杭州青禾软件有限公司,13752019876,,官网,
d,赵先生,"云杉医疗器械(上海)有限公司",,zhao@yunshan-med.com,ERP,
e,钱芸,宁波白露食品有限公司,13752019876,,POS,
"""


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@dataclass(frozen=True)
class Said:
    status: int
    out: str
    err: str


@pytest.fixture
def dedupe(capsys: pytest.CaptureFixture[str]) -> Any:
    def body(content: str | bytes, *options: str) -> Said:
        raw = content.encode() if isinstance(content, str) else content
        Path("in.csv").write_bytes(raw)
        status = run(["dedupe", "in.csv", "--out", "out.csv", "--review", "review.csv", *options])
        out, err = capsys.readouterr()
        return Said(status, out, err)

    return body


def rows_of(name: str) -> list[dict[str, str]]:
    with Path(name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_id_comes_back_once_and_one_clients_records_share_a_cid(dedupe: Any) -> None:
    said = dedupe(LIST)

    assert said.status == 0, said.err
    rows = rows_of("out.csv")
    assert list(rows[0]) == ["id", "cid", "score", "reason"]
    assert [row["id"] for row in rows] == list("abcde")
    cid = {row["id"]: row["cid"] for row in rows}
    assert cid["a"] == cid["b"] == cid["d"]
    assert len({cid["a"], cid["c"], cid["e"]}) == 3
    assert {row["id"]: row["reason"] for row in rows}["b"].startswith("手机号相同")
    assert "5 条记录是 3 个客户" in said.out


def test_a_column_that_nothing_is_read_from_is_named(dedupe: Any) -> None:
    said = dedupe("id,phone,姓名\na,13651012233,赵立\n")

    assert said.status == 0
    assert said.err.startswith("genjin: 没有用到的列：姓名；认得的列名：id、name、")


def test_two_firms_under_one_mobile_are_for_a_person_to_look_at(dedupe: Any) -> None:
    dedupe(LIST)

    (pair,) = rows_of("review.csv")
    assert (pair["id_a"], pair["id_b"]) == ("c", "e")
    assert "手机号相同" in pair["reason"]
    assert "公司名不同" in pair["reason"]


def test_a_list_as_excel_saves_it_is_read(dedupe: Any) -> None:
    said = dedupe("\ufeff" + LIST.replace("\n", "\r\n").replace("id,", "ID ,", 1))

    assert said.status == 0, said.err
    assert len(rows_of("out.csv")) == 5


@pytest.mark.parametrize(
    ("content", "word"),
    [
        ("", "是空的"),
        ("id,name\n", "没有客户"),
        ("1,赵立,13800138000\n2,钱芸,13900139000\n", "第一行应是列名"),
        ("name,phone\n赵立,13800138000\n", "缺少 id"),
        ("id,name,name\n1,赵立,赵立\n", "两列都叫 name"),
        ("id,name\n1,赵立\n2,钱芸\n1,孙和\n", "第 2 行和第 4 行的 id 相同"),
        ("id,name\n1,赵立\n,钱芸\n", "第 3 行没有 id"),
        ("id,name\n1,赵立,多,了\n", "有 4 格"),
        ("id,name\n=cmd|'/c calc'!A1,赵立\n", "公式"),
        ("id,name\n@SUM(A1),赵立\n", "公式"),
        (f"id,name\n1,{'赵' * 10_000_000}\n", "第 2 行"),
        (f"id,name\n1,{'赵' * 40_000}\n", "第 2 行"),
        ("id,name\n1,赵\0立\n", "第 2 行"),
        ('id,name\n1,"赵立\n2,钱芸\n', "引号"),
        ("id,name\n1,赵立\n".encode("gb18030"), "不是 UTF-8"),
        ("id,name\n1,赵立\n".encode("utf-16"), "不是 UTF-8"),
        (b"PK\x03\x04\xff\xfe\x00\x80", "不是 UTF-8"),
    ],
    ids=lambda value: None if isinstance(value, str) and len(value) < 20 else "-",
)
def test_what_cannot_be_read_is_refused_in_one_line_and_nothing_is_written(
    dedupe: Any, content: str | bytes, word: str
) -> None:
    Path("out.csv").write_text("前一次的结果", encoding="utf-8")

    said = dedupe(content)

    assert said.status == 1
    assert word in said.err
    assert said.err.count("\n") == 1
    assert Path("out.csv").read_text(encoding="utf-8") == "前一次的结果"
    assert sorted(path.name for path in Path().iterdir()) == ["in.csv", "out.csv"]


def test_formulas_in_other_cells_are_read_as_the_words_they_are(dedupe: Any) -> None:
    said = dedupe('id,name,company\n1,"=cmd|\'/c calc\'!A1","=HYPERLINK(""x"")"\n-2,赵立,\n')

    assert said.status == 0, said.err
    assert [row["id"] for row in rows_of("out.csv")] == ["1", "-2"]
    assert "=" not in Path("out.csv").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (("--out", "in.csv"), "不同的文件"),
        (("--review", "out.csv"), "不同的文件"),
        (("--out", "nowhere/out.csv"), "没有文件夹"),
        (("--out", "."), "不是文件"),
    ],
)
def test_places_that_cannot_be_written_are_told_before_the_work(
    dedupe: Any, options: tuple[str, ...], word: str
) -> None:
    said = dedupe(LIST, *options)

    assert said.status == 2
    assert word in said.err
    assert Path("in.csv").read_text(encoding="utf-8") == LIST


def test_the_rules_are_the_engine_and_splink_is_asked_for_by_name(
    dedupe: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[bool, int]] = []

    def spy(*given: Any, with_splink: bool, megabytes: int, **options: Any) -> Any:
        asked.append((with_splink, megabytes))
        return replace(decide(*given, **options), lacked_memory=with_splink)

    monkeypatch.setattr(command, "decide", spy)
    monkeypatch.setattr(command, "has_splink", lambda: True)

    said = [
        dedupe(LIST, *options)
        for options in (
            (),
            ("--engine", "auto"),
            ("--engine", "rules"),
            ("--engine", "splink", "--memory", "900"),
        )
    ]

    assert asked == [(False, 1500)] * 3 + [(True, 900)]
    assert [one.status for one in said] == [0] * 4
    assert not any("Splink" in one.err for one in said[:3])
    assert said[3].err.count("Splink 的内存") == 1


def test_splink_that_is_not_installed_is_named_in_one_line(
    dedupe: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "has_splink", lambda: False)

    said = dedupe(LIST, "--engine", "splink")

    assert said.status == 2
    assert "没有安装 Splink" in said.err
    assert said.err.count("\n") == 1
    assert not Path("out.csv").exists()


def test_reasons_are_the_same_by_several_processes(
    dedupe: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    dedupe(LIST)
    alone = Path("out.csv").read_bytes()
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    monkeypatch.setattr(answers, "_STRIDE", 1)

    dedupe(LIST)

    assert Path("out.csv").read_bytes() == alone


def test_a_file_that_is_not_there_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["dedupe", "none.csv", "--out", "out.csv"]) == 1

    assert "没有文件 none.csv" in capsys.readouterr().err


def test_a_long_list_is_read_by_several_processes_as_by_one() -> None:
    row = ("赵立", "上海云杉医疗器械有限公司", "13651012233", "zhao@yunshan-med.com", "", "")
    rows = [
        (*row, f"上海市徐汇区云杉路{number}号", "赵立", "", "", "2026-03-18T10:00:00")
        for number in range(5_001)
    ]

    records = normalised(rows, processes=2)

    assert len(records) == 5_001
    assert records[0] == record_from(rows[0])
    assert records[-1] == record_from(rows[-1])

"""Talk tracks: Markdown with a head, over the defaults, checked with file and line, reloaded."""

from pathlib import Path

import pytest

from config.rules import DEFAULTS, Problem, RuleBook, RulesError, load_rules
from config.talktracks import LARGEST

HEAD = "---\ntitle: 学费怎么谈\nobjections: 价格\n---\n\n"


def _written(folder: Path, text: str | bytes, name: str = "own.md") -> Path:
    path = folder / "talktracks" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def _wrong(folder: Path) -> list[Problem]:
    with pytest.raises(RulesError) as refused:
        load_rules(folder)
    return refused.value.problems


def test_the_library_comes_with_a_talk_track_against_each_objection() -> None:
    tracks = load_rules().talktracks.entries

    assert len(tracks) >= 12
    against = {kind for track in tracks for kind in track.against}
    assert against == {"price", "budget", "timing", "incumbent", "delivery", "trust", "need"}
    assert "高净值客户沟通话术" in load_rules().talktracks.by_title


def test_a_file_of_ones_own_joins_or_replaces_the_defaults(tmp_path: Path) -> None:
    _written(tmp_path, f"{HEAD}先测评，再报价。\n\n- 说清退费规则")
    _written(tmp_path, "---\ntitle: 我们的开场白\n---\n您好。", "shou-ci-lian-xi.md")
    _written(tmp_path, "---\ntitle: 空\nactive: false\n---\n不用", "zai-kao-lv.md")

    tracks = load_rules(tmp_path).talktracks

    assert tracks.by_name["own"].lead == "先测评，再报价。"
    assert tracks.by_name["own"].against == {"price"}
    assert tracks.by_name["shou-ci-lian-xi"].title == "我们的开场白"
    assert "zai-kao-lv" not in tracks.by_name
    assert len(tracks.entries) == len(list((DEFAULTS / "talktracks").glob("*.md")))


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("没有头", 1, "两行 ---"),
        ("---\ntitle: 甲\nobjektions: 价格\n---\n好", 3, "objections"),
        ("---\ntitle: 甲\nobjections: 天气\n---\n好", 3, "objections"),
        ("---\nobjections: 价格\n---\n好", 1, "title"),
        ("---\ntitle: 甲\nname: x\n---\n好", 3, "name"),
        (f"{HEAD}好\n\n<script>alert(1)</script>", 8, "HTML"),
        (f"{HEAD}好\n\n<img src=x onerror=a>", 8, "HTML"),
        (f"{HEAD}好\x07", 6, "控制字符"),
        (f"{HEAD}{'长' * 151}", 6, "150"),
        (f"{HEAD}{'长' * 100}\n\n{'长' * 1200}", 6, "正文"),
        (HEAD, 6, "正文"),
        ("---\ntitle: 高净值客户沟通话术\n---\n好", 1, "重复"),
        ("---\ntitle: 甲\nlines: [医疗设施]\n---\n好", 1, "医疗设备"),
        ("---\ntitle: [甲\n---\n好", 3, "YAML"),
        (b"---\ntitle: \xff\xfe\n---\n", 1, "UTF-8"),
        ("---\ntitle: 甲\n---\n" + "话" * (1 << 20), 0, "64 KB"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(
    tmp_path: Path, text: str | bytes, line: int, says: str
) -> None:
    path = _written(tmp_path, text)

    (problem,) = _wrong(tmp_path)

    assert (problem.file, problem.line) == (path, line)
    assert says in problem.message


def test_other_files_in_the_folder_are_named(tmp_path: Path) -> None:
    path = _written(tmp_path, "x", "notes.txt")

    (problem,) = _wrong(tmp_path)

    assert (problem.file, problem.line) == (path, 0)
    assert ".md" in problem.message


def test_a_file_may_be_no_larger_than_a_page_and_is_not_read_further(tmp_path: Path) -> None:
    _written(tmp_path, b"x" * (LARGEST * 20))

    (problem,) = _wrong(tmp_path)

    assert "64 KB" in problem.message


def test_an_edited_talk_track_comes_into_force_and_a_broken_one_does_not(tmp_path: Path) -> None:
    _written(tmp_path, f"{HEAD}旧")
    book = RuleBook(tmp_path)

    _written(tmp_path, f"{HEAD}新")
    assert book.reload() == []
    assert book.current.talktracks.by_name["own"].body == "新"
    _written(tmp_path, "坏的")

    assert len(book.reload()) == 1
    assert book.current.talktracks.by_name["own"].body == "新"

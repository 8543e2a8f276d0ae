from datetime import time
from pathlib import Path

import pytest

from config.rules import CONCERNS, DEFAULTS, Problem, RuleBook, RulesError, load_catalog, load_rules
from config.schemas.hours import Hours
from config.schemas.staff import Role, Staff

CHEN = "  - {id: chen, name: 陈经理, roles: [manager], dingtalk: 012345}\n"
LINA = (
    "  - {id: lina, name: 李娜, roles: [rep], manager: chen, regions: [上海, 江苏],"
    " lines: [医疗设备], wecom: LiNa, quiet_hours: 22:00-08:00}\n"
)


def problems(folder: Path, **files: str) -> list[Problem]:
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(RulesError) as refused:
        load_rules(folder)
    return refused.value.problems


def staff(folder: Path, members: str) -> Staff:
    (folder / "staff.yaml").write_text(f"staff:\n{members}", encoding="utf-8")
    return load_rules(folder).staff


def test_the_defaults_are_valid_and_every_concern_has_its_file() -> None:
    rules = load_rules()

    assert {path.stem for path in DEFAULTS.glob("*.yaml")} == set(CONCERNS)
    assert rules.staff.members == ()
    assert rules.assignment.presets[-1].score == {"region": 40, "line": 40, "load": 20}
    assert [step.name for step in rules.escalation.steps] == [
        *("first_view", "touch_4h", "touch_24h", "nudge", "result", "quiet", "takeover"),
        "question",
    ]
    assert rules.calendar.hours == (Hours(start=time(9), end=time(18)),)
    assert "医疗设备" in rules.catalog.lines
    high = [word for tag in rules.keywords.entries if tag.priority == "high" for word in tag.words]
    assert {"招标", "参数", "替代"} <= set(high)


def test_the_default_files_explain_themselves() -> None:
    for path in DEFAULTS.glob("*.yaml"):
        assert path.read_text("utf-8").startswith("# "), path.name


def test_a_users_file_replaces_the_default_one(tmp_path: Path) -> None:
    people = staff(tmp_path, CHEN + LINA)

    lina = people.by_id["lina"]
    assert lina.roles == (Role.REP,)
    assert lina.quiet_hours is not None
    assert time(23, 30) in lina.quiet_hours
    assert time(8) not in lina.quiet_hours
    assert people.by_id["chen"].dingtalk == "012345"
    assert people.by_account("wecom", "lina") is lina
    assert people.by_account("dingtalk", "lina") is None
    assert people.below("chen") == (lina,)
    assert load_rules(tmp_path).assignment == load_rules().assignment


def test_a_member_prefers_one_of_his_platforms(tmp_path: Path) -> None:
    people = staff(
        tmp_path,
        "  - {id: a, name: 甲, roles: [rep], wecom: A, dingtalk: '1', prefer: dingtalk}\n"
        "  - {id: b, name: 乙, roles: [rep], wecom: B, dingtalk: '2'}\n"
        "  - {id: c, name: 丙, roles: [rep]}\n",
    )

    assert [member.platforms for member in people.members] == [
        ("dingtalk", "wecom"),
        ("wecom", "dingtalk"),
        (),
    ]


@pytest.mark.parametrize(
    ("members", "line", "message"),
    [
        (CHEN + CHEN, 3, "“chen”已是陈经理的 id"),
        (LINA, 2, "没有 id 为“chen”的员工"),
        (CHEN + LINA.replace("chen", "chne"), 3, "您要写的可能是 chen"),
        (
            CHEN + LINA + LINA.replace("lina,", "lina2,").replace("LiNa", "LINA"),
            4,
            "已属于李娜",
        ),
        (CHEN.replace("roles: [manager]", "roles: [manger]"), 2, "只能是"),
        (CHEN.replace("roles: [manager]", "roles: []"), 2, "至少要有 1 项"),
        (CHEN.replace("name:", "nmae:"), 2, "您要写的可能是 staff[1].name"),
        (CHEN.replace("dingtalk: 012345", "prefer: wecom"), 2, "没有 wecom 账号"),
        (CHEN + LINA.replace("医疗设备", "医疗设奋"), 3, "您要写的可能是 医疗设备"),
        (CHEN + LINA.replace("22:00-08:00", "22点到8点"), 3, "09:00-18:00"),
        (CHEN + LINA.replace("22:00-08:00", "22:00-28:00"), 3, "00:00 到 24:00"),
        (CHEN + "  - {id: x, name: 丁, roles: [rep], capacity: 0}\n", 3, "应大于 0"),
    ],
)
def test_a_fault_in_the_staff_names_file_and_line(
    tmp_path: Path, members: str, line: int, message: str
) -> None:
    found = problems(tmp_path, staff=f"staff:\n{members}")

    assert found[0].file == tmp_path / "staff.yaml"
    assert found[0].line == line
    assert message in found[0].message


def test_managers_may_not_go_round_in_a_circle(tmp_path: Path) -> None:
    ring = "".join(
        f"  - {{id: {one}, name: {one}, roles: [manager], manager: {above}}}\n"
        for one, above in [("a", "b"), ("b", "c"), ("c", "a"), ("d", "a")]
    )
    found = problems(tmp_path, staff=f"staff:\n{ring}")

    assert [problem.line for problem in found] == [2, 3, 4]
    assert all("绕回" in problem.message for problem in found)


_BOMB = "a0: &a0 [x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12)
)
"""Twelve lines that stand for thirty thousand million values."""

_PRESETS = (
    "default_capacity: 1\nmax_automatic_reassignments: 0\npresets:\n"
    "- {{name: b, when: {{line: [x]}}, rank: [load]}}\n- {{name: {}, {}}}"
)


@pytest.mark.parametrize(
    ("concern", "text", "line", "message"),
    [
        ("keywords", "keywords:\n  - {tag: a, words: [b]}\n  - {tag: a, words: [c]}", 3, "两次"),
        ("keywords", "keywords:\n- tag: a\n  priority: urgent\n  words: [b]", 3, "high、normal"),
        ("catalog", "products:\n- {name: a, aliases: [b]}\n- {name: b}", 3, "已指“a”"),
        ("catalog", "product: []", 1, "products"),
        ("assignment", "presets:\n- name: a\n  score: {region: 0, line: 0}", 2, "全是 0"),
        ("assignment", "presets:\n- {name: a, score: {line: nan}}", 2, "有限"),
        ("assignment", "presets:\n- {name: a, score: {line: 1}, rank: [load]}", 2, "只写一个"),
        ("assignment", "presets:\n- {name: a, score: {lines: 1}}", 2, "purchase_frequency"),
        ("assignment", _PRESETS.format("a", "when: {line: [b]}, rank: [load]"), 5, "不写 when"),
        ("assignment", _PRESETS.format("b", "rank: [load]"), 5, "写了两次"),
        ("assignment", _PRESETS.format("c", "rank: [level]"), 5, "要写 levels"),
        ("escalation", "first_view:\n  after: 15\n  unit: minutes", 3, "working_minutes"),
        ("calendar", "work_days: [1, 8]\nhours: 09:00-18:00", 1, "7（周日）"),
        ("calendar", "work_days: [1]\nhours: 22:00-06:00", 2, "跨过午夜"),
        ("calendar", "work_days: [1]\nhours:\n- 13:00-18:00\n- 09:00-12:00", 4, "按先后写"),
        (
            "calendar",
            "work_days: [1]\nhours: 9:00-18:00\noverrides:\n- {date: 2026-02-30, working: no}",
            4,
            "应为日期",
        ),
        ("replies", f"greeting: {{enabled: true, text: {'长' * 700}}}", 1, "2048"),
        ("keeping", "inbox_payload_days: -1", 1, "应大于 0"),
        ("alarms", "roles: [admin\n", 2, "YAML"),
        ("alarms", "", 1, "文件是空的"),
        ("alarms", _BOMB, 1, "锚点展开后太大"),
        ("alarms", "roles: &self [*self]", 1, "锚点引用了自己"),
        ("alarms", f"roles: {'[' * 2000}", 1, "嵌套太深"),
        ("alarms", f"# {'长' * (2 << 20)}", 1, "文件太大"),
    ],
)
def test_a_fault_in_a_rule_names_file_and_line(
    tmp_path: Path, concern: str, text: str, line: int, message: str
) -> None:
    found = problems(tmp_path, **{concern: text})

    assert any(
        problem.line == line and message in problem.message and problem.file.stem == concern
        for problem in found
    ), found


def test_every_problem_of_every_file_is_told_at_once(tmp_path: Path) -> None:
    found = problems(tmp_path, staff="staff:\n- {id: a}", keeping="linkhours: 1", stuff="a: 1")

    assert {problem.file.stem for problem in found} == {"staff", "keeping", "stuff"}
    assert any("staff.yaml" in problem.message for problem in found)


def test_a_file_with_the_other_ending_is_told_to_be_renamed(tmp_path: Path) -> None:
    (tmp_path / "staff.yml").write_text("staff: []", encoding="utf-8")
    (tmp_path / ".staff.yaml.swp").write_bytes(b"\x00")
    (tmp_path / "README.md").write_text("notes", encoding="utf-8")

    assert [problem.message for problem in problems(tmp_path)] == ["请改名为 staff.yaml"]


def test_a_rules_folder_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path / "nowhere")

    assert str(problem).startswith(f"{tmp_path / 'nowhere'}：没有这个文件夹")
    assert "rules_dir" in problem.message


def test_a_catalogue_can_be_read_by_itself(tmp_path: Path) -> None:
    path = tmp_path / "products.yaml"
    path.write_text(
        "own_company: 元启\nproducts: [{name: 抽纸, line: 快消}]\nstaff: [周婷]", "utf-8"
    )

    assert load_catalog(path).by_name["抽纸"].line == "快消"
    with pytest.raises(RulesError):
        load_catalog(tmp_path / "missing.yaml")
    path.write_text("products: 1", "utf-8")
    with pytest.raises(RulesError):
        load_catalog(path)


def test_an_edited_file_comes_into_force_once_it_has_settled(tmp_path: Path) -> None:
    staff(tmp_path, CHEN)
    book = RuleBook(tmp_path)
    (tmp_path / "staff.yaml").write_text(f"staff:\n{CHEN}{LINA}", encoding="utf-8")

    assert book.reload_if_changed() == []
    assert len(book.current.staff.members) == 1
    assert book.reload_if_changed() == []
    assert len(book.current.staff.members) == 2


def test_a_broken_file_leaves_the_last_good_rules_in_force_and_is_told_once(
    tmp_path: Path,
) -> None:
    staff(tmp_path, CHEN)
    book = RuleBook(tmp_path)
    good = book.current
    (tmp_path / "staff.yaml").write_text("staff:\n- {id: chen}", encoding="utf-8")

    book.reload_if_changed()
    assert [problem.line for problem in book.reload_if_changed()] == [2, 2]
    assert book.reload_if_changed() == []
    assert book.current is good

    staff(tmp_path, CHEN + LINA)
    book.reload_if_changed()
    book.reload_if_changed()
    assert len(book.current.staff.members) == 2


def test_an_editor_that_empties_a_file_for_a_moment_dismisses_nobody(tmp_path: Path) -> None:
    staff(tmp_path, CHEN)
    book = RuleBook(tmp_path)

    (tmp_path / "staff.yaml").unlink()
    book.reload_if_changed()
    (tmp_path / "staff.yaml").write_text("", encoding="utf-8")
    book.reload_if_changed()
    staff(tmp_path, CHEN + LINA)
    book.reload_if_changed()

    assert len(book.current.staff.members) == 1
    book.reload_if_changed()
    assert len(book.current.staff.members) == 2


def test_a_folder_that_vanishes_is_told_once_and_changes_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "rules"
    folder.mkdir()
    staff(folder, CHEN)
    book = RuleBook(folder)
    folder.rename(tmp_path / "away")

    assert len(book.reload_if_changed()) == 1
    assert book.reload_if_changed() == []
    assert len(book.current.staff.members) == 1

    (tmp_path / "away").rename(folder)
    book.reload_if_changed()
    assert book.reload_if_changed() == []
    assert len(book.current.staff.members) == 1


def test_a_reload_that_is_asked_for_happens_at_once(tmp_path: Path) -> None:
    book = RuleBook(tmp_path)
    (tmp_path / "staff.yaml").write_text(f"staff:\n{CHEN}", encoding="utf-8")

    assert book.reload() == []
    assert len(book.current.staff.members) == 1
    (tmp_path / "staff.yaml").write_text("staff: 1", encoding="utf-8")
    assert len(book.reload()) == 1
    assert len(book.current.staff.members) == 1

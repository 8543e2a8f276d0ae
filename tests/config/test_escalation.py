"""escalation.yaml and results.yaml: what is understood, and what is refused and where."""

from pathlib import Path

import pytest
import yaml

from config.rules import DEFAULTS, RulesError, load_rules

BEFORE = """\
first_view: {after: 15, unit: working_minutes}
nudge: {after: 24, unit: hours}
quiet: {after: 48, unit: hours}
takeover: {after: 3, unit: working_days, active: false}
client_words_notice_seconds: 60
"""
ONE = "rungs:\n  - {name: call, label: 电话, counted_from: assigned, clock: hours, after: 2, "
REST = "}\nclient_words_notice_seconds: 60\n"


def refused(folder: Path, text: str, concern: str = "escalation") -> list[tuple[int, str]]:
    (folder / f"{concern}.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(RulesError) as problems:
        load_rules(folder)
    return [(problem.line, problem.message) for problem in problems.value.problems]


def test_a_file_of_before_means_the_four_rungs_that_were(tmp_path: Path) -> None:
    (tmp_path / "escalation.yaml").write_text(BEFORE, encoding="utf-8")

    steps = load_rules(tmp_path).escalation.steps

    assert [(step.name, step.rule) for step in steps] == [
        ("first_view", "15 分钟未查看"),
        ("nudge", "24 小时没有跟进"),
        ("quiet", "48 小时没有跟进"),
    ]


def test_both_ways_of_writing_at_once_are_refused_with_how_to_write_it(tmp_path: Path) -> None:
    defaults = (DEFAULTS / "escalation.yaml").read_text("utf-8")

    ((line, message),) = refused(tmp_path, f"{defaults}\nnudge: {{after: 24, unit: hours}}\n")

    assert line == len(defaults.splitlines()) + 2
    assert "请把 nudge 并进去：- {name: nudge, …}" in message


def test_no_rung_at_all_is_refused(tmp_path: Path) -> None:
    ((_, message),) = refused(tmp_path, "client_words_notice_seconds: 60\n")

    assert "缺少 rungs" in message


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ("audience: manager, actions: [remind]", "audience 要写 owner"),
        ("audience: owner, actions: [warn]", "audience 要写 manager"),
        ("audience: owner, actions: [measure]", "audience 要写 nobody"),
        ("audience: nobody, actions: [measure, remind]", "不能和别的动作一起用"),
        ("audience: colleague, actions: [remind]", "要一起用"),
        ("audience: owner, actions: [ask_result]", "until: result"),
        ("audience: owner, actions: [remind], announce_before: 5", "才需要预告"),
        ("audience: owner, actions: [remind], condition: {states: [won]}", "states 只能写"),
        ("audience: owner, actions: [remind], condition: {priority: urgent}", "只能是 high"),
        ("audience: owner, actions: [shout]", "只能是"),
        ("audience: manager, actions: [warn], card: lead", "card 只能写：snapshot、none"),
        ("audience: owner, actions: [remind], card: snapshot", "card 只能写：lead、none"),
        ("audience: manager, actions: [reassign, warn], card: snapshot", "写：transfer、none"),
        ("audience: nobody, actions: [measure], card: question", "card 只能写：none"),
        ("audience: manager, actions: [warn], channel: strong", "只用在 actions 有 remind"),
        ("audience: owner, actions: [remind], card: none, channel: strong", "和卡片一起响"),
        ("audience: owner, actions: []", "至少要有 1 项"),
        ("audience: owner, actions: [remind], times: -1", "不能小于 0"),
        ("audience: owner, actions: [remind], againafter: 3", "again_after"),
    ],
)
def test_a_rung_that_cannot_be_is_refused_at_its_line(
    tmp_path: Path, entry: str, says: str
) -> None:
    problems = refused(tmp_path, f"{ONE}{entry}{REST}")

    assert any(says in message for _, message in problems), problems
    assert {line for line, _ in problems} == {2}


def test_a_strong_rung_needs_the_second_channel(tmp_path: Path) -> None:
    desk = (DEFAULTS / "desk.yaml").read_text("utf-8").replace("active: true ", "active: false")
    (tmp_path / "desk.yaml").write_text(desk, encoding="utf-8")

    strong = f"{ONE}audience: owner, actions: [remind], channel: strong{REST}"
    ((line, message),) = refused(tmp_path, strong)

    assert line == 2
    assert "desk.yaml 里关掉了第二个渠道" in message


def test_two_rungs_of_one_name_or_label_are_refused(tmp_path: Path) -> None:
    rung = ONE.removeprefix("rungs:\n") + "audience: owner, actions: [remind]}\n"

    problems = refused(tmp_path, f"rungs:\n{rung}{rung}client_words_notice_seconds: 60\n")

    assert [(line, message[-12:]) for line, message in problems] == [
        (3, "和另一级重复了，请换一个"),
        (3, "和另一级重复了，请换一个"),
    ]


@pytest.mark.parametrize(
    ("lower", "after", "says"),
    [
        ("", "call", "前面没有这一级"),  # itself
        ("", "nudge", "前面没有这一级"),
        ("counted_from: assigned, audience: nobody, actions: [measure]", "low", "measure"),
        ("counted_from: last_follow_up, audience: owner, actions: [remind]", "low", "counted_from"),
    ],
)
def test_a_rung_keeps_apart_from_one_that_comes_before_it(
    tmp_path: Path, lower: str, after: str, says: str
) -> None:
    entry = f"  - {{name: low, label: 低, clock: hours, after: 1, {lower}}}\n" if lower else ""
    one = ONE.removeprefix("rungs:\n")
    apart = f"after_rung: {{rung: {after}, working_minutes: 60}}"
    text = f"rungs:\n{entry}{one}audience: manager, actions: [warn], {apart}{REST}"

    ((line, message),) = refused(tmp_path, text)

    assert says in message
    assert line == len(text.splitlines()) - 1


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("results: []\n", "至少要有 1 项"),
        ("results: [a, b, c, d, e, f, g]\n", "至多 6 项"),
        ("results: [已报名, 已报名]\n", "写了两次"),
        ("results: [需要 报价]\n", "不能有空格和冒号"),
        ("results: [a]\nlines: {教育培训: []}\n", "至少要有 1 项"),
    ],
)
def test_results_that_no_card_could_hold_are_refused(tmp_path: Path, words: str, says: str) -> None:
    assert any(says in message for _, message in refused(tmp_path, words, "results"))


def test_results_by_product_line() -> None:
    results = load_rules().results
    assert results.for_line("教育培训") == results.results
    changed = results.model_copy(update={"lines": {"教育培训": ("已报名",)}})
    assert changed.for_line("教育培训") == ("已报名",)
    assert changed.for_line("医疗设备") == results.results


def test_the_default_file_names_every_key_that_there_is() -> None:
    """Its first lines are all that an operator reads."""
    text = (DEFAULTS / "escalation.yaml").read_text("utf-8")
    keys = {key for rung in yaml.safe_load(text)["rungs"] for key in rung}

    comments = "\n".join(line for line in text.splitlines() if line.startswith("#"))
    assert [key for key in keys if key not in comments] == []

"""rhythm.yaml: times as people write them, and what is wrong said where it stands."""

from datetime import time
from pathlib import Path

import pytest

from config.rules import RulesError, load_rules


def faults(folder: Path, text: str) -> list[str]:
    (folder / "rhythm.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(RulesError) as refused:
        load_rules(folder)
    return [f"{problem.line} {problem.message}" for problem in refused.value.problems]


def slot(**changed: str) -> str:
    given = {"at": '"09:00"', "until": '"12:00"', "title": "早会", "roles": "[rep]"}
    written = given | {"parts": "[focus]"} | changed
    inside = ", ".join(f"{key}: {value}" for key, value in written.items())
    return f"slots:\n  - {{{inside}}}\n"


def test_the_default_day_runs_from_the_managers_look_to_the_list_of_ten() -> None:
    slots = load_rules().rhythm.slots

    assert [one.at for one in slots] == sorted(one.at for one in slots)
    assert slots[0].at == time(9, 0)
    assert "heatmap" in slots[0].parts
    assert (slots[-1].at, slots[-1].parts) == (time(10, 0), ("top",))


def test_a_full_width_colon_is_a_colon(tmp_path: Path) -> None:
    (tmp_path / "rhythm.yaml").write_text(slot(at='"9：05"'), encoding="utf-8")

    assert load_rules(tmp_path).rhythm.slots[0].at == time(9, 5)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"at": '"25:00"'}, "应写成 09:00 的样子"),
        ({"at": "九点"}, "应写成 09:00 的样子"),
        ({"until": '"08:00"'}, "要晚于 at"),
        ({"parts": "[focus, weather]"}, "没有“weather”这一项"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(
    tmp_path: Path, changed: dict[str, str], said: str
) -> None:
    (fault,) = faults(tmp_path, slot(**changed))

    assert fault.startswith("2 ")
    assert said in fault

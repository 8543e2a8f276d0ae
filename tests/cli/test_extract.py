"""`genjin extract`: JSON Lines in, JSON Lines out."""

import io
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.cli import run
from bot.commands.extract import LONGEST_TEXT

WEDNESDAY = "2026-03-18T10:00:00+08:00"
CATALOG = """\
products:
  - {name: 云杉牌跑步机, aliases: [跑步机], line: 健身器材}
competitors:
  健身器材: [乔山]
"""


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@dataclass(frozen=True)
class Said:
    status: int
    out: str
    err: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]


@pytest.fixture
def extract(monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Any:
    def body(lines: list[Any], *options: str) -> Said:
        raw = b"".join(
            line if isinstance(line, bytes) else f"{json.dumps(line)}\n".encode() for line in lines
        )
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw)))
        status = run(["extract", *options])
        out, err = capfdbinary.readouterr()
        return Said(status, out.decode(), err.decode())

    return body


def test_each_line_is_answered_in_its_order(extract: Any) -> None:
    said = extract(
        [
            {"id": "一", "text": "下周三前要3台CT", "sent_at": WEDNESDAY},
            {"id": "二", "text": "明天给您报价", "sent_at": WEDNESDAY, "sender": "rep"},
        ]
    )

    first, second = said.lines
    assert said.status == 0
    assert first["id"] == "一"
    assert [(e["type"], e["text"]) for e in first["entities"]] == [
        ("time", "下周三前"),
        ("quantity", "3台"),
        ("product", "CT"),
    ]
    assert first["entities"][2]["value"] == {"name": "CT设备"}
    assert second["promises"] == [
        {
            "text": "明天给您报价",
            "start": 0,
            "end": 6,
            "action": "quote",
            "due": {"start": "2026-03-19T00:00:00+08:00", "end": "2026-03-20T00:00:00+08:00"},
        }
    ]


def test_without_a_moment_it_is_now_in_shanghai(extract: Any) -> None:
    (found,) = extract([{"id": "1", "text": "今天"}]).lines

    assert found["entities"][0]["value"]["start"].endswith("T00:00:00+08:00")


def test_a_catalogue_of_ones_own_takes_the_place_of_the_rules(extract: Any, tmp_path: Path) -> None:
    (tmp_path / "products.yaml").write_text(CATALOG, "utf-8")
    line = {"id": "1", "text": "跑步机和CT，乔山报过价", "sent_at": WEDNESDAY}

    (found,) = extract([line], "--catalog", "products.yaml").lines

    assert [(e["type"], e["value"]) for e in found["entities"]] == [
        ("product", {"name": "云杉牌跑步机"}),
        ("competitor", "乔山"),
    ]


@pytest.mark.parametrize(
    ("line", "id_", "told"),
    [
        (b"\n", None, "JSON"),
        (b"{\n", None, "JSON"),
        (b"[1]\n", None, "JSON"),
        (b'{"id": "1", "text": "\xff"}\n', None, "UTF-8"),
        ({"text": "你好"}, None, "id"),
        ({"id": "7"}, "7", "text"),
        ({"id": "7", "text": ["你好"]}, "7", "text"),
        ({"id": "7", "text": "你" * (LONGEST_TEXT + 1)}, "7", "8192"),
        ({"id": "7", "text": "你好", "sent_at": "昨天"}, "7", "sent_at"),
        ({"id": "7", "text": "你好", "sent_at": 5}, "7", "sent_at"),
        ({"id": "7", "text": "你好", "sender": "boss"}, "7", "sender"),
        (b'{"id": NaN, "text": "x"}\n', None, "JSON"),
        (b'{"id": 1e999, "text": "x"}\n', None, "JSON"),
        (b"[" * 100_000 + b"\n", None, "JSON"),
        (b'{"id": "7", "text": "' + b"x" * (1 << 21) + b'"}\n', None, "1048576"),
    ],
)
def test_a_bad_line_costs_itself_only(extract: Any, line: Any, id_: Any, told: str) -> None:
    good = {"id": "好", "text": "CT多少钱", "sent_at": WEDNESDAY}

    said = extract([good, line, good])

    before, bad, after = said.lines
    assert said.status == 1
    assert "1 行" in said.err
    assert before == after
    assert before["intent"] == {"level": "high", "keywords": ["多少钱"]}
    assert set(bad) == {"id", "error"}
    assert bad["id"] == id_
    assert told in bad["error"]


def test_half_a_character_is_no_bad_line(extract: Any) -> None:
    line = b'{"id": "\\ud83d", "text": "\\ud83d 3\xe5\x8f\xb0CT \\ude00", "sent_at": "%s"}\n'

    (found,) = extract([line % WEDNESDAY.encode()]).lines

    assert found["id"] == "\ud83d"
    assert [(e["text"], e["start"], e["end"]) for e in found["entities"]] == [
        ("3台", 2, 4),
        ("CT", 4, 6),
    ]


def test_for_people_it_is_written_on_several_lines(extract: Any) -> None:
    said = extract([{"id": "1", "text": "3台CT", "sent_at": WEDNESDAY}], "--pretty")

    assert said.out.startswith('{\n  "id": "1"')
    assert json.loads(said.out)["entities"][0]["text"] == "3台"


def test_a_closed_pipe_is_one_line_and_exit_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", None)

    assert run(["extract"]) == 2
    assert "标准输入" in capsys.readouterr().err


def test_a_catalogue_that_is_not_there_is_one_line_and_exit_2(extract: Any) -> None:
    said = extract([], "--catalog", "nowhere.yaml")

    assert said.status == 2
    assert "nowhere.yaml" in said.err
    assert said.lines == []

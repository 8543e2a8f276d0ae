"""`genjin train`: a model from templates and labelled chats, examined before it replaces one."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from bot.names_model import trained_in
from config.rules import MODEL
from nlp.crf import shipped
from nlp.crf.training import Labelled, divided
from tests.cli.installation import Installation

QUICK = ("--templates", "150")


def labelled(name: str, before: str, after: str) -> dict[str, Any]:
    text = before + name + after
    span = {"type": "person", "text": name, "start": len(before), "end": len(before) + len(name)}
    return {"id": "1", "text": text, "entities": [span]}


def write(file: Path, *rows: object) -> Path:
    lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def chats(folder: Path) -> Path:
    names = ["贺之洲", "苗凤霞", "滕子轩", "路晓寒", "仇玉珍", "闵秀文", "褚文博", "冉小曼"]
    return write(
        folder / "chats.jsonl",
        *(labelled(name, "按", "发的清单来") for name in names),
        {"text": "按老规矩来", "entities": []},
    )


def test_a_model_learns_from_labelled_chats_and_lies_with_the_rules(home: Installation) -> None:
    said = home.genjin("train", str(chats(home.folder)), "--force", *QUICK)

    assert said.status == 0
    assert "检验 1 条没有学过的" in said.out
    assert "人名  新 P" in said.out
    model = home.folder / "rules" / MODEL
    assert f"已写入 {model}" in said.out
    card = json.loads(shipped.card(model).read_text("utf-8"))
    assert (card["sha256"], card["labelled"]) == (shipped.fingerprint(model), 8)
    assert trained_in(home.folder / "rules") is not None
    assert [file.name for file in model.parent.iterdir() if file.name.startswith(".")] == []


def test_the_same_files_and_seed_make_the_same_model(home: Installation) -> None:
    made = []
    for name in ("one", "two"):
        out = home.folder / name
        assert home.genjin("train", "--out", str(out), "--force", *QUICK).status == 0
        made.append(out.read_bytes())

    assert made[0] == made[1]


def test_a_model_that_is_worse_replaces_none_unless_forced(
    home: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = home.folder / "rules" / MODEL
    target.write_bytes(shipped.SHIPPED.read_bytes())
    monkeypatch.setattr("nlp.crf.model.ROUNDS", 1)

    said = home.genjin("train", *QUICK)

    assert said.status == 1
    assert said.complaint == "genjin: 新模型不如现在用的，没有替换；一定要换请加 --force"
    assert target.read_bytes() == shipped.SHIPPED.read_bytes()


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (["{", '{"text": 1}'], "第 1 行不是 JSON"),
        (["[" * 100_000], "第 1 行不是 JSON"),
        ([{"text": "你好", "entities": [{"type": ["person"]}]}], "没有一个人名或公司名"),
        (["\ufeff" + '{"text": "你\u2028好", "entities": []}'], "没有一个人名或公司名"),
        ([{"text": "你好", "entities": []}, {"text": 1}], "第 2 行缺少 text"),
        ([{"text": "你好"}], "第 1 行缺少 entities"),
        ([labelled("路晓寒", "找", "") | {"text": "找路晓"}], "不在消息里"),
        ([labelled("路晓寒", "找", "") | {"text": "找一下路晓寒"}], "不是“路晓寒”"),
        (
            [
                {
                    "text": "找路晓寒",
                    "entities": [
                        {"type": "person", "start": 1, "end": 4},
                        {"type": "company", "start": 3, "end": 4},
                    ],
                }
            ],
            "重叠",
        ),
        ([{"text": "你好", "entities": []}], "没有一个人名或公司名"),
        ([labelled("路晓寒", "找", "")], "请多标一些"),
    ],
)
def test_a_labelled_file_that_cannot_be_used_is_refused_in_one_line(
    home: Installation, rows: list[object], told: str
) -> None:
    said = home.genjin("train", str(write(home.folder / "chats.jsonl", *rows)), *QUICK)

    assert said.status == 2
    assert told in said.complaint


def test_a_file_that_is_not_there_or_no_text_is_refused(home: Installation) -> None:
    (home.folder / "picture").write_bytes(b"\xff\xfe\x00")

    assert "读不了" in home.genjin("train", str(home.folder / "none.jsonl")).complaint
    assert "UTF-8" in home.genjin("train", str(home.folder / "picture")).complaint


def test_a_place_that_cannot_be_written_is_told_before_the_training(home: Installation) -> None:
    nowhere = home.genjin("train", "--out", str(home.folder / "no" / "model"))
    folder = home.genjin("train", "--out", str(home.folder))

    assert (nowhere.status, folder.status) == (2, 2)
    assert "没有文件夹" in nowhere.complaint
    assert "是文件夹" in folder.complaint


def test_what_examines_a_model_stays_so_where_more_is_labelled() -> None:
    messages = [Labelled(f"按第{number}份清单来", ()) for number in range(200)]

    learnt, examined = divided(messages[:100], 0.2, 0)
    more_learnt, more_examined = divided(messages[::-1], 0.2, 0)

    assert 10 <= len(examined) <= 30
    assert set(learnt) < set(more_learnt)
    assert set(examined) < set(more_examined)


def test_no_card_stands_beside_a_model_that_it_does_not_describe(
    home: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = home.folder / "own"
    assert home.genjin("train", "--out", str(target), "--force", *QUICK).status == 0
    replace = Path.replace

    def breaks(self: Path, to: Path) -> Path:
        if self.suffix == ".json":
            raise OSError("the power is gone")
        return replace(self, to)

    monkeypatch.setattr(Path, "replace", breaks)
    with suppress(OSError):
        home.genjin("train", "--out", str(target), "--force", "--seed", "9", *QUICK)

    assert not shipped.card(target).exists()

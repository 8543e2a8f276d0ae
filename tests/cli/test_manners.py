"""How every command behaves: help with an example, one line for a failure, exit codes."""

import re
from pathlib import Path

import pytest
import typer

from bot.cli import app, run
from tests.cli.installation import Installation

COMMANDS = [
    "demo",
    "serve",
    "key",
    "doctor",
    "migrate",
    "check",
    "dedupe",
    "report",
    "identity rebuild",
    "import leads",
    "extract",
    "train",
    "export",
    "forget",
    "dead list",
    "dead retry",
]


def _listed() -> set[str]:
    group = typer.main.get_command(app)
    found = set()
    for name, command in group.commands.items():  # type: ignore[attr-defined]
        inner = getattr(command, "commands", None)
        found |= {f"{name} {part}" for part in inner} if inner else {name}
    return found


def test_help_lists_what_is_built_and_nothing_else() -> None:
    assert _listed() == set(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status = run([*command.split(), "--help"])

    assert status == 0
    assert f"例：genjin {command}" in capsys.readouterr().out


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert re.fullmatch(r"genjin \d+\.\d+\.\d+\n", capsys.readouterr().out)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("", "缺少命令"),
        ("nosuch", "没有命令 'nosuch'"),
        ("export", "缺少参数 'DIR'"),
        ("forget", "缺少选项 '--person'"),
        ("serve --nosuch", "没有选项 --nosuch"),
        ("serve --port 99999", "'--port' 的值不对"),
    ],
)
def test_a_common_misuse_is_told_in_chinese(
    words: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run(words.split())

    assert told in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    ["", "nosuch", "export", "serve --role king", "serve --port 99999", "dead", "dead retry x"],
)
def test_a_misused_command_is_one_line_and_exit_2(
    words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status = run(words.split())

    said = capsys.readouterr()
    assert status == 2
    assert said.out == ""
    assert len(said.err.splitlines()) == 1
    assert "genjin --help" in said.err


@pytest.mark.parametrize(
    "words", ["serve", "doctor", "check", "dead list", "dead retry 1", "export x", "migrate"]
)
def test_a_missing_settings_file_is_named(home: Installation, words: str) -> None:
    home.config.unlink()

    said = home.genjin(*words.split())

    assert said.status == 1
    assert f"找不到设置文件 {home.config}" in said.out + said.err


@pytest.mark.parametrize(
    "words",
    [
        "serve",
        "doctor",
        "check",
        "migrate",
        "dead list",
        "dead retry 1",
        "export x",
        "forget --person 1",
    ],
)
def test_without_any_settings_it_is_said_where_they_were_looked_for(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: str,
) -> None:
    monkeypatch.chdir(tmp_path)

    status = run(words.split())

    said = capsys.readouterr()
    assert status == 1
    assert f"没有设置文件，找过 {tmp_path / 'genjin.yaml'}" in said.out + said.err
    assert list(tmp_path.iterdir()) == []


def test_variables_alone_are_settings_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GENJIN_DATABASE_URL", "sqlite+aiosqlite:///here.db")

    assert run(["migrate"]) == 0
    assert run(["serve"]) == 1

    assert (tmp_path / "here.db").is_file()
    assert "缺少 encryption_key（没有设置文件，找过" in capsys.readouterr().err


def test_a_missing_key_is_told_with_the_file_that_lacks_it(home: Installation) -> None:
    home.write(encryption_key=None)
    home.migrated()

    assert f"缺少 encryption_key（读的是 {home.config}）" in home.genjin("serve").complaint


def test_a_misspelt_setting_is_one_line_with_what_was_meant(home: Installation) -> None:
    home.write(databse_url="x")

    said = home.genjin("check")

    assert said.status == 1
    assert "database_url" in said.complaint


@pytest.mark.parametrize(
    "words", ["serve", "dead list", "dead retry 1", "export x", "forget --person 13800001234"]
)
def test_without_a_database_the_operator_is_sent_to_migrate(home: Installation, words: str) -> None:
    said = home.genjin(*words.split())

    assert said.status == 1
    assert "genjin migrate" in said.complaint
    assert not (home.folder / "genjin.db").exists()


def test_the_configuration_may_be_named_by_the_environment(
    home: Installation, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GENJIN_CONFIG", str(home.config))

    assert run(["check"]) == 0
    assert str(home.folder / "rules") in capsys.readouterr().out


def test_a_key_is_fresh_each_time(capsys: pytest.CaptureFixture[str]) -> None:
    run(["key"])
    run(["key"])

    first, second = capsys.readouterr().out.split()
    assert first != second
    assert len(first) == 44

"""The documents say what is so, as far as a program can tell."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import typer

from bot.cli import app
from config.rules import CONCERNS
from tests.documents import COMMANDS, ROOT, commands_page

PAGES = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")],
    key=lambda page: page.relative_to(ROOT).as_posix(),
)
READMES = ("README.md", "README.zh-CN.md")
CAPABILITIES = 108
STATES = ("done", "partly", "not yet")
_LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)\s]*)?\)")
_ROW = re.compile(r"^\| (\d+) \| ([^|]+) \| ([^|:(]+?)(?:[:(][^|]*)? \|", re.MULTILINE)
_TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


def _text(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def test_the_commands_page_is_what_the_declarations_say() -> None:
    assert _text(COMMANDS) == commands_page(), "run `make docs`"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(page: Path) -> None:
    targets = [link for link in _LINK.findall(_text(page)) if "://" not in link]

    missing = [target for target in targets if not (page.parent / target).exists()]

    assert missing == []


def test_both_readmes_have_the_same_parts() -> None:
    english, chinese = (_shape(_text(ROOT / name)) for name in READMES)

    assert english == chinese


def _shape(text: str) -> list[str]:
    """Headings by their depth, tables, lists and code by their lines, pictures by their file."""
    return list(_parts(text))


def _parts(text: str) -> Iterator[str]:
    for line in text.splitlines():
        if line.startswith("#"):
            yield line.split(" ")[0]
        elif line.startswith("| "):
            yield f"row of {line.count(' |')}"
        elif re.match(r"- |\d+\. ", line):
            yield "item"
        elif line.startswith("    make") or line.startswith("    curl"):
            yield line.split("#")[0].strip()
        elif line.startswith("!["):
            yield line.split("](")[1]


@pytest.mark.parametrize("name", READMES)
def test_the_readme_names_every_command_and_every_rules_file(name: str) -> None:
    text = _text(ROOT / name)
    group = typer.main.get_command(app)
    commands = getattr(group, "commands", {})

    assert [command for command in commands if f"`{command}" not in text] == []
    assert [concern for concern in CONCERNS if f"`{concern}.yaml`" not in text] == []


def test_every_capability_has_a_row_in_order() -> None:
    text = _text(ROOT / "docs" / "capabilities.md")

    rows = _ROW.findall(text)

    assert [int(number) for number, _, _ in rows] == list(range(1, CAPABILITIES + 1))
    states = Counter(state.strip() for _, _, state in rows)
    assert set(states) <= set(STATES)
    assert f"{states['done']} are done, {states['partly']} partly, {states['not yet']} not" in text


def test_what_is_called_done_names_tests_that_exist() -> None:
    text = _text(ROOT / "docs" / "capabilities.md")

    named = _TEST.findall(text)
    assert named
    assert [(file, test) for file, test in named if test not in _tests_in(file)] == []
    for line in text.splitlines():
        row = _ROW.match(line)
        if row and row[3].strip() == "done":
            assert _TEST.search(line), line


@cache
def _tests_in(file: str) -> frozenset[str]:
    path = ROOT / file
    if not path.exists():
        return frozenset()
    nodes = ast.walk(ast.parse(_text(path)))
    functions = (node for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return frozenset(function.name for function in functions)


def test_every_decision_is_in_the_list() -> None:
    folder = ROOT / "docs" / "adr"
    listed = _LINK.findall(_text(folder / "README.md"))

    pages = [page.name for page in sorted(folder.glob("[0-9]*.md"))]

    assert list(dict.fromkeys(listed)) == pages

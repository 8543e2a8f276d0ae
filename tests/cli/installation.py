"""An operator's folder: settings, rules, a database; and the commands given in it."""

import asyncio
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.cli import run
from config.settings import Settings, load_settings
from crm_store.vault import fresh_key
from tests.databases import fresh_database

REPOSITORY = Path(__file__).parents[2]
STAFF: list[dict[str, Any]] = [
    {"id": "lina", "name": "李娜", "roles": ["rep"], "manager": "chen"},
    {"id": "chen", "name": "陈经理", "roles": ["manager", "admin"]},
]
for _row in STAFF:
    _row |= {"wecom": _row["id"], "dingtalk": _row["id"]}


@dataclass(frozen=True)
class Said:
    """What a command left behind."""

    status: int
    out: str
    err: str

    @property
    def complaint(self) -> str:
        """Its one line on stderr."""
        (line,) = self.err.splitlines()
        return line


@dataclass
class Installation:
    folder: Path
    capsys: pytest.CaptureFixture[str]
    settings: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.settings = {
            "database_url": f"sqlite+aiosqlite:///{self.folder / 'genjin.db'}",
            "public_url": "https://bot.example.com",
            "listen": {"port": 0},
            "encryption_key": fresh_key(),
            "rules_dir": str(self.folder / "rules"),
        } | self.settings
        (self.folder / "rules").mkdir()
        self.staff(STAFF)
        self.write()

    @property
    def config(self) -> Path:
        return self.folder / "genjin.yaml"

    @property
    def loaded(self) -> Settings:
        return load_settings(self.config, {})

    def write(self, **changes: Any) -> None:
        """The settings file; None takes a setting out."""
        self.settings |= changes
        given = {name: value for name, value in self.settings.items() if value is not None}
        self.config.write_text(yaml.safe_dump(given, allow_unicode=True), encoding="utf-8")

    def staff(self, members: list[dict[str, Any]]) -> None:
        text = yaml.safe_dump({"staff": members}, allow_unicode=True)
        (self.folder / "rules" / "staff.yaml").write_text(text, encoding="utf-8")

    def genjin(self, *words: str) -> Said:
        """The command, in this process."""
        self.capsys.readouterr()
        status = run([*words, "--config", str(self.config)])
        said = self.capsys.readouterr()
        return Said(status, said.out, said.err)

    def migrated(self) -> None:
        """As `genjin migrate` leaves a new installation, for tests that are not about it."""
        file = self.folder / "genjin.db"
        asyncio.run(fresh_database(file))
        file.chmod(0o600)

    def start(self, *words: str) -> subprocess.Popen[str]:
        """The command as a process of its own, its output read through pipes."""
        return subprocess.Popen(
            [sys.executable, "-m", "bot", *words, "--config", str(self.config)],
            cwd=REPOSITORY,
            env=_environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )


def _environment() -> dict[str, str]:
    ours = {name: value for name, value in os.environ.items() if not name.startswith("GENJIN_")}
    return ours | {"PYTHONUTF8": "1"}

"""The deployment files, as far as they can be tried without what runs them."""

import re
from configparser import RawConfigParser
from pathlib import Path
from typing import Any

import pytest
import yaml

from config.settings import load_settings
from tests.documents import ROOT

DOCKERFILE = ROOT / "Dockerfile"
COMPOSE = ROOT / "compose.yaml"
UNIT = ROOT / "deploy" / "genjin.service"


def _compose() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))
    return read


def _unit() -> RawConfigParser:
    """Keys in lower case; of those that stand several times the last value. That is enough."""
    parser = RawConfigParser(strict=False)
    parser.read_string(UNIT.read_text(encoding="utf-8"))
    return parser


def _environment(text: str) -> dict[str, str]:
    return dict(re.findall(r"\b(GENJIN_[A-Z_]+)=(\S+)", text))


@pytest.mark.parametrize("file", [DOCKERFILE, COMPOSE, UNIT], ids=lambda file: file.name)
def test_each_says_that_it_is_untried(file: Path) -> None:
    assert "UNTRIED" in file.read_text(encoding="utf-8")


def test_images_are_names_and_nobodys_registry() -> None:
    images = re.findall(r"^FROM (\S+)", DOCKERFILE.read_text(encoding="utf-8"), re.MULTILINE)
    images += [service["image"] for service in _compose()["services"].values()]

    assert [image for image in images if "." in image.partition("/")[0].partition(":")[0]] == []
    assert images[0] == "python:3.13-slim"


def test_what_is_copied_into_the_image_exists_and_nothing_else_gets_in() -> None:
    copied = re.findall(
        r"^COPY ([\w. ]+) \./", DOCKERFILE.read_text(encoding="utf-8"), re.MULTILINE
    )
    names = {name for line in copied for name in line.split()}
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()

    assert {name for name in names if not (ROOT / name).exists()} == set()
    assert {line.removeprefix("!") for line in ignored if line.startswith("!")} == names
    assert "*" in ignored


def test_nothing_runs_as_root_and_health_is_asked() -> None:
    last = DOCKERFILE.read_text(encoding="utf-8").split("\nFROM ")[-1]

    assert re.search(r"^USER 10001$", last, re.MULTILINE)
    assert "HEALTHCHECK" in last
    assert "/healthz" in last
    assert _unit()["Service"]["user"] == "genjin"
    assert _unit()["Service"]["nonewprivileges"] == "yes"


def test_two_bots_start_after_one_migration() -> None:
    services = _compose()["services"]

    bot, migrate = services["bot"], services["migrate"]
    assert bot["deploy"]["replicas"] == 2
    assert bot["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
    assert migrate["depends_on"]["database"]["condition"] == "service_healthy"
    assert (bot["command"], migrate["command"]) == (["serve"], ["migrate"])
    assert bot["read_only"]
    assert bot["cap_drop"] == ["ALL"]


def test_every_secret_is_a_file_and_known() -> None:
    compose = _compose()

    used = {name for service in compose["services"].values() for name in service.get("secrets", ())}
    assert used == set(compose["secrets"])
    assert all(set(secret) == {"file"} for secret in compose["secrets"].values())
    paths = [
        value
        for service in compose["services"].values()
        for value in service.get("environment", {}).values()
        if value.startswith("/run/secrets/")
    ]
    assert {path.removeprefix("/run/secrets/") for path in paths} == used


def test_their_environment_is_that_of_the_settings(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", encoding="utf-8")
    address = tmp_path / "database_url"
    address.write_text("postgresql+asyncpg://genjin:x@database/genjin\n", encoding="utf-8")
    given = dict(_compose()["services"]["bot"]["environment"])
    given |= _environment(DOCKERFILE.read_text(encoding="utf-8"))
    given |= _environment(UNIT.read_text(encoding="utf-8"))
    del given["GENJIN_CONFIG"]
    for name in given:
        if name.endswith("_FILE"):
            given[name] = str(address if "DATABASE" in name else key)
    settings_file = tmp_path / "genjin.yaml"
    settings_file.write_text("public_url: https://bot.example.com\n", encoding="utf-8")

    settings = load_settings(settings_file, given)

    assert settings.database_url.endswith("@database/genjin")
    assert settings.redis_url == "redis://valkey:6379/0"
    assert (settings.listen.host, settings.listen.port) == ("0.0.0.0", 8080)
    assert settings.metrics_token is not None

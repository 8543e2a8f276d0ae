"""doctor on the settings file: what still stands there from the example, and who may read it."""

import string
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, SecretStr

from bot.commands.findings import Finding, fault, note
from config.settings import Settings

_EXAMPLES = ("example", "dingexample")
_CORP_ID = "ww0123456789abcdef"
_PUBLIC_URL = "https://bot.example.com"
_OTHERS = 0o077


def untouched(settings: Settings) -> Iterator[Finding]:
    """Values of genjin.example.yaml; its encryption key is told with the database."""
    found = list(_leaves("", settings))
    secrets = [name for name, value, is_secret in found if is_secret and _is_example(value)]
    others = [name for name, value, is_secret in found if not is_secret and _is_example(value)]
    if secrets:
        yield fault(f"还是示例里的，人人都知道：{'、'.join(secrets)}", "换成自己的")
    if others:
        yield note(f"还是示例里的：{'、'.join(others)}", "换成自己的；没有接的平台删去整段")


def readable(file: Path | None) -> Iterator[Finding]:
    """Secrets may stand in it."""
    mode = file.stat().st_mode if file is not None else 0
    if mode & _OTHERS:
        yield note(f"{file} 别人也能读（{mode & 0o777:04o}）", f"运行 chmod 600 {file}")


def _leaves(name: str, value: Any) -> Iterator[tuple[str, str, bool]]:
    """Every text: how it is called in the file, itself, whether it is secret."""
    if isinstance(value, SecretStr):
        yield name, value.get_secret_value(), True
    elif isinstance(value, str):
        yield name, value, False
    elif isinstance(value, BaseModel):
        for key in type(value).model_fields:
            yield from _leaves(f"{name}.{key}" if name else key, getattr(value, key))
    elif isinstance(value, dict):
        for key, below in value.items():
            yield from _leaves(f"{name}.{key}", below)


def _is_example(value: str) -> bool:
    is_alphabet = len(value) > len(string.ascii_lowercase) and value in string.ascii_letters
    return value in (_CORP_ID, _PUBLIC_URL) or value.casefold().startswith(_EXAMPLES) or is_alphabet

"""The word lists that lie beside this module as YAML."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from config.document import Value, from_file

FOLDER = Path(__file__).parent


def words(table: str, key: str) -> tuple[str, ...]:
    """A list of words, in the order of the file."""
    return _split(_section(table, key))


def families(table: str, key: str) -> Mapping[str, tuple[str, ...]]:
    """Lists of words, each under its head."""
    section = _section(table, key)
    assert isinstance(section, dict)
    return {head: _split(listed) for head, listed in section.items()}


def patterns(table: str, key: str) -> Mapping[str, str]:
    """One pattern under each head."""
    section = _section(table, key)
    assert isinstance(section, dict)
    return {head: pattern for head, pattern in section.items() if isinstance(pattern, str)}


def _section(table: str, key: str) -> Value:
    whole = _whole(table)
    assert isinstance(whole, dict)
    return whole[key]


@lru_cache(maxsize=8)
def _whole(table: str) -> Value:
    return from_file(FOLDER / f"{table}.yaml").value


def _split(listed: Value) -> tuple[str, ...]:
    assert isinstance(listed, str)
    return tuple(listed.split())

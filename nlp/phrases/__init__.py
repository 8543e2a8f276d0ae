"""How people put things: grammars that lie beside this module as YAML.

A grammar is a mapping of names to regular expressions, each written as one text or as a list of
alternatives. `<name>` stands for one that comes before it; white space is for the reader only.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from config.document import Value, from_file

FOLDER = Path(__file__).parent
_REFERENCE = re.compile(r"<(\w+)>")


def section(grammar: str, name: str) -> Mapping[str, Value]:
    """A part of a grammar's file."""
    whole = _whole(grammar)
    assert isinstance(whole, dict)
    part = whole[name]
    assert isinstance(part, dict)
    return part


@lru_cache(maxsize=8)
def _whole(grammar: str) -> Value:
    return from_file(FOLDER / f"{grammar}.yaml").value


def expressions(grammar: str, name: str = "patterns") -> dict[str, str]:
    """The regular expressions of one part of a grammar, references filled in."""
    known: dict[str, str] = {}
    for key, written in section(grammar, name).items():
        known[key] = filled(written, known)
    return known


def filled(written: Value, known: Mapping[str, str]) -> str:
    """One expression: alternatives joined, white space dropped, references filled in."""
    forms = written if isinstance(written, list) else [written]
    whole = "|".join("".join(str(form).split()) for form in forms)
    return _REFERENCE.sub(lambda found: f"(?:{known[found[1]]})", whole)

"""The model that ships with the code, and the one that a customer has trained.

`names.crfsuite` beside this module is made by `genjin train --out nlp/crf/names.crfsuite` with no
labelled messages: our own templates (nlp/crf/templates) and nothing else, no corpus and no
client's words. `names.json` tells from what; a test holds the two against each other.
"""

import hashlib
import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from nlp.crf.model import Model

TRAINED = "names.crfsuite"
"""A customer's own model, in the folder of the rules."""
SHIPPED = Path(__file__).parent / TRAINED
TEMPLATES = Path(__file__).parent / "templates"


@lru_cache(maxsize=1)
def model() -> Model:
    """The shipped one."""
    return Model(SHIPPED)


def trained_in(rules_dir: Path | None) -> Model | None:
    """The customer's own model. None where there is none, or where it cannot be read: then the
    shipped one stays in force, and `genjin check` says so."""
    file = rules_dir / TRAINED if rules_dir else None
    if file is None or not file.is_file():
        return None
    try:
        return Model(file)
    except (OSError, ValueError):
        return None


def is_unreadable(rules_dir: Path | None) -> bool:
    """Whether a customer's own model lies there and is of no use."""
    return (
        rules_dir is not None and (rules_dir / TRAINED).exists() and trained_in(rules_dir) is None
    )


def card(file: Path) -> Path:
    """Where a model's description lies."""
    return file.with_suffix(".json")


def fingerprint(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def templates_fingerprint() -> str:
    """Of the templates' words and sentences."""
    digest = hashlib.sha256()
    for file in sorted(TEMPLATES.glob("*.yaml")):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def described(file: Path) -> Mapping[str, Any]:
    """What the card says of a model."""
    found: Mapping[str, Any] = json.loads(card(file).read_text("utf-8"))
    return found

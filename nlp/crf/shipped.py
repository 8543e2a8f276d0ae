"""The model that ships with the code.

`names.crfsuite` beside this module is made by `genjin train --out nlp/crf/names.crfsuite` with no
labelled messages: our own templates (nlp/crf/templates) and nothing else, no corpus and no
client's words. `names.json` tells from what; a test holds the two against each other.
"""

import hashlib
from functools import lru_cache
from pathlib import Path

from nlp.crf.model import Model

SHIPPED = Path(__file__).parent / "names.crfsuite"
TEMPLATES = Path(__file__).parent / "templates"


@lru_cache(maxsize=1)
def model() -> Model:
    """The shipped one."""
    return Model(SHIPPED)


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

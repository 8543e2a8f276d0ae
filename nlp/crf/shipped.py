"""The model in use."""

from functools import lru_cache
from pathlib import Path
from nlp.crf.model import Model

FILE = Path(__file__).parent / "names.crfsuite"


@lru_cache(maxsize=1)
def model() -> Model:
    return Model(FILE)

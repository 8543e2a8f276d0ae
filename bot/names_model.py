"""The model of names that a customer has trained, in the folder of his rules."""

from pathlib import Path

from config.rules import MODEL
from nlp.crf.model import Model


def trained_in(rules_dir: Path | None) -> Model | None:
    """None where there is none, or where it cannot be read: then the shipped one stays in force,
    and `genjin check` says so."""
    file = rules_dir / MODEL if rules_dir else None
    if file is None or not file.is_file():
        return None
    try:
        return Model(file)
    except (OSError, ValueError):
        return None


def is_unreadable(rules_dir: Path | None) -> bool:
    """Whether a model lies there and is of no use."""
    return rules_dir is not None and (rules_dir / MODEL).exists() and trained_in(rules_dir) is None

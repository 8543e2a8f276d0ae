"""How a text sounds: 康源 and 康园 are both kangyuan."""

from functools import lru_cache
from pathlib import Path

TABLE = Path(__file__).parent.with_name("lexicon") / "sounds.txt"
_DROPPED = "()·.-_'\" &,"


@lru_cache(maxsize=1)
def _table() -> dict[str, str]:
    table = dict.fromkeys(_DROPPED, "")
    for line in TABLE.read_text("utf-8").splitlines():
        if not line.startswith("#"):
            syllable, _, characters = line.partition(" ")
            table.update(dict.fromkeys(characters, syllable))
    return table


@lru_cache(maxsize=100_000)
def sound(text: str) -> str:
    """A folded text by its sounds, without tones; letters and digits stay as they are."""
    table = _table()
    return "".join([table.get(char, char) for char in text])

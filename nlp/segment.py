"""The one place that knows jieba: where words end, and what is an ordinary word."""

import logging
import warnings
from functools import lru_cache

with warnings.catch_warnings():
    # Its source has escapes that newer Pythons warn of, and it imports pkg_resources.
    warnings.simplefilter("ignore")
    import jieba
    import jieba.posseg

jieba.setLogLevel(logging.WARNING)

_AROUND = 6
"""How many characters on either side decide where words end."""
NAME_TAGS = frozenset({"nr", "nrt", "nrfg"})


def first_word(text: str) -> str:
    """The word that `text` begins with."""
    return next(iter(jieba.cut(text[:12])), "")


def splits_a_word(text: str, start: int) -> bool:
    """Whether `start` falls inside a word: 营口 in 民营口腔."""
    begin = max(0, start - _AROUND)
    at = begin
    for word in jieba.cut(text[begin : start + _AROUND], HMM=False):
        if at < start < at + len(word):
            return True
        at += len(word)
    return False


def is_ordinary_word(text: str) -> bool:
    """Whether the dictionary has it, and not as a person's name."""
    tag = _tags().get(text)
    return tag is not None and tag not in NAME_TAGS


def load() -> None:
    """Reads the dictionary now (about a second), not at the first message."""
    first_word("你好")
    _tags()


@lru_cache(maxsize=1)
def _tags() -> dict[str, str]:
    jieba.posseg.dt.initialize()
    tags: dict[str, str] = jieba.posseg.dt.word_tag_tab
    return tags

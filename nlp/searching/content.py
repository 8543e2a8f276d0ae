"""The words of a question that are worth a search: 女儿 and 编程 in 「他女儿学编程吗」."""

import re

from nlp.segment import segmenter, words

_BLANKS = re.compile(r"[\s,，、;；。!！?？:：\"'“”‘’「」《》()（）]+")
_EMPTY_TAGS = ("r", "u", "y", "p", "c", "e", "o", "zg")
_PLAIN = """
的 了 是 在 有 和 跟 与 就 都 也 还 吗 呢 吧 啊 么 嘛 没 不 要 会 能 到 过 去 来 说 提
讲 聊 谈 问 个 些 下 多少 什么 哪个 哪些 谁 怎么 如何 几 客户 他 她 它 我们 他们 有没有
一下 关于 事 事情 时候 内容 话 这个 那个 消息 记录
"""
_EMPTY = frozenset(_PLAIN.split())
_MOST = 8
_LONGEST = 40


def content_words(text: str) -> tuple[str, ...]:
    """In the order of the text, each once. What is written apart is looked for as it was written;
    a sentence is cut into words first."""
    pieces = [piece for piece in _BLANKS.split(text) if piece]
    found: list[str] = []
    for piece in pieces:
        found += _of_piece(piece)
    return tuple(dict.fromkeys(found))[:_MOST]


def _of_piece(piece: str) -> list[str]:
    """Each run of words that carry a meaning: 学编程 is two, 移动DR and XG-500 are one."""
    if piece.isascii():
        return [piece[:_LONGEST]] if any(map(str.isalnum, piece)) else []
    kept = [(word, start, end) for word, start, end in words(piece) if not _is_empty(word)]
    runs: list[list[tuple[str, int, int]]] = []
    for word, start, end in kept:
        is_joined = (
            runs and runs[-1][-1][2] == start and not (_is_han(word) and _is_han(runs[-1][-1][0]))
        )
        if is_joined:
            runs[-1].append((word, start, end))
        else:
            runs.append([(word, start, end)])
    return [piece[run[0][1] : run[-1][2]][:_LONGEST] for run in runs]


def _is_empty(word: str) -> bool:
    if word in _EMPTY or not any(char.isalnum() for char in word):
        return True
    tag = segmenter().tag(word)
    return tag is not None and tag.startswith(_EMPTY_TAGS)


def _is_han(word: str) -> bool:
    return "\u4e00" <= word[-1] <= "\u9fff" and "\u4e00" <= word[0] <= "\u9fff"

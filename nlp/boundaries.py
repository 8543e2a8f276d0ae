"""Whether a stretch of a message is words by itself, or a piece cut out of others.

法兰 is no word of 法兰克福, 内训 none of 国内训练, 一建 none of 一建议; but 空派 is one of 走空派,
although the dictionary, which does not know it, cuts 走空 there.
"""

from bisect import bisect_right
from collections.abc import Sequence

from nlp.segment import NAME_TAGS, Word, first_word, segmenter

LOOSE_BEFORE = frozenset(
    "走做买卖要用问报看找有个的和跟与及或这那些款种台套件只批发寄送运到在从去来给把被我你他她您咱是为"
    "家比下对就开以想需换装修订购订采租借学上考带配加含除讲谈聊说请帮让叫向往至离经由该各每贵本好新旧老大小"
)
"""One-character words that stand before a name."""
LOOSE_AFTER = frozenset(
    "家贵便断想质学要的有吗么呢吧啊呀了多报怎能和跟与及或几价就也都还在是给可行不没好用卖买做来去到送发寄运等"
    "这那哪什两三四五六七八九十一二百千万半每各共总只才又再把被让比从上下里外内前后中时用坏缺太很"
)
"""One-character words that stand after a name."""

_AHEAD = 12
"""How far the next word is looked for."""
_LONG = 3
"""Characters of a name that is hardly found by chance between two words."""


def is_whole(
    text: str,
    start: int,
    end: int,
    words: Sequence[Word],
    tails: frozenset[str] = frozenset(),
    *,
    trusting: bool = False,
) -> bool:
    """Whether `start:end` may be a word or words of its own.

    `tails` is what may follow inside one word: 市 of 苏州市. A name that closes a longer word
    is its kind (滚珠轴承 is a 轴承). With `trusting`, where the dictionary has the name and yet
    cut through it, it was right: 大连 in 大连接头.
    """
    segments = segmenter()
    first, last = words[_at(words, start)], words[_at(words, end - 1)]
    # What the dictionary does not have was put together by guessing: it proves nothing.
    head = text[first[1] : start] if first[1] < start and segments.has(first[0]) else ""
    tail = text[end : last[2]] if end < last[2] and segments.has(last[0]) else ""
    if not head and not tail:
        return True
    if first == last:
        return _fits(text, start, end, first, tails, trusting=trusting)
    if (trusting or (tail and not head)) and segments.has(text[start:end]):
        # 轴 承受 for 轴承 in 轴承受不了: it knew the name, and cut otherwise.
        return False
    if head and tail and end - start < _LONG:
        return False
    return (not head or head in LOOSE_BEFORE or (len(head) > 1 and segments.has(head))) and (
        not tail or tail[0] in LOOSE_AFTER or _begins_another(text, end, tail)
    )


def crossing(words: Sequence[Word], position: int) -> int:
    """Where a word of the dictionary begins that goes on past `position`: 计划 past 周会计 in
    周会计划. -1 where none does."""
    word, start, end = words[_at(words, position - 1)]
    return start if end > position and segmenter().has(word) else -1


def _fits(
    text: str, start: int, end: int, word: Word, tails: frozenset[str], *, trusting: bool
) -> bool:
    """Whether a name within one word of the dictionary may yet be meant."""
    tail = text[end : word[2]]
    if word[1] < start:
        return not (tail or trusting)
    if tail[0] in LOOSE_AFTER and not trusting and segmenter().tag(word[0]) in NAME_TAGS:
        return True
    return tail in tails or _begins_another(text, end, tail)


def _begins_another(text: str, end: int, tail: str) -> bool:
    """Whether a word begins at `end`: 考试 in 雅思考试."""
    following = first_word(text[end : end + _AHEAD])
    return len(following) > 1 and len(following) >= len(tail) and segmenter().has(following)


def _at(words: Sequence[Word], position: int) -> int:
    return bisect_right(words, position, key=_start) - 1


def _start(word: Word) -> int:
    return word[1]

"""People called by half their name: 小王, 老李, 阿芳."""

import re
from collections.abc import Iterator

from nlp.context import Context
from nlp.facts import Entity
from nlp.lexicon.names import NICKNAMES, NOT_BARE, SURNAMES
from nlp.people.appellations import ASKED_FOR, begins, value
from nlp.people.naming import is_han, is_word

FREQUENT = frozenset("刘李王张陈杨赵周吴徐孙朱胡郭林")
"""Those that 大 goes with."""
ALONE = re.compile(
    r"[您你好早说让那这在来去要想也都就会已和跟与及呢吧啊收签加回不没转给发问他她今明后昨下上的是过刚帮拍把报催还"
    r"又先从做定看帮留带寄送取]|对接|电话|手机|微信|负责|出差|同意|联系|一起|介绍|推荐"
)
FAMILIAR = re.compile("[小老阿大](?=[\u4e00-\u9fff])")
AFTER = {"小": SURNAMES, "老": SURNAMES, "大": FREQUENT, "阿": NICKNAMES}


def familiar(text: str, context: Context) -> Iterator[Entity]:
    for found in FAMILIAR.finditer(text):
        at, end = found.start(), found.end() + 1
        if text[at + 1] in AFTER[text[at]] and begins(text, at) and _stands_alone(text, at, end):
            yield context.entity("person", at, end, value(text[at:end]), "familiar")


def _stands_alone(text: str, at: int, end: int) -> bool:
    """Whether nothing goes on from it: 小陈醋, 小程序 are no people."""
    needs_more = text[at + 1] in NOT_BARE
    if needs_more and is_word(text[at:end]):
        return False
    if not is_han(text[end : end + 1]):
        return not needs_more or at == 0 or text[at - 1] in ASKED_FOR
    is_word_of_three = is_word(text[at + 1 : end + 1]) or is_word(text[at : end + 1])
    return not needs_more and not is_word_of_three and ALONE.match(text, end) is not None

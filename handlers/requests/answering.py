"""His next words, where they answer what he was asked back."""

import re

from crm_store.errors import NotYours
from crm_store.models import Member
from crm_store.store import Transaction
from handlers.commands import Menu
from handlers.finding import WhichOne, look_up
from handlers.requests.asking import (
    CONFIRM,
    WHICH,
    WORDS,
    Question,
    ask,
    is_last_word,
    let_go,
)
from handlers.requests.proceeding import confirm, proceed
from handlers.router import Instead, Reply
from nlp.requests.phrasing import FREE

_LONGEST_NAME, _LONGEST_ANSWER, _LONGEST_WRITTEN = 16, 120, 500
_ANSWERED = "已回答"
_ASKED_AGAIN = "中间隔了别的消息，请点一下，或者再回复一次"
_AROUND = re.compile(r"^(?:是|就是|应该是|那个|嗯|哦|给|找)+|(?:那个|吧|啊|呀|哈|的|了)+$")
_COUNT = "123456789一二三四五六七八九"
_PLACE = re.compile(rf"第?([{_COUNT}])个?")
_ENDS = r"[。.!！吧的了]*"
_YES = re.compile(rf"(?:是|对|嗯+|好|确认|确定|没错|行|可以|ok|yes|y){_ENDS}", re.IGNORECASE)
_NO = re.compile(
    rf"(?:算了?[,，\s吧]*)?(?:先|还是)?(?:别|不|不要|不用)(?:转|做|办|改|标|静音|放|领|接管?|记|要)?{_ENDS}|(?:不|不是|不用|算|取消|不要|不做|没有|no|n|先不){_ENDS}",
    re.IGNORECASE,
)
_ASKS = re.compile(r"[?？吗么呢][。.!！]*$|谁|多少|几(?:个|条|位|单)|怎么样|为什么")
"""What asks something is seldom the reason or the answer that was waited for."""
_HAS_FIGURE = re.compile(r"[0-9一二两三四五六七八九十今明后天周下月号点早晚半]")


async def answered(
    tx: Transaction,
    sender: Member,
    menu: Menu,
    asked: Question,
    text: str,
    is_another_wish: bool,
) -> Reply | Instead:
    """None where they are something else: a wish of their own, a note, a question."""
    if _NO.fullmatch(text):
        await let_go(tx, sender, "已取消")
        return "好的，什么都没有做"
    if asked.asks == CONFIRM and _YES.fullmatch(text):
        if not await is_last_word(tx, sender):
            # 可以 may be said of whatever has come since.
            return await ask(tx, sender, asked, _ASKED_AGAIN)
        await let_go(tx, sender, "已确认")
        return await proceed(tx, sender, menu, asked.intent, asked.values, is_confirmed=True)
    if is_another_wish or asked.asks in (CONFIRM, WORDS):
        return None
    answers = {"client": _client, WHICH: _chosen}.get(asked.asks, _words)
    return await answers(tx, sender, menu, asked, text)


async def _words(
    tx: Transaction, sender: Member, menu: Menu, asked: Question, text: str
) -> Reply | Instead:
    """嫌贵, 明天下午, 3"""
    values = {**asked.values, asked.asks: text}
    if asked.is_pressed:
        if len(text) > _LONGEST_WRITTEN:
            return None
        await let_go(tx, sender, _ANSWERED)
        if _ASKS.search(text):
            return await confirm(tx, sender, menu, asked.intent, values)
        return await proceed(tx, sender, menu, asked.intent, values, is_confirmed=True)
    if not _fits(asked.asks, text):
        return None
    await let_go(tx, sender, _ANSWERED)
    return await proceed(tx, sender, menu, asked.intent, values)


async def _chosen(
    tx: Transaction, sender: Member, _menu: Menu, asked: Question, text: str
) -> Reply | Instead:
    """移动DR那个, L3, 第二个: the one button that says so."""
    name = _AROUND.sub("", text)
    place = _PLACE.fullmatch(name)
    if place is not None:
        at = _COUNT.index(place[1]) % 9
        fits = asked.options[at : at + 1]
    else:
        fits = [one for one in asked.options if len(name) > 1 and name.lower() in one[0].lower()]
    if len(fits) != 1:
        return None
    await let_go(tx, sender, f"已选：{fits[0][0]}")
    return Instead(None, {}, fits[0][1])


async def _client(
    tx: Transaction, sender: Member, menu: Menu, asked: Question, text: str
) -> Reply | Instead:
    """赵主任"""
    name = _AROUND.sub("", text)
    if not 0 < len(name) <= _LONGEST_NAME:
        return None
    try:
        await look_up(tx, sender, name)
    except WhichOne as several:
        again = Question(asked.intent, asked.values, "client", str(several), several.options)
        return await ask(tx, sender, again)
    except NotYours:
        return None
    await let_go(tx, sender, _ANSWERED)
    return await proceed(tx, sender, menu, asked.intent, {**asked.values, "client": name})


def _fits(slot: str, text: str) -> bool:
    if slot in FREE:
        return len(text) <= _LONGEST_ANSWER and not text.endswith(("?", "？"))
    return len(text) <= _LONGEST_NAME and _HAS_FIGURE.search(text) is not None

"""问记忆: 张总上周说了什么, 康源上次报价多少, 谁问过移动DR, 和江北医院类似的客户怎么成交的, 找 编程

A command's pattern shows how it may be said; what is meant is read by nlp/searching/questions.py,
which knows many more ways.
"""

import re

from crm_store.errors import NotYours
from crm_store.models import Member
from crm_store.store import Transaction
from handlers.commands import Words
from handlers.events import CardPress
from handlers.memory.answering import reply_to
from handlers.reading import Reader
from handlers.router import Reply, Router
from nlp.searching.content import content_words
from nlp.searching.questions import Kind, Question, parse, subject
from nlp.searching.times import asked_time

router = Router("archive_questions")

_DIGITS = 4

_ASKS = re.compile(r"(?:什么|啥|哪|谁|几|多少|多大|吗|呢|怎么|怎样|没有|[?？])[了的过着]?[\s?？]*$")


@router.command(
    "{client} 说了什么",
    "{client} 说过什么",
    "{client} 怎么说",
    "和 {client} 聊到哪了",
    unless=r"(?:嫌|贵|便宜|没预算|预算(?:不够|有限|紧)|考虑考虑|再想想|别家|竞品|不需要).{0,6}怎么说",
    help="他说过的话，可以带时间：张总上周说了什么",
)
async def what_he_said(
    client: str, words: Words, sender: Member, tx: Transaction, reader: Reader
) -> Reply:
    return await _answer(Kind.SAID, client, words, sender, tx, reader)


@router.command(
    "{client} 提过 {words} 吗",
    "{client} 说过 {words} 吗",
    "{client} 有没有提过 {words}",
    help="他有没有说到过：张总提过编程吗",
)
async def whether_he_mentioned(
    client: str, words: str, said: Words, sender: Member, tx: Transaction, reader: Reader
) -> Reply:
    question = _read(said, tx, reader)
    if question is None or question.kind is not Kind.MENTIONED:
        about = subject(client, tx.now.astimezone(reader.zone))
        question = Question(
            Kind.MENTIONED, about.who or client, words=content_words(words) or (words,)
        )
    return await reply_to(question, said.tidy, sender, tx, reader)


@router.command(
    "{client} 上次报价多少",
    "{client} 报价多少",
    "上次给 {client} 报了多少",
    "给 {client} 报过什么价",
    help="我们报过的价，谁在什么时候报的：康源上次报价多少",
)
async def what_was_quoted(
    client: str, words: Words, sender: Member, tx: Transaction, reader: Reader
) -> Reply:
    return await _answer(Kind.QUOTED, client, words, sender, tx, reader)


@router.command(
    "和 {client} 类似的客户怎么成交的",
    "{client} 类似客户",
    "有没有和 {client} 类似的成交案例",
    help="类似的客户用了多久、来往几次、为什么成交：和江北医院类似的客户怎么成交的",
)
async def how_similar_were_won(
    client: str, words: Words, sender: Member, tx: Transaction, reader: Reader
) -> Reply:
    return await _answer(Kind.SIMILAR, client, words, sender, tx, reader)


@router.command(
    "谁问过 {product}",
    "哪些客户问过 {product}",
    "谁咨询过 {product}",
    "{product} 有谁问过",
    help="您的客户里谁问过这个产品：谁问过移动DR",
)
async def who_asked(
    product: str, words: Words, sender: Member, tx: Transaction, reader: Reader
) -> Reply:
    question = _read(words, tx, reader)
    if question is None or question.kind is not Kind.ASKED:
        question = Question(Kind.ASKED, what=product)
    return await reply_to(question, words.tidy, sender, tx, reader)


@router.command(
    "找 {words}",
    "搜 {words}",
    "搜索 {words}",
    "找一下 {words}",
    help="在往来的话里找：找 女儿 编程",
)
async def find_words(
    words: str, said: Words, sender: Member, tx: Transaction, reader: Reader
) -> Reply:
    question = _read(said, tx, reader)
    if question is None or question.kind is not Kind.FOUND:
        found = content_words(words)
        if not found:
            return "请告诉我找什么，比如：找 女儿 编程"
        question = Question(Kind.FOUND, words=found)
    return await reply_to(question, said.tidy, sender, tx, reader)


@router.button("recall")
async def show_more(
    argument: str, press: CardPress, sender: Member, tx: Transaction, reader: Reader
) -> Reply:
    """The next page; who may read it is looked at again."""
    skip, _, said = argument.partition(":")
    question = parse(said, tx.now.astimezone(reader.zone)) or await _recalled(
        said, sender, tx, reader
    )
    if question is None or not (skip.isascii() and skip.isdigit() and len(skip) <= _DIGITS):
        return "这一页找不到了，请再问一次"
    return await reply_to(question, said, sender, tx, reader, skip=int(skip))


async def answer_freely(words: Words, sender: Member, tx: Transaction, reader: Reader) -> Reply:
    """Words that are no command, and ask the archive something: of a client whom the asker has."""
    question = _read(words, tx, reader) or await _recalled(words.tidy, sender, tx, reader)
    if question is None:
        return None
    try:
        return await reply_to(question, words.tidy, sender, tx, reader)
    except NotYours:
        return None


async def _answer(
    kind: Kind, client: str, words: Words, sender: Member, tx: Transaction, reader: Reader
) -> Reply:
    question = _read(words, tx, reader)
    if question is None or question.kind is not kind:
        about = subject(client, tx.now.astimezone(reader.zone))
        question = Question(kind, about.who or client, when=about.when, is_last=about.is_last)
    return await reply_to(question, words.tidy, sender, tx, reader)


def _read(words: Words, tx: Transaction, reader: Reader) -> Question | None:
    return parse(words.tidy, tx.now.astimezone(reader.zone))


async def _recalled(said: str, sender: Member, tx: Transaction, reader: Reader) -> Question | None:
    """张总女儿学什么: somebody is named, and the rest is looked for in what was said."""
    if not _ASKS.search(said):
        return None
    named = [
        (one.start, one.end, one.text)
        for one in reader.read(said, tx.now).found.entities
        if one.type in ("person", "company")
    ]
    if not named:
        return None
    start, end, who = min(named)
    when, rest = asked_time(f"{said[:start]} {said[end:]}", tx.now.astimezone(reader.zone))
    words = content_words(rest)
    return Question(Kind.MENTIONED, who, words=words, when=when) if words else None

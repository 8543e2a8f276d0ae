"""Questions to the archive, answered with quotes, dates and speakers (#66), within the asker's
rights: what he may not see is neither found nor counted."""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from crm_store.errors import CrmError
from crm_store.models import Client, Member
from crm_store.search.asking import Hit, Sought
from crm_store.search.promised import quotes_promised
from crm_store.store import Transaction
from handlers.archived import Words
from handlers.finding_clients import look_up_client
from handlers.memory.quoting import BY_CLIENT, BY_US, NOTED, Quoter, says_one
from handlers.memory.similar import won_like
from handlers.reading import Reader
from handlers.router import Reply
from nlp.desensitise import mask
from nlp.searching.marks import PRICE
from nlp.searching.prices import amounts_in, quotes_a_price
from nlp.searching.questions import Kind, Question
from nlp.searching.words import parts_of
from notifiers.cards.memory import PAGE, AnswerView, QuoteLine, answer
from notifiers.cards.wording import SHANGHAI

_MOST = 400
"""So many facts are looked at for one answer."""
_MORE = "recall"
"""The verb of the button: `recall:{how many were shown}:{the question}`."""
_LONGEST_ACTION = 900
"""Bytes; a question longer than that has one page."""


class Asker(Protocol):
    def __call__(self, asked: "Asked") -> Awaitable[Reply]: ...


@dataclass(frozen=True)
class Asked:
    """A question, by whom, and which page of the answer."""

    question: Question
    said: str
    """As he said it: the next page is asked for with these words."""
    sender: Member
    tx: Transaction
    reader: Reader
    quoter: Quoter
    skip: int = 0

    def more(self, shown: int) -> str:
        action = f"{_MORE}:{self.skip + shown}:{self.said}"
        return action if len(action.encode()) <= _LONGEST_ACTION else ""

    @property
    def when(self) -> str:
        """上周 , with nothing where no time was named."""
        return self.question.when.text if self.question.when else ""

    async def client(self) -> Client:
        """Whom he means. Raises NotYours and WhichOne."""
        client, _ = await look_up_client(self.tx, self.sender, self.question.who, self.reader)
        await self.quoter.opened(client)
        return client

    def sought(self, *, client: Client | None = None, kinds: Sequence[str]) -> Sought:
        when = self.question.when
        return Sought(
            client_id=client.id if client else None,
            kinds=kinds,
            since=when.since if when else None,
            until=when.until if when else None,
        )


async def reply_to(
    question: Question,
    said: str,
    sender: Member,
    tx: Transaction,
    reader: Reader,
    *,
    skip: int = 0,
) -> Reply:
    """The answer to a question; raises NotYours and WhichOne where a client is named."""
    quoter = await Quoter.of(tx, sender)
    asked = Asked(question, said, sender, tx, reader, quoter, skip)
    return await _ANSWERS[question.kind](asked)


# -- one client --------------------------------------------------------------------------------


async def _said(asked: Asked) -> Reply:
    """张总上周说了什么"""
    client = await asked.client()
    kinds: tuple[str, ...] = (*BY_CLIENT, "message_filed", "followed_up")
    fits = _is_his
    if asked.question.is_last:
        kinds, fits = (*BY_CLIENT, *BY_US, *NOTED), _is_any
    elif asked.question.by_us:
        kinds, fits = BY_US, _is_any
    lines = await _lines(asked, asked.sought(client=client, kinds=kinds), fits=fits)
    what = "往来" if asked.question.is_last else "说的话"
    if kinds == BY_US:
        what = "听我们说的话"
    title = f"{client.display} · {asked.when}{what}"
    if lines:
        return _paged(asked, title, lines, is_told_forward=True)
    everything = asked.sought(client=client, kinds=(*BY_CLIENT, *BY_US, *NOTED))
    before = await _lines(asked, replace(everything, since=None, until=None), most=1)
    told = [f"没有找到{client.display}{asked.when}{'' if asked.when else '的'}{what}。"]
    if before:
        told.append(f"最近一次是 {_quoted(before[0])}")
    told.append(f"可以试试：{client.display}最近说了什么，或者：查 {client.ref}")
    return "\n".join(told)


def _is_his(words: Words) -> bool:
    """Said by him, or told of him by whoever spoke to him: 刚通完电话，他说价格有点高."""
    is_note = words.message is None
    return not is_note or _TOLD_OF_HIM.search(words.text) is not None


def _is_any(words: Words) -> bool:
    return True


_TOLD_OF_HIM = re.compile(
    "(?:他|她|对方|客户|主任|经理|院长|总|老师|医生|先生|女士)[们也又还都]?"
    "(?:说|讲|表示|反馈|提到|提出|嫌|觉得|认为|问|要求|希望|担心|想)"
)


async def _mentioned(asked: Asked) -> Reply:
    """张总提过编程吗"""
    client = await asked.client()
    kinds = BY_US if asked.question.by_us else (*BY_CLIENT, *BY_US, *NOTED)
    words = asked.question.words
    sought = _of_words(asked, asked.sought(client=client, kinds=kinds), words)
    lines = await _lines(asked, sought, words=words)
    said = "、".join(words)
    if lines:
        return _paged(asked, f"{client.display} · 提到{said}", lines)
    some = await _lines(asked, replace(sought, is_any=True), words=words, is_any=True)
    if some and len(words) > 1:
        return _paged(asked, f"{client.display} · 提到{said}中的一些", some)
    return (
        f"没有找到{client.display}{asked.when}提到“{said}”。"
        f"换个说法试试，或者问：{client.display}最近说了什么"
    )


async def _quoted_price(asked: Asked) -> Reply:
    """康源上次报价多少"""
    client = await asked.client()
    kinds = (*BY_US, "message_filed", "followed_up", "colleague_answered")
    sought = replace(asked.sought(client=client, kinds=kinds), marks=(PRICE,))
    lines = await _lines(asked, sought, fits=lambda words: quotes_a_price(words.text))
    promised = await quotes_promised(asked.tx, client.id, asked.quoter.scope.covers)
    below = [
        f"{asked.quoter.names.get(one.by or '', '接待人员')} "
        f"{one.made_at.astimezone(SHANGHAI):%m-%d} 答应报价，{one.state_in_words}"
        for one in promised
    ]
    if not lines:
        told = f"没有找到{asked.when}给{client.display}报价的话。"
        hint = f"可以试试：找 {client.display} 报价单"
        return "\n".join([told, *below, hint])
    amounts = amounts_in(lines[0].words)
    head = f"最近一次：{'、'.join(amounts)}（{lines[0].who}，{_day(lines[0])}）" if amounts else ""
    view = _view(asked, f"{client.display} · {asked.when}报价", lines)
    return answer(replace(view, head=head if not asked.skip else "", below=below))


async def _similar(asked: Asked) -> Reply:
    """和江北医院类似的客户怎么成交的"""
    client = await asked.client()
    trades = asked.reader.trades
    return await won_like(asked.tx, client, asked.quoter, trades, skip=asked.skip, more=asked.more)


# -- all that he sees ----------------------------------------------------------------------------


async def _asked_about(asked: Asked) -> Reply:
    """谁问过移动DR: one line a client, with his latest words."""
    named = asked.question.what
    spellings = _spellings(asked.reader, asked.tx, named)
    phrases = (tuple(map(parts_of, spellings)),)
    sought = replace(asked.sought(kinds=(*BY_CLIENT, "message_filed")), phrases=phrases)
    by_client: dict[int, Hit] = {}
    opened: dict[int, Words] = {}
    async for hit, words in asked.quoter.found(sought, most=_MOST):
        if hit.client_id not in by_client and says_one(words.text, spellings):
            by_client[hit.client_id], opened[hit.client_id] = hit, words
    what = spellings[0]
    if not by_client:
        hidden = mask(what)
        return (
            f"您能看到的客户里，{asked.when}没有人问过“{hidden}”。换个叫法试试，或者：找 {hidden}"
        )
    page = list(by_client.values())[asked.skip : asked.skip + PAGE + 1]
    lines = [
        await asked.quoter.line(hit, opened[hit.client_id], around=spellings, tells_client=True)
        for hit in page[:PAGE]
    ]
    more = asked.more(PAGE) if len(page) > PAGE else ""
    head = f"您能看到的客户里有 {len(by_client)} 位" if not asked.skip else ""
    title = f"{asked.when}问过{what}的客户"
    return answer(AnswerView(title, lines, head=head, more=more))


async def _found(asked: Asked) -> Reply:
    """找 女儿 编程; 找 张总 编程 looks with one client."""
    words = asked.question.words
    everything = asked.sought(kinds=(*BY_CLIENT, *BY_US, *NOTED))
    lines = await _lines(asked, _of_words(asked, everything, words), words=words, tells=True)
    said = "、".join(words)
    if lines:
        return _paged(asked, f"{asked.when}提到{said}", lines)
    if len(words) > 1:
        try:
            about = replace(asked.question, kind=Kind.MENTIONED, who=words[0], words=words[1:])
            return await _mentioned(replace(asked, question=about))
        except CrmError:
            pass
        some = _of_words(asked, replace(everything, is_any=True), words)
        lines = await _lines(asked, some, words=words, is_any=True, tells=True)
        if lines:
            return _paged(asked, f"只提到{said}中一些的话", lines)
    return f"您能看到的客户里，没有找到提到“{mask(said)}”的话。换个说法或少写几个词试试"


# -- in common -----------------------------------------------------------------------------------


def _of_words(asked: Asked, sought: Sought, words: Sequence[str]) -> Sought:
    return replace(sought, phrases=tuple((parts_of(word),) for word in words))


async def _lines(
    asked: Asked,
    sought: Sought,
    *,
    words: Sequence[str] = (),
    is_any: bool = False,
    tells: bool = False,
    fits: Callable[[Words], bool] = _is_any,
    most: int = PAGE + 1,
) -> list[QuoteLine]:
    """The page that is asked for, the latest first, and one more where there is one."""
    lines: list[QuoteLine] = []
    passed = 0
    async for hit, said in asked.quoter.found(sought, most=_MOST):
        if not fits(said):
            continue
        there = [says_one(said.text, (word,)) for word in words]
        if there and not (any(there) if is_any else all(there)):
            continue
        passed += 1
        if passed <= asked.skip:
            continue
        lines.append(await asked.quoter.line(hit, said, around=words, tells_client=tells))
        if len(lines) >= most:
            break
    return lines


def _view(asked: Asked, title: str, lines: Sequence[QuoteLine]) -> AnswerView:
    more = asked.more(PAGE) if len(lines) > PAGE else ""
    return AnswerView(title, lines[:PAGE], more=more)


def _paged(
    asked: Asked, title: str, lines: Sequence[QuoteLine], *, is_told_forward: bool = False
) -> Reply:
    """`is_told_forward`: a page reads from its oldest words to its latest, as a talk does."""
    view = _view(asked, title, lines)
    if is_told_forward:
        view = replace(view, quotes=view.quotes[::-1])
    return answer(view)


def _spellings(reader: Reader, tx: Transaction, named: str) -> tuple[str, ...]:
    """The product as the catalogue has it, with all it is called by; else as it was said."""
    for name, _ in reader.read(named, tx.now).products:
        product = reader.catalog.by_name[name]
        return (product.name, *product.aliases)
    return (named,)


def _quoted(line: QuoteLine) -> str:
    return f"{_day(line)} {line.who}：{line.words}"


def _day(line: QuoteLine) -> str:
    return f"{line.at.astimezone(SHANGHAI):%Y-%m-%d}"


_ANSWERS: dict[Kind, Asker] = {
    Kind.SAID: _said,
    Kind.MENTIONED: _mentioned,
    Kind.QUOTED: _quoted_price,
    Kind.SIMILAR: _similar,
    Kind.ASKED: _asked_about,
    Kind.FOUND: _found,
}

"""请教: one colleague asks another about a client, and nobody waits for ever (#36).

Who is asked sees what he needs and no more: which client only where he may see him, the words with
phones and the like masked. His answer goes to who asked. Unanswered for two working hours he is
chased.
"""

from datetime import datetime

from config.schemas.escalation import Since, Step
from crm_store.errors import CrmError
from crm_store.facts import ColleagueAnswered, ColleagueAsked, ColleagueChased
from crm_store.models import Lead, Member, Question
from crm_store.queries import absences, leads, questions, sent_cards
from crm_store.store import Transaction
from crm_store.view import View
from handlers.colleagues import the_colleague
from handlers.events import CardPress, TimerDue
from handlers.finding import find_lead
from handlers.hours import at_any_hour, in_working_time
from handlers.ladder.standing import Ladder
from handlers.requests.asking import want_words
from handlers.rights import scope_of
from handlers.router import Reply, Router
from handlers.showing import shortened, title_of
from notifiers.card import Text
from notifiers.cards.questions import (
    QuestionView,
    answer_text,
    answered_card,
    question_card,
    questions_card,
)
from notifiers.cards.wording import day_and_time

router = Router("questions")

_KIND = "question"
_MOST_QUOTED = 200
_LONGEST_NUMBER = 15


@router.command(
    "问 {colleague} {client} {words}",
    "请教 {colleague} {client} {words}",
    "求助 {colleague} {client} {words}",
    help="请教一位同事，他没答会替您催：问 王磊 康源 交期能不能提前",
)
async def ask(
    colleague: str, client: str, words: str, sender: Member, tx: Transaction, ladder: Ladder
) -> Reply:
    found = await find_lead(tx, sender, client)
    asked = await the_colleague(tx, colleague)
    if asked.id == sender.id:
        raise CrmError("请教的是您自己，请换一位同事")
    lead = found.lead
    question = Question(
        client_id=lead.client_id,
        # It goes with the lead it is about, should the client be parted again.
        origin_id=lead.origin_id,
        lead_id=lead.id,
        asker_id=sender.id,
        asked_id=asked.id,
        words=await tx.seal(lead.client_id, words, purpose="question"),
        asked_at=tx.now,
    )
    tx.add(question)
    await tx.flush()
    await tx.record(
        ColleagueAsked(
            at=tx.now,
            client_id=lead.client_id,
            lead_id=lead.id,
            by=sender.id,
            question_id=question.id,
            to=asked.id,
            words=words,
        )
    )
    back = (await absences.away(tx, tx.now)).get(asked.id)
    await _send(tx, question, asked, "", ladder)
    await _settle(tx, question, ladder)
    when = f"他请假到 {day_and_time(back)}，急的话请换一位" if back else "答复了就告诉您"
    return f"已请教{asked.name}（编号 {question.id}），{when}"


async def _send(
    tx: Transaction, question: Question, asked: Member, note: str, ladder: Ladder
) -> None:
    view = await _as_seen_by(tx, question, asked)
    await tx.notify(
        asked,
        question_card(view, note),
        purpose=_purpose(question),
        client_id=question.client_id,
        lead_id=question.lead_id,
        due_at=at_any_hour(asked, tx.now, ladder.times.zone),
    )


async def _lead_of(view: View, question: Question) -> Lead:
    """What was asked about; where it was folded into another lead, that one."""
    return await leads.going_on(view, question.lead_id) or await view.get(Lead, question.lead_id)


async def _as_seen_by(view: View, question: Question, reader: Member) -> QuestionView:
    """Masked for whoever may not see the client."""
    lead = await _lead_of(view, question)
    sees = (await scope_of(view, reader)).covers(lead)
    words = await view.open(question.client_id, question.words, purpose="question")
    asker = await view.get(Member, question.asker_id)
    about = await title_of(view, lead) if sees else (lead.product or lead.line)
    return QuestionView(
        question.id,
        asker.name,
        about,
        shortened(words, _MOST_QUOTED, masks=lead.owner_id != reader.id),
    )


@router.command(
    "答复 {question} {words}",
    "回答 {question} {words}",
    help="答复同事的请教：答复 3 可以提前一周",
)
async def answer(question: str, words: str, sender: Member, tx: Transaction) -> Reply:
    return await _answer(tx, sender, question, words)


@router.button("answer")
async def answer_pressed(argument: str, press: CardPress, sender: Member, tx: Transaction) -> Reply:
    """`answer:3`: his next words are the answer."""
    question = await _his_question(tx, sender, argument)
    asker = await tx.get(Member, question.asker_id)
    values = {"number": str(question.id)}
    return await want_words(
        tx, sender, "answer", values, asks="words", title=f"请直接写给{asker.name}的答复"
    )


@router.command("待答复", "谁在问我", "同事的请教", help="同事请教您、还没有答复的问题")
async def waiting(sender: Member, tx: Transaction) -> Reply:
    found = await questions.open_to(tx, sender.id)
    views = [await _as_seen_by(tx, question, sender) for question in found]
    return questions_card(views) if views else "没有等您答复的问题"


async def _his_question(tx: Transaction, sender: Member, number: str) -> Question:
    """The open question, its client held; whoever was not asked learns nothing of it."""
    digits = number.strip("#＃ Qq")
    known = digits.isdecimal() and len(digits) <= _LONGEST_NUMBER
    question = await tx.find(Question, int(digits)) if known else None
    if question is None or question.asked_id != sender.id:
        raise CrmError(f"没有编号 {number} 的请教，回复“待答复”看还有哪些")
    await tx.lock_client(question.client_id)
    await tx.read_again(question)
    if question.answered_at is not None:
        raise CrmError(f"编号 {question.id} 已经答复过了")
    return question


async def _answer(tx: Transaction, sender: Member, number: str, words: str) -> str:
    question = await _his_question(tx, sender, number)
    question.answer = await tx.seal(question.client_id, words, purpose="question")
    question.answered_at = tx.now
    tx.add(question)
    await tx.cancel_timer(_KIND, question.ref)
    await tx.record(
        ColleagueAnswered(
            at=tx.now,
            client_id=question.client_id,
            lead_id=question.lead_id,
            by=sender.id,
            question_id=question.id,
            words=words,
        )
    )
    await _settle_cards(tx, question)
    return await _pass_on(tx, question, sender, words)


def _purpose(question: Question) -> str:
    """What its cards are sent as, and found again by."""
    return f"{_KIND}:{question.id}"


async def _settle_cards(tx: Transaction, question: Question) -> None:
    """However it was answered, its buttons go."""
    asker = await tx.get(Member, question.asker_id)
    drawn = answered_card(asker.name, question.id)
    for card in await sent_cards.live_of(
        tx, question.asked_id, _purpose(question), since=question.asked_at
    ):
        await tx.redraw(card, drawn, settles=True, or_nothing=True, client_id=question.client_id)


async def _pass_on(tx: Transaction, question: Question, sender: Member, words: str) -> str:
    """To who asked; where the client is not his to see any more, to who has him now."""
    lead = await _lead_of(tx, question)
    asker = await tx.get(Member, question.asker_id)
    asked = await tx.open(question.client_id, question.words, purpose="question")
    if asker.active and (await scope_of(tx, asker)).covers(lead):
        reader = asker
    else:
        owner = await tx.find(Member, lead.owner_id) if lead.owner_id else None
        if owner is None or not owner.active:
            return f"已记下。{asker.name}现在不负责这位客户，也没有别人可以转告"
        reader = owner
        if asker.active:
            text = f"您请教{sender.name}的问题（编号 {question.id}）有了答复，已转给{owner.name}"
            await tx.notify(asker, Text(text=text))
    said = answer_text(
        sender.name,
        await title_of(tx, lead),
        shortened(asked, _MOST_QUOTED),
        words,
        asked_by="" if reader is asker else asker.name,
    )
    await tx.notify(reader, Text(text=said), client_id=question.client_id, lead_id=question.lead_id)
    return f"已把您的答复告诉{reader.name}"


# -- the clock ----------------------------------------------------------------------------------


def _rung(ladder: Ladder) -> Step | None:
    steps = ladder.rules.escalation.steps
    return next((step for step in steps if step.counted_from is Since.ASKED), None)


async def _due(view: View, question: Question, ladder: Ladder) -> datetime | None:
    """When he is chased next: in his own working time, and not while he is away."""
    step = _rung(ladder)
    if step is None or question.answered_at is not None:
        return None
    if step.times and question.chased >= step.times:
        return None
    calendar = ladder.times.calendar
    asked = await view.get(Member, question.asked_id)
    leave = await absences.of_member(view, asked.id, after=question.asked_at)
    begun, wait = question.asked_at, step.wait
    if question.chased_at is not None:
        begun, wait = question.chased_at, step.next_wait
    due = calendar.due(begun, wait)
    for start, end in leave:
        if start < due and end > begun:
            due = calendar.due(end, wait)
    return in_working_time(asked, due, calendar)


async def _settle(tx: Transaction, question: Question, ladder: Ladder) -> None:
    """Once he was chased for the last time he is looked after once more: he may have left."""
    due, step = await _due(tx, question, ladder), _rung(ladder)
    if due is None and step is not None and question.chased:
        due = ladder.times.calendar.due(tx.now, step.next_wait)
    if due is not None:
        await tx.set_timer(_KIND, question.ref, due)


@router.timer(_KIND)
async def chase(due: TimerDue, tx: Transaction, ladder: Ladder) -> None:
    question = await tx.get(Question, int(due.subject[1:]))
    await tx.lock_client(question.client_id)
    await tx.read_again(question)
    lead = await _lead_of(tx, question)
    step, stands = _rung(ladder), await _due(tx, question, ladder)
    if step is None or question.answered_at is not None or not lead.is_open:
        return
    asked = await tx.get(Member, question.asked_id)
    if not asked.active:
        await _tell_gone(tx, question, lead, asked)
        return
    if stands is None:
        return  # he was chased as often as he may be
    if stands > tx.now:
        await tx.set_timer(_KIND, question.ref, stands)
        return
    question.chased += 1
    question.chased_at = tx.now
    tx.add(question)
    await tx.record(
        ColleagueChased(
            at=tx.now,
            client_id=question.client_id,
            lead_id=question.lead_id,
            question_id=question.id,
            to=asked.id,
            waited=step.words,
        )
    )
    await _tell_chased(tx, question, asked, step, ladder)
    await _settle(tx, question, ladder)


async def _tell_gone(tx: Transaction, question: Question, lead: Lead, asked: Member) -> None:
    """Whoever has left answers nothing: who asked is told so, once."""
    asker = await tx.get(Member, question.asker_id)
    if asker.active and (await scope_of(tx, asker)).covers(lead):
        text = (
            f"{asked.name}已经离职，您关于「{await title_of(tx, lead)}」的请教"
            f"（编号 {question.id}）没有人答复，请换一位同事再问"
        )
        await tx.notify(asker, Text(text=text), client_id=lead.client_id, lead_id=lead.id)


async def _tell_chased(
    tx: Transaction, question: Question, asked: Member, step: Step, ladder: Ladder
) -> None:
    await _send(tx, question, asked, f"已经等了 {step.words}，请尽快答复", ladder)
    asker = await tx.get(Member, question.asker_id)
    lead = await _lead_of(tx, question)
    if asker.active and (await scope_of(tx, asker)).covers(lead):
        about = await title_of(tx, lead)
        text = f"{asked.name} {step.words}没有答复您关于「{about}」的请教，已替您催他"
        await tx.notify(asker, Text(text=text), client_id=lead.client_id, lead_id=lead.id)

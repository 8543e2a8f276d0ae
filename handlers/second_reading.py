"""请大模型再看一遍: where the rules are unsure of a client's words, a language model is asked.

    MessageIn        the words are read; what is in doubt is asked of the model, masked
    second_reading   what it says is judged by the words themselves, and what is believed is learned

It is never in the way: the question travels beside the cards, answers within minutes or not at all,
and without an answer what the rules read stands. What a colleague put right, and what a rule is
sure of from this message or a later one, it does not change.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import structlog

from config.rules import Rules
from config.settings import Settings
from crm_store.facts import MessageIn, VoiceHeard
from crm_store.lanes import reading_lane
from crm_store.models import ChatMessage
from crm_store.store import Transaction
from handlers import learning
from handlers.alarms import tell_admins
from handlers.events import CallAnswered
from handlers.fields import slots_of
from handlers.findings import About, statements
from handlers.growing import Known, Statement
from handlers.links import Links
from handlers.reading import Reader, Reading
from handlers.refreshing import refresh_cards
from handlers.router import Router
from nlp.hearsay import RULE, Claim
from nlp.hearsay.belief import believed, joined
from nlp.hearsay.covering import covered
from nlp.hearsay.doubt import doubts
from notifiers.cards.wording import weekday
from notifiers.llm import READ
from notifiers.llm_budget import OVER_BUDGET, is_news

router = Router("second_reading")
log = structlog.get_logger(__name__)

_WITHIN = timedelta(minutes=10)
"""Later the rep has read the words himself."""
_LONGEST = 4_000
"""Characters of a message that are sent: a form's box may hold more."""

BELIEVED, NOTHING, FELL_BACK = "believed", "nothing", "fell_back"


@dataclass
class SecondReadings:
    """How the model's readings ended since the process began, for /metrics."""

    outcomes: Counter[str] = field(default_factory=Counter)

    def count(self, outcome: str) -> None:
        """Called once what it counts is committed: an event that is tried again counts once."""
        self.outcomes[outcome] += 1


# -- asking ------------------------------------------------------------------------------------


@router.on(MessageIn)
async def ask_where_unsure(
    fact: MessageIn,
    tx: Transaction,
    settings: Settings,
    reader: Reader,
) -> None:
    await _ask(fact, tx, settings, reader)


@router.on(VoiceHeard)
async def ask_of_a_voice(
    fact: VoiceHeard,
    tx: Transaction,
    settings: Settings,
    reader: Reader,
) -> None:
    await _ask(fact, tx, settings, reader)


async def _ask(
    fact: MessageIn | VoiceHeard,
    tx: Transaction,
    settings: Settings,
    reader: Reader,
) -> None:
    if settings.llm is None:
        return
    of_message = [
        one
        for _, one in tx.recorded
        if isinstance(one, MessageIn | VoiceHeard) and one.message_id == fact.message_id
    ] or [fact]
    if of_message[0] is not fact:
        return  # words about several leads are read once
    message = await tx.get(ChatMessage, fact.message_id)
    text = await tx.open(message.client_id, message.body, purpose="message")
    found = reader.read(text, message.sent_at).found
    in_doubt = sorted(doubts(text, found))
    if not in_doubt:
        return
    await tx.call(
        READ,
        {
            "text": (covered(text, found) if settings.llm.mask else text)[:_LONGEST],
            "said_at": _as_told(message.sent_at.astimezone(settings.zone)),
            "fields": in_doubt,
        },
        platform="llm",
        app="llm",
        lane=reading_lane(message.client_id),
        account="",
        client_id=message.client_id,
        answer_to="second_reading",
        context={
            "client_id": message.client_id,
            "message_id": message.id,
            "lead_ids": list(dict.fromkeys(one.lead_id for one in of_message)),
            "fields": in_doubt,
        },
        expires_in=_WITHIN,
    )


def _as_told(said_at: datetime) -> str:
    """2026-03-10T10:00+08:00 周二"""
    return f"{said_at.isoformat(timespec='minutes')} {weekday(said_at)}"


# -- hearing -----------------------------------------------------------------------------------


@router.answer("second_reading")
async def take_in_what_it_read(
    answer: CallAnswered,
    tx: Transaction,
    reader: Reader,
    links: Links,
    rules: Rules,
    settings: Settings,
    readings: SecondReadings,
) -> None:
    if answer.error_code == OVER_BUDGET:
        tx.after_commit(lambda: readings.count(OVER_BUDGET))
        await _tell_that_it_is_spent(tx, settings, rules)
        return
    message = await tx.find(ChatMessage, answer.context["message_id"])
    if message is None:
        return
    client = await tx.lock_client(message.client_id)
    if client.erased_at is not None:
        return
    tx.came_by(client.id, message.origin_id)
    if answer.answer is None:
        tx.after_commit(lambda: readings.count(FELL_BACK))
        log.info("read_by_the_rules_alone", message=message.id, why=answer.error_code or "late")
        return
    text = await tx.open(message.client_id, message.body, purpose="message")
    reading = reader.read(text, message.sent_at)
    heard = believed(
        _claims(answer),
        text,
        reading.found,
        read=lambda words: reader.read(words, message.sent_at).found,
        said_at=message.sent_at.astimezone(reader.zone),
    )
    both = replace(reading, found=joined(reading.found, heard))
    learned: set[str] = set()
    for lead_id in answer.context["lead_ids"]:
        learned |= await _learn(tx, lead_id, both, message, links, rules)
    tx.after_commit(lambda: readings.count(BELIEVED if learned else NOTHING))
    log.info(
        "read_by_the_model",
        message=message.id,
        claimed=len(_claims(answer)),
        learned=sorted(learned),
    )


async def _tell_that_it_is_spent(tx: Transaction, settings: Settings, rules: Rules) -> None:
    """The administrators hear of it once a day."""
    if settings.llm is not None and await is_news(tx, settings.zone):
        most = settings.llm.calls_a_day
        words = f"今天已经问了大模型 {most} 次，到了设置 llm.calls_a_day 的上限，到明天零点只用规则"
        await tell_admins(tx, rules, words)


def _claims(answer: CallAnswered) -> list[Claim]:
    """What it says about what it was asked."""
    found: Sequence[Mapping[str, Any]] = (answer.answer or {}).get("found") or ()
    return [
        Claim(
            field=one["field"],
            evidence=one["evidence"],
            value=one["value"],
            low=one["min"],
            high=one["max"],
            unit=one["unit"],
            start=one["start"],
            end=one["end"],
        )
        for one in found
        if one["field"] in answer.context["fields"]
    ]


async def _learn(
    tx: Transaction,
    lead_id: int,
    reading: Reading,
    message: ChatMessage,
    links: Links,
    rules: Rules,
) -> set[str]:
    """The names of the fields that changed."""
    lead = await tx.lock_lead(lead_id)
    if not lead.is_open or lead.client_id != message.client_id:  # two clients again meanwhile
        return set()
    about = About(lead.line, lead.product)
    said = statements(reading, about, said_at=message.sent_at, message_id=message.id)
    known = await Known.of(tx, lead)
    by_model = [one for one in said if one.rule == RULE and _may_be_learned(one, known)]
    changes = await learning.hear(tx, lead, by_model)
    if changes:
        await refresh_cards(tx, lead, links, rules)
    return {change.now.name for change in changes}


def _may_be_learned(said: Statement, known: Known) -> bool:
    """Not what is known since then, nor what a rule was sure of in the same words; nor twice."""
    stands = known.by_slot.get(slots_of(said.name, said.value)[0])
    if stands is None:
        corrected = [one for one in known.of_field(said.name) if one.row.is_correction]
        return all(one.row.last_said_at < said.said_at for one in corrected)
    if stands.row.last_said_at != said.said_at:
        return stands.row.last_said_at < said.said_at
    return stands.is_ambiguous and stands.rule != RULE

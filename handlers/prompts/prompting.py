"""客户提出异议 → 话术: brought to the owner together with the client's words, never to the client.

It travels with the notice of those words (handlers/client_words.py), so that it is no second ping;
where the owner reads them in the conversation itself, it comes alone. Not twice for the same
objection of the same lead within the days that prompts.yaml says. It is a nudge: who muted the
client goes on hearing his words, and is sent no talk track.
"""

from collections.abc import Sequence
from datetime import timedelta

from config.rules import Rules
from config.schemas.prompts import Prompts
from config.schemas.talktracks import OBJECTIONS
from crm_store.models import ChatMessage, Lead, Member
from crm_store.queries import offers
from crm_store.store import Transaction
from handlers.prompts.offering import is_muted, offer
from handlers.prompts.ranking import fitting, ranked
from handlers.reading import Reader
from notifiers.card import Card
from notifiers.cards.talk import MOST_QUOTED, TalkView, prompt_card

_LABELS = {kind: label for label, kind in OBJECTIONS.items()}


async def prompt_for(
    tx: Transaction,
    lead: Lead,
    owner: Member,
    heard: Sequence[tuple[ChatMessage, str]],
    rules: Rules,
    reader: Reader,
    *,
    who: str,
    lines: Sequence[str] = (),
) -> tuple[Card | None, bool]:
    """The card for what the client objects to in these messages (None: nothing to bring), and
    whether it shows the `lines` of the notice as well."""
    topics = _topics(heard, rules.prompts, reader)
    if not topics or await is_muted(tx, owner, lead):
        return None, False
    since = tx.now - timedelta(days=rules.prompts.again_after_days)
    talks: list[TalkView] = []
    said: list[str] = []
    for topic, message_id in topics.items():
        if len(talks) >= rules.prompts.most:
            break
        if await offers.was_prompted(tx, lead.id, topic, since=since):
            continue
        product = lead.product or ""
        tracks = fitting(rules.talktracks, topic, line=lead.line, product=product)
        if not tracks:
            continue
        known = await offers.uses(tx, [track.name for track in tracks])
        best, *others = ranked(tracks, known, line=lead.line, product=product)
        row = await offer(
            tx, best, owner, lead, reason="objection", topic=topic, message_id=message_id
        )
        more = f"话术 {_LABELS[topic]}" if others else ""
        talks.append(TalkView(row.id, best.title, best.lead, more))
        said.append(_LABELS[topic])
    if not talks:
        return None, False
    words = "\n".join(lines)
    folds = bool(lines) and len(words) <= MOST_QUOTED
    title = f"{who}提到{'、'.join(said)}"
    return prompt_card(title, talks, quote=words if folds else ""), folds


def _topics(
    heard: Sequence[tuple[ChatMessage, str]], prompts: Prompts, reader: Reader
) -> dict[str, int]:
    """The objections in these words, each with the message that raised it last."""
    wanted = (
        set(_LABELS)
        if prompts.objections == "all"
        else {OBJECTIONS[label] for label in prompts.objections}
    )
    found: dict[str, int] = {}
    for row, text in heard:
        for entity in reader.read(text, row.sent_at).found.of("objection"):
            if str(entity.value) in wanted:
                found[str(entity.value)] = row.id
    return found

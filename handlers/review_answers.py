"""合并, 不是同一个, 以后再说: what a person says of a pair counts once, whoever else is asked."""

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta

from config.rules import Rules
from config.settings import Settings
from crm_store.errors import CrmError
from crm_store.facts import ReviewDecided
from crm_store.models import Member, ReviewState, SentCard
from crm_store.store import Transaction
from handlers.events import CardPress
from handlers.merging import merge
from handlers.pairs import Pair, his_pair, in_whose_hands, pair_of, what_is_so
from handlers.presses import settle_press, take_press
from handlers.reviewers import Reviewers, reviewers
from handlers.reviewing import close, take_off
from handlers.rights import LEADERS
from handlers.router import Reply, Router

router = Router("review_answers")

_ANSWERS: Mapping[str, ReviewState] = {
    "合并": ReviewState.SAME,
    "是": ReviewState.SAME,
    "是同一个": ReviewState.SAME,
    "不是同一个": ReviewState.DISTINCT,
    "不是": ReviewState.DISTINCT,
    "不合并": ReviewState.DISTINCT,
    "以后再说": ReviewState.LATER,
    "以后": ReviewState.LATER,
}
_BUTTONS = (ReviewState.SAME, ReviewState.DISTINCT, ReviewState.LATER)


@router.button("review")
async def pressed(
    argument: str,
    press: CardPress,
    sender: Member,
    tx: Transaction,
    rules: Rules,
    settings: Settings,
) -> Reply:
    """`review:R12:same`."""
    ref, _, said = argument.partition(":")
    people = await reviewers(tx)
    pair = await his_pair(tx, people, sender, ref)
    if said not in _BUTTONS:
        raise CrmError("这个按钮已经不用了，请回复“待查重”")
    card = await tx.find(SentCard, press.card_key)
    if card is not None and press.action in card.pressed:
        return None  # brought twice, or tapped twice: it was answered before
    title = pair.title
    if not pair.is_waiting:
        so = what_is_so(pair, people.names)
        await settle_press(tx, press, title, so, client_id=pair.one.id)
        return f"「{title}」{so}"
    taken = await take_press(tx, press)
    if isinstance(taken, SentCard):
        taken.settled_at = tx.now  # drawn below, with the press's own code
        tx.add(taken)
    status = await _decide(tx, people, pair, ReviewState(said), sender, rules, settings)
    await settle_press(tx, press, title, status, client_id=pair.one.id)
    return None


@router.command(
    "查重 {pair} {answer}",
    help="回答待查重：查重 R12 合并（或 不是同一个、以后再说）",
    roles=LEADERS,
)
async def answered(
    pair: str, answer: str, sender: Member, tx: Transaction, rules: Rules, settings: Settings
) -> Reply:
    people = await reviewers(tx)
    found = await his_pair(tx, people, sender, pair)
    state = _ANSWERS.get(answer)
    if state is None:
        raise CrmError("请回答 合并、不是同一个 或 以后再说")
    title = found.title
    if not found.is_waiting:
        return f"「{title}」{what_is_so(found, people.names)}"
    status = await _decide(tx, people, found, state, sender, rules, settings)
    return f"「{title}」{status}"


async def _decide(
    tx: Transaction,
    people: Reviewers,
    pair: Pair,
    state: ReviewState,
    sender: Member,
    rules: Rules,
    settings: Settings,
) -> str:
    """Does as he says; what the cards say from now on."""
    await tx.record(
        ReviewDecided(
            at=tx.now,
            client_id=pair.one.id,
            by=sender.id,
            review_id=pair.review.id,
            other_id=pair.other.id,
            outcome=state.value,
        )
    )
    if state == ReviewState.LATER:
        return await _put_off(tx, people, pair, rules, settings)
    if state == ReviewState.SAME:
        older, newer = sorted((pair.one, pair.other), key=lambda client: client.id)
        await merge(tx, older, newer, pair.verdict, by=sender.id)
        pair = await pair_of(tx, pair.review)
    await close(tx, people, pair, state, by=sender.id)
    if state == ReviewState.DISTINCT:
        return "已记住：不是同一个"
    owner = await in_whose_hands(tx, pair.one, people.names)
    return f"已合并，由{owner}负责" if owner else "已合并"


async def _put_off(
    tx: Transaction, people: Reviewers, pair: Pair, rules: Rules, settings: Settings
) -> str:
    days = rules.identity.review_again_days
    day = tx.now.astimezone(settings.zone).date() + timedelta(days=days)
    pair.review.state = ReviewState.LATER
    pair.review.asked_again_at = datetime.combine(day, time(), settings.zone).astimezone(UTC)
    tx.add(pair.review)
    status = f"以后再说，{day:%m-%d} 起再问"
    await take_off(tx, people, pair, status)
    return status

"""待查重: whoever leads is asked about the pairs with most at stake, a few a day.

On working mornings the best come, what is urgent at once; never more than the day's number, so
that it takes minutes. 「待查重」 shows the asker's queue and its first pair.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from config.calendar import WorkingCalendar
from config.rules import Rules
from config.settings import Settings
from crm_store.facts import ReviewOpened
from crm_store.models import Member, Review, ReviewState
from crm_store.queries import reviews
from crm_store.queries.reviews import Waiting
from crm_store.store import Transaction
from handlers.events import MemberMessage, SlotDue
from handlers.hours import in_working_time
from handlers.pairs import Pair, open_leads, pair_of, pair_view
from handlers.reviewers import Reviewers, reviewers
from handlers.rights import LEADERS
from handlers.router import Reply, Router
from handlers.stakes import Stake, stake_of
from notifiers.cards.review import QueueLine, queue_text, review_card

router = Router("review_queue")

_LISTED = 10
_ANSWER_WITHIN = timedelta(days=7)
"""A pair that nobody answered for so long is asked about again."""
_SHORTLIST = 3
"""So many times the day's number are weighed anew each morning: stakes change."""


@dataclass
class Room:
    """How many pairs each may still be shown today."""

    a_day: int
    taken: Counter[str]

    def of(self, member_id: str) -> int:
        return max(0, self.a_day - self.taken[member_id])


async def room_today(tx: Transaction, a_day: int, settings: Settings) -> Room:
    today = tx.now.astimezone(settings.zone).date()
    since = datetime.combine(today, time(), settings.zone).astimezone(UTC)
    return Room(a_day, Counter(await reviews.asked_since(tx, since)))


@router.on(ReviewOpened)
async def ask_at_once(
    fact: ReviewOpened,
    tx: Transaction,
    rules: Rules,
    settings: Settings,
    calendar: WorkingCalendar,
) -> None:
    """Weighed again now that the record has its lead; what is urgent does not wait for morning."""
    review = await tx.get(Review, fact.review_id)
    pair = await pair_of(tx, review)
    if not pair.is_waiting or review.asked_at is not None:
        return
    stake = await _weigh(tx, pair)
    if stake.points < rules.identity.review_urgent:
        return
    owners = await reviews.owners(tx, pair.one.id, pair.other.id)
    reviewer = (await reviewers(tx)).of(owners)
    room = await room_today(tx, rules.identity.reviews_a_day, settings)
    if reviewer is not None and room.of(reviewer.id):
        await show(tx, pair, reviewer, due_at=in_working_time(reviewer, tx.now, calendar))


@router.schedule("0 9 * * *")
async def ask_in_the_morning(
    slot: SlotDue, tx: Transaction, rules: Rules, settings: Settings, calendar: WorkingCalendar
) -> None:
    if not calendar.is_working_day(calendar.local_date(slot.slot)):
        return
    people = await reviewers(tx)
    room = await room_today(tx, rules.identity.reviews_a_day, settings)
    for reviewer, due in await _due(tx, people, room):
        for pair in await _best(tx, due, room.of(reviewer.id)):
            await show(tx, pair, reviewer, due_at=in_working_time(reviewer, tx.now, calendar))


async def _due(
    tx: Transaction, people: Reviewers, room: Room
) -> list[tuple[Member, list[Waiting]]]:
    """For each who is to be asked, what he may be asked about now. What he has before him still
    counts as asked today."""
    due: dict[str, list[Waiting]] = {}
    before: Counter[str] = Counter()
    async for waiting in reviews.queue(tx):
        asked = people.people.get(waiting.asked_of or "")
        if asked is not None and _is_before_him(waiting, tx.now):
            if people.may_decide(asked, waiting.owners):
                before[asked.id] += 1
                continue
        elif waiting.asked_again_at is not None and waiting.asked_again_at > tx.now:
            continue
        reviewer = people.of(waiting.owners)
        if reviewer is not None:
            due.setdefault(reviewer.id, []).append(waiting)
    room.taken |= before
    return [(people.people[member_id], pairs) for member_id, pairs in due.items()]


def _is_before_him(waiting: Waiting, now: datetime) -> bool:
    return (
        waiting.state == ReviewState.OPEN
        and waiting.asked_at is not None
        and now - waiting.asked_at < _ANSWER_WITHIN
    )


async def _best(tx: Transaction, due: Sequence[Waiting], most: int) -> list[Pair]:
    """The pairs with most at stake as things are now; what was put off comes last."""
    weighed = []
    for waiting in due[: _SHORTLIST * most]:
        pair = await pair_of(tx, await tx.get(Review, waiting.id))
        stake = await _weigh(tx, pair)
        was_put_off = waiting.state == ReviewState.LATER
        weighed.append(((was_put_off, -stake.points, waiting.id), pair))
    return [pair for _, pair in sorted(weighed, key=lambda row: row[0])[:most]]


async def _weigh(tx: Transaction, pair: Pair) -> Stake:
    stake = stake_of(await open_leads(tx, pair.one.id, pair.other.id), tx.now)
    pair.review.stake = stake.points
    tx.add(pair.review)
    return stake


async def show(
    tx: Transaction,
    pair: Pair,
    reviewer: Member,
    *,
    due_at: datetime | None = None,
    on: str | None = None,
) -> None:
    """Sends him the pair's card; that he read of other people's clients is in the audit log."""
    view = await pair_view(tx, pair, reviewer)
    for client in (pair.one, pair.other):
        tx.audit(reviewer.id, "review", client_id=client.id)
    await tx.notify(
        reviewer,
        review_card(view),
        purpose=reviews.purpose_of(pair.review.id),
        client_id=pair.one.id,
        due_at=due_at,
        on=on,
    )
    pair.review.state = ReviewState.OPEN
    pair.review.asked_at, pair.review.asked_of = tx.now, reviewer.id
    pair.review.asked_again_at = None
    tx.add(pair.review)


@router.command(
    "待查重",
    "查重",
    "待查重列表",
    help="可能是同一个客户的，请您看一眼",
    roles=LEADERS,
)
async def my_queue(sender: Member, message: MemberMessage, tx: Transaction) -> Reply:
    people = await reviewers(tx)
    mine = [
        waiting async for waiting in reviews.queue(tx) if people.may_decide(sender, waiting.owners)
    ]
    if not mine:
        return queue_text((), 0)
    pairs = [await pair_of(tx, await tx.get(Review, waiting.id)) for waiting in mine[:_LISTED]]
    lines = [
        QueueLine(pair.review.ref, pair.title, pair.review.score, (await _weigh(tx, pair)).words)
        for pair in pairs
    ]
    await tx.notify(sender, queue_text(lines, len(mine)), purpose="reply", on=message.platform)
    await show(tx, pairs[0], sender, on=message.platform)
    return None

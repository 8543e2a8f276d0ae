"""Questions about pairs that a person should look at."""

from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from sqlalchemy import and_, func, or_
from sqlalchemy import select as columns
from sqlmodel import col, select

from crm_store.models import CLOSED, Client, Lead, Review, ReviewState, SentCard
from crm_store.view import View

WAITING = (ReviewState.OPEN, ReviewState.LATER)
NOBODY = None
"""Stands among a pair's owners for a client whom nobody has."""
_PAGE = 1000
_CLOSED = {state.value for state in CLOSED}


@dataclass(frozen=True, slots=True)
class Waiting:
    """A pair of the queue, as far as it takes to say whose decision it is. A house may have
    thousands of them, which is too many for whole records."""

    id: int
    one_id: int
    other_id: int
    """Who the two numbers stand for now, in the order of the review."""
    state: str
    stake: int
    asked_at: datetime | None
    asked_of: str | None
    asked_again_at: datetime | None
    owners: frozenset[str | None]

    @property
    def pair(self) -> frozenset[int]:
        return frozenset((self.one_id, self.other_id))


async def waiting_about(view: View, numbers: Sequence[int]) -> Sequence[Review]:
    """The undecided ones in which any of these numbers stands, oldest first."""
    query = select(Review).where(
        or_(col(Review.a_id).in_(numbers), col(Review.b_id).in_(numbers)),
        col(Review.state).in_(WAITING),
    )
    return (await view.session.exec(query.order_by(col(Review.id)))).all()


async def of_both(view: View, ones: Sequence[int], others: Sequence[int]) -> Sequence[Review]:
    """Whatever was asked of one client's numbers and the other's, oldest first."""
    query = select(Review).where(
        or_(
            and_(col(Review.a_id).in_(ones), col(Review.b_id).in_(others)),
            and_(col(Review.a_id).in_(others), col(Review.b_id).in_(ones)),
        )
    )
    return (await view.session.exec(query.order_by(col(Review.id)))).all()


async def queue(view: View) -> AsyncIterator[Waiting]:
    """Everything undecided, what was put off last, else by stake; a pair of clients once.

    Pairs of which one is gone, or that are one client by now, are left out.
    """
    met: set[frozenset[int]] = set()
    query = (
        columns(
            col(Review.id),
            col(Review.a_id),
            col(Review.b_id),
            col(Review.state),
            col(Review.stake),
            col(Review.asked_at),
            col(Review.asked_of),
            col(Review.asked_again_at),
        )
        .where(col(Review.state).in_(WAITING))
        .order_by(
            col(Review.state) == ReviewState.LATER.value,
            col(Review.stake).desc(),
            col(Review.id),
        )
    )
    rows = iter((await view.session.execute(query)).all())
    while page := list(islice(rows, _PAGE)):
        alive = await _live(view, {number for row in page for number in (row.a_id, row.b_id)})
        owned = await _owners(view, set(alive.values()))
        for row in page:
            if row.a_id not in alive or row.b_id not in alive:
                continue
            one_id, other_id = alive[row.a_id], alive[row.b_id]
            pair = frozenset((one_id, other_id))
            if one_id == other_id or pair in met:
                continue
            met.add(pair)
            yield Waiting(
                id=row.id,
                one_id=one_id,
                other_id=other_id,
                state=row.state,
                stake=row.stake,
                asked_at=row.asked_at,
                asked_of=row.asked_of,
                asked_again_at=row.asked_again_at,
                owners=owned[one_id] | owned[other_id],
            )


async def owners(view: View, *client_ids: int) -> frozenset[str | None]:
    """Whose the clients are: the owners of their open leads, else of their last; NOBODY where one
    has none."""
    found = await _owners(view, set(client_ids))
    return frozenset().union(*found.values())


async def asked_since(view: View, since: datetime) -> dict[str, int]:
    """How many pairs each member was asked about since then."""
    query = (
        columns(col(Review.asked_of), func.count())
        .where(col(Review.asked_at) >= since, col(Review.asked_of).is_not(None))
        .group_by(col(Review.asked_of))
    )
    return dict((await view.session.execute(query)).all())


def purpose_of(review_id: int) -> str:
    """The purpose under which a pair's cards are sent."""
    return f"review:{review_id}"


async def live_cards(view: View, review_id: int, member_ids: Collection[str]) -> Sequence[SentCard]:
    """The pair's cards on these members' screens that still have their buttons."""
    query = select(SentCard).where(
        col(SentCard.lead_id).is_(None),
        col(SentCard.member_id).in_(member_ids),
        SentCard.purpose == purpose_of(review_id),
        col(SentCard.settled_at).is_(None),
    )
    return (await view.session.exec(query)).all()


async def _live(view: View, numbers: Iterable[int]) -> dict[int, int]:
    """Whom each number stands for now; those of erased clients are left out."""
    into: dict[int, int | None] = {}
    unread = set(numbers)
    while unread:
        query = columns(col(Client.id), col(Client.merged_into_id)).where(
            col(Client.id).in_(unread), col(Client.erased_at).is_(None)
        )
        found = dict((await view.session.execute(query)).all())
        into |= found
        unread = {number for number in found.values() if number is not None} - set(into)
    alive: dict[int, int] = {}
    for number in into:
        last: int | None = number
        while last is not None and into.get(last) is not None:
            last = into[last]
        if last in into:
            alive[number] = last
    return alive


async def _owners(view: View, client_ids: set[int]) -> dict[int, frozenset[str | None]]:
    query = (
        columns(col(Lead.client_id), col(Lead.owner_id), col(Lead.state))
        .where(col(Lead.client_id).in_(client_ids), col(Lead.folded_into_id).is_(None))
        .order_by(col(Lead.opened_at), col(Lead.id))
    )
    still_open: dict[int, set[str | None]] = defaultdict(set)
    last: dict[int, str | None] = {}
    for client_id, owner_id, state in (await view.session.execute(query)).all():
        last[client_id] = owner_id
        if state not in _CLOSED:
            still_open[client_id].add(owner_id)
    return {
        client_id: frozenset(still_open.get(client_id) or {last.get(client_id, NOBODY)})
        for client_id in client_ids
    }

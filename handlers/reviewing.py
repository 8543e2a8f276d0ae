"""待查重: a pair that a rule cannot decide goes into the queue, and leaves it when it is decided,
or when there is nothing left to decide (#13)."""

from collections.abc import Sequence
from dataclasses import replace

from crm_store.facts import ClientsMerged, ClientsUnmerged, ReviewOpened
from crm_store.identity.verdict import Effect, Verdict
from crm_store.models import Client, Merge, Review, ReviewState
from crm_store.queries import aliases, reviews
from crm_store.store import Transaction
from handlers.pairs import Pair, open_leads, pair_of, what_is_so
from handlers.reviewers import Reviewers, reviewers
from handlers.router import Router
from handlers.stakes import stake_of
from notifiers.cards.review import settled_review_card

router = Router("reviewing")


async def ask(tx: Transaction, one: Client, other: Client, verdict: Verdict) -> None:
    """A person should look at these two, who are held. Once he has said that they are not one,
    nobody is asked again, whatever numbers they come by."""
    asked = await reviews.of_both(
        tx,
        await aliases.numbers_of(tx.session, one.id),
        await aliases.numbers_of(tx.session, other.id),
    )
    if any(review.state == ReviewState.DISTINCT for review in asked):
        return
    review = next((r for r in asked if r.state in reviews.WAITING), None)
    if review is not None:
        if verdict.score > review.score:
            _rest_on(review, verdict)
            tx.add(review)
        return
    review = next((r for r in asked if {r.a_id, r.b_id} == {one.id, other.id}), None)
    if review is None:
        a_id, b_id = sorted((one.id, other.id))
        review = Review(a_id=a_id, b_id=b_id, outcome="", score=0, created_at=tx.now)
    review.state = ReviewState.OPEN
    review.asked_at = review.asked_of = review.asked_again_at = None
    review.decided_at = review.decided_by = None
    _rest_on(review, verdict)
    review.stake = stake_of(await open_leads(tx, one.id, other.id), tx.now).points
    tx.add(review)
    await tx.flush()
    await tx.record(
        ReviewOpened(
            at=tx.now,
            client_id=one.id,
            why={"score": review.score, "evidence": review.evidence},
            review_id=review.id,
            other_id=other.id,
        )
    )


def _rest_on(review: Review, verdict: Verdict) -> None:
    review.outcome, review.score = verdict.outcome.value, verdict.score
    review.evidence = [item.as_json() for item in verdict.evidence]


async def are_distinct(tx: Transaction, one: Client, other: Client) -> bool:
    """Whether a person said that they are not one, by whatever numbers of theirs."""
    asked = await _asked(tx, one, other)
    return any(review.state == ReviewState.DISTINCT for review in asked)


async def is_for_a_person(tx: Transaction, one: Client, other: Client, verdict: Verdict) -> bool:
    """Whether a person is being asked about the two, and the verdict rests on nothing that agrees
    but what he was shown: a record that says less than both would else settle their doubt."""
    agreeing = {item.field for item in verdict.evidence if item.effect is Effect.AGREES}
    return any(
        agreeing <= {item["field"] for item in review.evidence if item["effect"] == Effect.AGREES}
        for review in await _asked(tx, one, other)
        if review.state in reviews.WAITING
    )


async def _asked(tx: Transaction, one: Client, other: Client) -> Sequence[Review]:
    return await reviews.of_both(
        tx,
        await aliases.numbers_of(tx.session, one.id),
        await aliases.numbers_of(tx.session, other.id),
    )


async def close(
    tx: Transaction, people: Reviewers, pair: Pair, state: ReviewState, *, by: str | None
) -> None:
    """The pair is decided; whatever else was asked of the same two clients with it."""
    numbers = [await aliases.numbers_of(tx.session, one.id) for one in (pair.one, pair.other)]
    same_question = {
        review.id: review
        for review in await reviews.of_both(tx, *numbers)
        if review.state in reviews.WAITING
    }
    for review in (same_question | {pair.review.id: pair.review}).values():
        review.state = state
        review.decided_at, review.decided_by = tx.now, by
        tx.add(review)
        decided = replace(pair, review=review)
        await take_off(tx, people, decided, what_is_so(decided, people.names))


async def take_off(tx: Transaction, people: Reviewers, pair: Pair, status: str) -> None:
    """The buttons of the pair's cards go, on whosever screen they are."""
    await tx.flush()
    for card in await reviews.live_cards(tx, pair.review.id, people.in_charge):
        settled = settled_review_card(pair.title, status)
        await tx.redraw(card, settled, settles=True, client_id=pair.one.id)


@router.on(ClientsMerged)
async def nothing_left_to_ask(fact: ClientsMerged, tx: Transaction) -> None:
    """What was one question each of several numbers is answered by their merging."""
    if fact.client_id is not None:
        await _drop(tx, fact.client_id)


@router.on(ClientsUnmerged)
async def remember_apart(fact: ClientsUnmerged, tx: Transaction) -> None:
    """Who takes a merge back says that they are not one: no rule merges them again, and whatever
    was asked of the two is answered. Both clients' histories tell of it; once is enough."""
    merge = await tx.get(Merge, fact.merge_id)
    if fact.client_id != merge.merged_id:
        return
    people = await reviewers(tx)
    kept = await aliases.live(tx, merge.kept_id)
    # The number that was kept may leave him some day, and is somebody else all the same.
    for number in sorted({kept.id, merge.kept_id}):
        review = await _about(tx, number, merge)
        await close(tx, people, await pair_of(tx, review), ReviewState.DISTINCT, by=fact.by)


async def _about(tx: Transaction, number: int, merge: Merge) -> Review:
    """What was or is asked of these very numbers: the merge's, and one of who was kept."""
    a_id, b_id = sorted((number, merge.merged_id))
    asked = await reviews.of_both(tx, [a_id], [b_id])
    if asked:
        return asked[0]
    review = Review(
        a_id=a_id,
        b_id=b_id,
        outcome="review",
        score=merge.score,
        evidence=merge.evidence,
        created_at=tx.now,
    )
    tx.add(review)
    await tx.flush()
    return review


async def forget_pairs(tx: Transaction, client: Client) -> None:
    """An erased client is nobody's double; his name leaves the reviewers' screens."""
    await _drop(tx, client.id)


async def _drop(tx: Transaction, client_id: int) -> None:
    """Takes the questions about the client's numbers out of which nothing is left to decide."""
    numbers = await aliases.numbers_of(tx.session, client_id)
    people: Reviewers | None = None
    for review in await reviews.waiting_about(tx, numbers):
        pair = await pair_of(tx, review)
        if pair.is_waiting:
            continue
        people = people or await reviewers(tx)
        review.state, review.decided_at = ReviewState.GONE, tx.now
        tx.add(review)
        await take_off(tx, people, pair, what_is_so(pair, {}))

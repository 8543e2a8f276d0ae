"""A pair of clients as a reviewer is shown it, and held while he decides."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlmodel import col, select

from crm_store.errors import CrmError
from crm_store.identity.verdict import Effect, Evidence, Outcome, Verdict
from crm_store.models import Client, Identity, IdentityKind, Lead, Member, Review, ReviewState
from crm_store.queries import aliases, leads, members, merges, reviews
from crm_store.store import Transaction
from crm_store.view import GONE, View
from handlers.fields import local_phone
from handlers.reviewers import Reviewers
from notifiers.cards.review import LeadLine, PairView, SideView

_REF = re.compile(r"R?([0-9]{1,15})", re.IGNORECASE)
_MOST_PHONES = 2


class NoSuchPair(CrmError):
    """Not there, or not his to decide: nobody learns which."""

    def __init__(self, ref: str) -> None:
        super().__init__(f"没有找到您可以决定的待查重“{ref}”")


@dataclass(frozen=True)
class Pair:
    """A review, and whom its two numbers stand for now."""

    review: Review
    one: Client
    other: Client
    numbers: tuple[Client, Client]
    """What they were when the question came up."""

    @property
    def title(self) -> str:
        if self.is_erased:
            return "客户资料已删除"
        one, other = self.numbers if self.is_one else (self.one, self.other)
        return f"{one.display} / {other.display}"

    @property
    def is_waiting(self) -> bool:
        return self.review.state in reviews.WAITING and not self.is_erased and not self.is_one

    @property
    def is_erased(self) -> bool:
        return self.one.erased_at is not None or self.other.erased_at is not None

    @property
    def is_one(self) -> bool:
        return self.one.id == self.other.id

    @property
    def verdict(self) -> Verdict:
        return Verdict(
            Outcome(self.review.outcome), self.review.score, evidence_of(self.review.evidence)
        )


def evidence_of(stored: list[dict[str, object]]) -> tuple[Evidence, ...]:
    """As it is kept in reviews and merges."""
    return tuple(
        Evidence(str(item["field"]), Effect(str(item["effect"])), int(str(item["points"])))
        for item in stored
    )


async def pair_of(view: View, review: Review) -> Pair:
    return Pair(
        review,
        await aliases.live(view, review.a_id),
        await aliases.live(view, review.b_id),
        (await view.get(Client, review.a_id), await view.get(Client, review.b_id)),
    )


async def hold(tx: Transaction, ref: str) -> Pair | None:
    """The pair as it is now, held: the clients first and in order, then the review."""
    number = _REF.fullmatch(ref.strip())
    review = await tx.find(Review, int(number[1])) if number else None
    if review is None:
        return None
    held: set[int] = set()
    while True:
        pair = await pair_of(tx, review)
        wanted = {pair.one.id, pair.other.id} - held
        if not wanted:
            break  # nobody merged them while we waited
        for client_id in sorted(wanted):
            await tx.lock(Client, client_id)
        held |= wanted
    return replace(pair, review=await tx.lock(Review, review.id))


async def his_pair(tx: Transaction, people: Reviewers, sender: Member, ref: str) -> Pair:
    """The pair, held, for somebody who may decide about it. Raises NoSuchPair."""
    pair = await hold(tx, ref)
    if pair is None or not people.may_decide(
        sender, await reviews.owners(tx, pair.one.id, pair.other.id)
    ):
        raise NoSuchPair(ref)
    return pair


async def pair_view(view: View, pair: Pair, reader: Member) -> PairView:
    names = await members.names(view)
    return PairView(
        ref=pair.review.ref,
        one=await _side(view, pair.one, reader, names),
        other=await _side(view, pair.other, reader, names),
        score=pair.review.score,
        evidence=pair.verdict.evidence,
        is_family=pair.review.outcome == Outcome.FAMILY,
    )


async def _side(view: View, client: Client, reader: Member, names: Mapping[str, str]) -> SideView:
    open_leads = await leads.open_of_client(view, client.id)
    return SideView(
        ref=client.ref,
        name=client.name,
        company=client.company,
        city=client.region or next((lead.region for lead in open_leads if lead.region), ""),
        phones=await _phones(view, client),
        is_readers=reader.id in {lead.owner_id for lead in open_leads},
        source=await merges.source_of(view, client.id, client.id),
        since=client.created_at,
        leads=tuple(
            LeadLine(lead.product or lead.line, names.get(lead.owner_id or "", ""))
            for lead in open_leads
        ),
    )


async def _phones(view: View, client: Client) -> tuple[str, ...]:
    query = (
        select(Identity)
        .where(Identity.client_id == client.id, Identity.kind == IdentityKind.PHONE)
        .order_by(col(Identity.id))
        .limit(_MOST_PHONES)
    )
    rows = (await view.session.exec(query)).all()
    opened = [await view.open(client.id, row.value, purpose="identity") for row in rows]
    return tuple(local_phone(phone) for phone in opened if phone != GONE)


async def open_leads(view: View, *client_ids: int) -> list[Lead]:
    return [
        lead for client_id in client_ids for lead in await leads.open_of_client(view, client_id)
    ]


async def in_whose_hands(view: View, client: Client, names: Mapping[str, str]) -> str:
    """The owners of the client's open leads: 李娜、王磊; empty where he is nobody's."""
    found = [lead.owner_id or "" for lead in await leads.open_of_client(view, client.id)]
    return "、".join(dict.fromkeys(names[owner] for owner in found if owner in names))


def what_is_so(pair: Pair, names: Mapping[str, str]) -> str:
    """Why there is nothing left to decide."""
    review = pair.review
    by = names.get(review.decided_by or "", "")
    if pair.is_erased:
        return "有一方的资料已按客户要求删除，不用再查"
    if review.state == ReviewState.SAME and pair.is_one:
        return f"已由{by}合并" if by else "已经合并"
    if review.state == ReviewState.DISTINCT:
        return f"{by}已确认不是同一个" if by else "已确认不是同一个"
    if pair.is_one:
        return "已按别的依据合并成一个客户"
    return "已经处理过了"

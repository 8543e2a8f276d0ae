"""线索: a client's wish that somebody must look after.

Owner, state, first view, first touch and last follow-up change only where a fact is recorded:
`Lead.apply` is the one place, and replaying the timeline through it gives the same columns.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel, col

from crm_store import facts
from crm_store.models import ladder
from crm_store.types import BigId, Json, Moment


class LeadState(StrEnum):
    NEW = "new"
    ASSIGNED = "assigned"
    VIEWED = "viewed"
    CONTACTED = "contacted"
    FOLLOWING = "following"
    POOLED = "pooled"
    WON = "won"
    LOST = "lost"
    INVALID = "invalid"
    FOLDED = "folded"
    """Another lead of the same client goes on in its place."""

    @property
    def label(self) -> str:
        return _LABELS[self]

    @property
    def is_closed(self) -> bool:
        return self in CLOSED


CLOSED = frozenset({LeadState.WON, LeadState.LOST, LeadState.INVALID, LeadState.FOLDED})
TOUCHED = frozenset({LeadState.CONTACTED, LeadState.FOLLOWING})
_LABELS = {
    LeadState.NEW: "新线索",
    LeadState.ASSIGNED: "已分配",
    LeadState.VIEWED: "已查看",
    LeadState.CONTACTED: "已联系",
    LeadState.FOLLOWING: "跟进中",
    LeadState.POOLED: "公海",
    LeadState.WON: "赢单",
    LeadState.LOST: "输单",
    LeadState.INVALID: "无效",
    LeadState.FOLDED: "已合并",
}
_IS_OPEN = text("state NOT IN ('won', 'lost', 'invalid', 'folded')")
_IS_POOLED = text("state = 'pooled'")
_IS_WON = text("state = 'won'")


AWAY = "away"
"""The reason of an assignment because the owner went on leave: nobody failed to look, so it is
none of the automatic reassignments that are counted."""


class Priority(StrEnum):
    HIGH = "high"
    NORMAL = "normal"


class Lead(SQLModel, table=True):
    __tablename__ = "leads"
    __table_args__ = (
        Index(
            "one_open_lead_a_client_and_line",
            "client_id",
            "line",
            unique=True,
            sqlite_where=_IS_OPEN,
            postgresql_where=_IS_OPEN,
        ),
        Index(
            "open_leads_of_an_owner",
            "owner_id",
            sqlite_where=_IS_OPEN,
            postgresql_where=_IS_OPEN,
        ),
        Index("leads_of_an_owner", "owner_id"),
        Index("pooled_leads", "pooled_at", sqlite_where=_IS_POOLED, postgresql_where=_IS_POOLED),
        Index("won_leads", "closed_at", sqlite_where=_IS_WON, postgresql_where=_IS_WON),
    )

    id: int = Field(default=None, primary_key=True, sa_type=BigId)
    client_id: int = Field(sa_type=BigId, foreign_key="clients.id", index=True)
    origin_id: int | None = Field(default=None, sa_type=BigId)
    """The alias by which it came; None: the client's own number."""
    line: str = Field(default="", max_length=64)
    """The product line; empty until a product is known."""
    product: str | None = Field(default=None, max_length=128)
    source: str = Field(max_length=64)
    """Where it came from: 微信客服, the intake source's name, 录入."""
    region: str = Field(default="", max_length=64)
    priority: str = Field(default=Priority.NORMAL, max_length=8)
    tags: list[str] = Field(default_factory=list, sa_type=Json)
    budget: int | None = Field(default=None, sa_type=BigId)
    """The greatest amount spoken of, in whole CNY."""
    deadline_at: datetime | None = Field(default=None, sa_type=Moment)
    """The end of the nearest time the client named."""
    opened_at: datetime = Field(sa_type=Moment)

    state: str = Field(default=LeadState.NEW, max_length=16)
    owner_id: str | None = Field(default=None, max_length=64)
    assigned_at: datetime | None = Field(default=None, sa_type=Moment)
    viewed_at: datetime | None = Field(default=None, sa_type=Moment)
    first_touched_at: datetime | None = Field(default=None, sa_type=Moment)
    last_followed_up_at: datetime | None = Field(default=None, sa_type=Moment)
    closed_at: datetime | None = Field(default=None, sa_type=Moment)
    pooled_at: datetime | None = Field(default=None, sa_type=Moment)
    """When it last came to the public pool."""
    folded_into_id: int | None = Field(default=None, sa_type=BigId, index=True)
    """The lead that goes on in its place."""
    automatic_reassignments: int = 0
    tried: list[str] = Field(default_factory=list, sa_type=Json)
    """Everybody who owned it so far, in order."""

    next_contact_at: datetime | None = Field(default=None, sa_type=Moment)
    """下次联系: when to talk to the client next, as he or the owner said."""
    result: str | None = Field(default=None, max_length=32)
    """What came of its present owner's follow-up, in the words of results.yaml; None until he
    says."""
    ladder: dict[str, Any] | None = Field(default=None, sa_type=Json)
    """Which rungs acted and from when they count: models/ladder.py."""

    last_client_at: datetime | None = Field(default=None, sa_type=Moment)
    """The client's last words."""
    last_answer_at: datetime | None = Field(default=None, sa_type=Moment)
    """A colleague's last words to the client, or follow-up."""
    told_up_to: int = Field(default=0, sa_type=BigId)
    """The id of the client's last message that the owner was told of."""
    carded: bool = False
    """Whether the owner's card has gone out (it waits for the client's name)."""

    @property
    def ref(self) -> str:
        return f"L{self.id}"

    @property
    def is_open(self) -> bool:
        return not LeadState(self.state).is_closed

    @property
    def is_unanswered(self) -> bool:
        """The client spoke last."""
        if self.last_client_at is None:
            return False
        return self.last_answer_at is None or self.last_answer_at < self.last_client_at

    def apply(self, fact: "facts.Fact") -> None:
        """Changes the columns as the fact says; unknown facts change nothing."""
        match fact:
            case facts.LeadAssigned():
                self.state = LeadState.ASSIGNED
                self.owner_id = fact.owner_id
                self.assigned_at = fact.at
                self.viewed_at = self.result = None
                self.tried = [*self.tried, fact.owner_id]
                self.automatic_reassignments += int(
                    fact.automatic and fact.previous_id is not None and fact.reason != AWAY
                )
                self.ladder = ladder.given(fact)
            case facts.LeadViewed():
                self.viewed_at = self.viewed_at or fact.at
                if self.state == LeadState.ASSIGNED:
                    self.state = LeadState.VIEWED
            case facts.FollowedUp():
                self._touched(fact.at)
            case facts.FollowUpWithdrawn():
                self._stand_again(fact.stands)
            case facts.MessageOut():
                self.last_answer_at = _latest(self.last_answer_at, fact.at)
                if fact.by is not None and fact.by == self.owner_id:
                    self._touched(fact.at)
            case facts.MessageIn():
                self.last_client_at = _latest(self.last_client_at, fact.sent_at)
            case facts.LeadPooled():
                self.state = LeadState.POOLED
                self.owner_id = None
                self.pooled_at = fact.at
            case facts.LeadClosed() | facts.LeadFolded() | facts.LeadUnfolded():
                self._ended(fact)
            case facts.NextContactSet() | facts.ResultGiven():
                self._arranged(fact)
            case _:
                self.ladder = ladder.noted(self.ladder, fact)

    def _touched(self, at: datetime) -> None:
        self.viewed_at = self.viewed_at or at
        self.first_touched_at = self.first_touched_at or at
        self.last_followed_up_at = _latest(self.last_followed_up_at, at)
        self.last_answer_at = _latest(self.last_answer_at, at)
        self.ladder = ladder.touched(self.ladder, at)
        if self.state in TOUCHED:
            self.state = LeadState.FOLLOWING
        elif self.is_open and self.state != LeadState.POOLED:
            self.state = LeadState.CONTACTED

    def _ended(self, fact: "facts.LeadClosed | facts.LeadFolded | facts.LeadUnfolded") -> None:
        match fact:
            case facts.LeadClosed():
                self.state = LeadState(fact.outcome)
                self.closed_at = fact.at
            case facts.LeadFolded():
                self.state = LeadState.FOLDED
                self.closed_at = fact.at
                self.folded_into_id = fact.into_id
            case facts.LeadUnfolded():
                self.state = LeadState(fact.state)
                self.closed_at = self.folded_into_id = None
                self.ladder = ladder.noted(self.ladder, fact)

    def _arranged(self, fact: "facts.NextContactSet | facts.ResultGiven") -> None:
        match fact:
            case facts.NextContactSet():
                self.next_contact_at = fact.next_at
            case facts.ResultGiven():
                self.result = fact.result

    def _stand_again(self, columns: Mapping[str, Any]) -> None:
        """As they are written in a fact, moments as text."""
        for name, value in columns.items():
            is_time = name.endswith("_at") and value is not None
            setattr(self, name, datetime.fromisoformat(value) if is_time else value)

    def columns_by_fact(self) -> dict[str, Any]:
        """What only facts may change, for comparing with a replay of the timeline."""
        return {name: getattr(self, name) for name in _BY_FACT}


IS_OPEN = col(Lead.state).not_in([state.value for state in CLOSED])
"""For a query: the leads that somebody still has to look after."""

_BY_FACT = (
    "state",
    "owner_id",
    "assigned_at",
    "viewed_at",
    "first_touched_at",
    "last_followed_up_at",
    "closed_at",
    "pooled_at",
    "folded_into_id",
    "automatic_reassignments",
    "tried",
    "last_client_at",
    "last_answer_at",
    "next_contact_at",
    "result",
    "ladder",
)


def _latest(known: datetime | None, new: datetime) -> datetime:
    return new if known is None else max(known, new)

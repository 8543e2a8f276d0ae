"""What can be recorded on the timeline: business facts, in the past tense.

A fact's own fields are stored in clear beside its kind, so nothing personal may be among them;
`words` (a note, a quote) is sealed with the client's key. `why` holds the rule and the inputs
that decided, where something was decided.
"""

from datetime import datetime
from typing import Any, ClassVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field


class Fact(BaseModel):
    """Something that is so since `at`. `by` is the member who did it, None for client or rule."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: ClassVar[str]

    at: AwareDatetime
    client_id: int | None = None
    lead_id: int | None = None
    by: str | None = None
    why: dict[str, Any] | None = Field(default=None, repr=False)
    words: str | None = Field(default=None, repr=False)

    def data(self) -> dict[str, Any]:
        """The fields that are this kind's own."""
        return self.model_dump(mode="json", exclude=_COMMON)


_COMMON = {"at", "client_id", "lead_id", "by", "why", "words"}


class LeadOpened(Fact):
    kind: ClassVar[str] = "lead_created"
    source: str


class FieldLearned(Fact):
    """A rule found it; the values themselves are in the fields' rows, sealed."""

    kind: ClassVar[str] = "field_learned"
    field: str
    field_id: int
    replaced_id: int | None = None
    rule: str = ""
    message_id: int | None = None
    late: bool = False
    """Said before what is in force, and heard after it: `replaced_id` went on standing."""


class FieldCorrected(Fact):
    """A member put it right: from now on no rule changes it."""

    kind: ClassVar[str] = "field_corrected"
    field: str
    field_id: int
    replaced_id: int | None = None


class FieldSuggested(Fact):
    """A rule found something else than what a member had put right (`against_id`)."""

    kind: ClassVar[str] = "field_suggested"
    field: str
    field_id: int
    against_id: int
    rule: str
    message_id: int | None = None


class PriorityRaised(Fact):
    kind: ClassVar[str] = "priority_raised"
    tags: list[str]
    to: str = "high"
    """The priority since then."""


class ClientNamed(Fact):
    """The name itself is on the client: names stand in clear there, and are erased there."""

    kind: ClassVar[str] = "client_named"


class LeadAssigned(Fact):
    """`why` is the decision: every candidate with his criteria and points."""

    kind: ClassVar[str] = "assigned"
    owner_id: str
    previous_id: str | None = None
    automatic: bool
    reason: str
    """first, not_viewed, manual, escalation, takeover, claimed, rule …"""


class LeadPooled(Fact):
    """`words` is why its owner put it back."""

    kind: ClassVar[str] = "pooled"
    reason: str
    """nobody, busy, returned, imported."""
    previous_id: str | None = None


class LeadViewed(Fact):
    kind: ClassVar[str] = "viewed"
    how: str


class FollowedUp(Fact):
    """`words` is the note, where there is one."""

    kind: ClassVar[str] = "followed_up"
    how: str
    """contacted, visit, material, note, message."""


class FollowUpWithdrawn(Fact):
    """撤销: a follow-up that the assistant read out of a colleague's words was none. The lead's
    columns are from now on as they would be without it."""

    kind: ClassVar[str] = "follow_up_withdrawn"
    follow_up_id: int
    """The timeline's entry of the follow-up."""
    stands: dict[str, Any]
    """The columns that are otherwise without it, as they are now; times in ISO 8601."""


class MessageIn(Fact):
    kind: ClassVar[str] = "message_in"
    message_id: int
    sent_at: datetime


class VoiceHeard(Fact):
    """A client's voice message was written down: its words are the message's from now on."""

    kind: ClassVar[str] = "voice_heard"
    message_id: int


class MessageOut(Fact):
    kind: ClassVar[str] = "message_out"
    message_id: int


class MessageFiled(Fact):
    kind: ClassVar[str] = "message_filed"
    message_id: int


class NeedFiled(Fact):
    """Words that carry the tag #客户需求#; `words` are they, desensitised."""

    kind: ClassVar[str] = "need_filed"
    message_id: int


class PromiseMade(Fact):
    """A colleague committed himself to the client; `words` are the promise as he wrote it."""

    kind: ClassVar[str] = "promise_made"
    action: str
    """quote, sample, document … as the extractor names it."""
    due: dict[str, str] | None = None
    """`start` and `end`, ISO 8601; None where no time was said."""
    message_id: int | None = None
    """None where the colleague told the assistant of it."""
    start: int = 0
    end: int = 0
    """Where the promise stands in the message, in code points."""


class ClientAnswered(Fact):
    """The assistant itself answered the client."""

    kind: ClassVar[str] = "client_answered"
    reply: str
    """Which of the configured replies."""


class Escalated(Fact):
    kind: ClassVar[str] = "escalated"
    rung: str
    waited: str
    """How long nothing had happened, in the rule's words: 48 小时."""
    to: str | None
    owner_id: str | None
    missed: str = ""
    """What had not happened: 没有跟进."""
    since: datetime | None = None
    """From when it was counted."""


class Reminded(Fact):
    """The owner was nudged."""

    kind: ClassVar[str] = "reminded"
    member_id: str
    waited: str
    rung: str = "nudge"
    missed: str = "没有跟进"
    since: datetime | None = None


class RungPassed(Fact):
    """A deadline came and nobody was told of it: it is measured only, or the owner is not to be
    nudged about it."""

    kind: ClassVar[str] = "rung_passed"
    rung: str
    waited: str
    missed: str
    owner_id: str
    reason: str
    """measured, muted, left."""
    since: datetime | None = None


class SupportAsked(Fact):
    kind: ClassVar[str] = "support_asked"
    owner_id: str


class Muted(Fact):
    kind: ClassVar[str] = "muted"
    member_id: str
    what: str = ""
    """Which kind of nudge; empty: every kind."""


class Unmuted(Fact):
    kind: ClassVar[str] = "unmuted"
    member_id: str
    what: str = ""
    """Which kind of nudge; empty: every kind."""


class MemberAway(Fact):
    """休假: he is away from `starts_at` until `ends_at`; `absence_id` is the row."""

    kind: ClassVar[str] = "member_away"
    member_id: str
    absence_id: int
    starts_at: datetime
    ends_at: datetime


class MemberBack(Fact):
    """销假: back before it was over, or the leave was called off."""

    kind: ClassVar[str] = "member_back"
    member_id: str
    absence_id: int


class RuleChanged(Fact):
    """A rule in plain Chinese was enabled or stopped."""

    kind: ClassVar[str] = "rule_changed"
    rule_id: int
    version: int
    change: str
    """enabled, stopped, replaced, broken; forgotten with a client whom it named."""


class RuleApplied(Fact):
    """A rule in plain Chinese fitted this lead. Its words stay with the rule alone: they may name
    a client, and go when he is erased."""

    kind: ClassVar[str] = "rule_applied"
    rule_id: int
    version: int


class DocumentPushed(Fact):
    """A rep was sent a talk track or another document of the house."""

    kind: ClassVar[str] = "document_pushed"
    document: str
    member_id: str
    reason: str
    """objection, rule, asked."""
    topic: str = ""
    """The objection, or what was asked for."""
    message_id: int | None = None


class DocumentUsed(Fact):
    """He said with a tap that he used it."""

    kind: ClassVar[str] = "document_used"
    document: str
    member_id: str


class RungAnnounced(Fact):
    """The owner was told before a rung acts (「还有 10 分钟」)."""

    kind: ClassVar[str] = "rung_announced"
    rung: str
    member_id: str
    due_at: datetime
    since: datetime | None = None


class MoreTimeGiven(Fact):
    """再等一天: the manager lets the rung wait."""

    kind: ClassVar[str] = "more_time_given"
    rung: str
    until: datetime
    since: datetime | None = None


class ResultAsked(Fact):
    """After the first follow-up the owner was asked what came of it (#31)."""

    kind: ClassVar[str] = "result_asked"
    member_id: str
    rung: str = "result"
    since: datetime | None = None


class ResultGiven(Fact):
    """What came of a follow-up, in the words of the deployment's list."""

    kind: ClassVar[str] = "result_given"
    result: str


class ColleagueAsked(Fact):
    """求助: one colleague asked another about the client (#36); `words` are the question."""

    kind: ClassVar[str] = "colleague_asked"
    question_id: int
    to: str


class ColleagueAnswered(Fact):
    """`words` are the answer."""

    kind: ClassVar[str] = "colleague_answered"
    question_id: int


class ColleagueChased(Fact):
    """The question was unanswered for so long that he was reminded of it."""

    kind: ClassVar[str] = "colleague_chased"
    question_id: int
    to: str
    waited: str


class FocusChosen(Fact):
    """今日主攻: the rep chose this lead at the stand-up (#37)."""

    kind: ClassVar[str] = "focus_chosen"
    member_id: str


class PromiseKept(Fact):
    """兑现: a message, a file or a tap showed it (#51, #76)."""

    kind: ClassVar[str] = "promise_kept"
    promise_id: int
    action: str
    how: str
    """message, file, note, tap, told."""
    message_id: int | None = None
    follow_up_id: int | None = None
    """The timeline's entry of the follow-up that showed it, where one did."""


class PromiseReopened(Fact):
    """The follow-up that seemed to keep it was taken back: it is owed again."""

    kind: ClassVar[str] = "promise_reopened"
    promise_id: int
    action: str


class PromiseMoved(Fact):
    """The owner corrected when it is due."""

    kind: ClassVar[str] = "promise_moved"
    promise_id: int
    action: str
    due_at: datetime


class PromiseDropped(Fact):
    """It was none, or holds no more."""

    kind: ClassVar[str] = "promise_dropped"
    promise_id: int
    action: str


class PromiseLate(Fact):
    """Its time went by: yellow."""

    kind: ClassVar[str] = "promise_late"
    promise_id: int
    action: str
    owner_id: str | None


class NextContactSet(Fact):
    """下次联系: when to talk next, by the client's own words or the owner's (#104, #50)."""

    kind: ClassVar[str] = "next_contact_set"
    next_at: datetime | None
    """Its first moment; None takes it back."""
    until: datetime | None = None
    """Its last moment, where it is a span (下周三, 周四下午)."""
    source: str
    """client, page, chat."""
    message_id: int | None = None


class ConversationHandedOver(Fact):
    kind: ClassVar[str] = "conversation_handed_over"
    member_id: str


class HandoverRefused(Fact):
    kind: ClassVar[str] = "handover_refused"
    member_id: str
    code: str


class ConversationEnded(Fact):
    kind: ClassVar[str] = "conversation_ended"


class LeadClosed(Fact):
    """`words` is the reason."""

    kind: ClassVar[str] = "closed"
    outcome: str


class ClientsMerged(Fact):
    """Two numbers are one client from now on; `why` is the verdict, with its evidence."""

    kind: ClassVar[str] = "clients_merged"
    merge_id: int
    merged_id: int
    """The number that is an alias of `client_id` from now on."""
    is_new: bool = False
    """The record that brought it was made known with this: nothing had been his before."""


class ClientsUnmerged(Fact):
    """The merge was undone: `merged_id` is a client of his own again."""

    kind: ClassVar[str] = "clients_unmerged"
    merge_id: int
    merged_id: int


class SystemRecorded(Fact):
    """A registered system handed in what it has of a client."""

    kind: ClassVar[str] = "system_recorded"
    system: str
    record_id: int
    fields: list[str]
    """Those that it says otherwise than before; their values are in its record, sealed."""


class MasterChanged(Fact):
    """What is in force of a client changed, and the systems are told."""

    kind: ClassVar[str] = "master_changed"
    sequence: int
    fields: list[str]
    sources: list[str]
    """Whose values came into force; empty where it is our own."""


class LeadFolded(Fact):
    """Another lead of the same client and line goes on in its place."""

    kind: ClassVar[str] = "lead_folded"
    into_id: int


class LeadUnfolded(Fact):
    """It goes on by itself again, as it stood before."""

    kind: ClassVar[str] = "lead_unfolded"
    state: str


class CollaboratorAdded(Fact):
    """协作: he works on the lead beside its owner, and sees it."""

    kind: ClassVar[str] = "collaborator_added"
    member_id: str


class CollaboratorRemoved(Fact):
    kind: ClassVar[str] = "collaborator_removed"
    member_id: str


class ReviewOpened(Fact):
    """A person should look whether `client_id` and `other_id` are one; `why` is the verdict."""

    kind: ClassVar[str] = "review_opened"
    review_id: int
    other_id: int


class ReviewDecided(Fact):
    """Somebody looked: `outcome` is same, distinct or later."""

    kind: ClassVar[str] = "review_decided"
    review_id: int
    other_id: int
    outcome: str


class ClientErased(Fact):
    """His data was erased; the facts stay."""

    kind: ClassVar[str] = "client_erased"


def _subclasses() -> dict[str, type[Fact]]:
    return {cls.kind: cls for cls in Fact.__subclasses__()}


KINDS: dict[str, type[Fact]] = _subclasses()

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
    """first, not_viewed, manual, escalation …"""


class LeadPooled(Fact):
    kind: ClassVar[str] = "pooled"
    reason: str


class LeadViewed(Fact):
    kind: ClassVar[str] = "viewed"
    how: str


class FollowedUp(Fact):
    """`words` is the note, where there is one."""

    kind: ClassVar[str] = "followed_up"
    how: str
    """contacted, visit, material, note, message."""


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
    message_id: int
    start: int
    end: int
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


class Reminded(Fact):
    """The owner was nudged."""

    kind: ClassVar[str] = "reminded"
    member_id: str
    waited: str


class SupportAsked(Fact):
    kind: ClassVar[str] = "support_asked"
    owner_id: str


class Muted(Fact):
    kind: ClassVar[str] = "muted"
    member_id: str


class Unmuted(Fact):
    kind: ClassVar[str] = "unmuted"
    member_id: str


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

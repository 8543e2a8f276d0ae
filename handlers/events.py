"""What can happen, free of any platform's words. Adapters parse into these; handlers receive them.

An event travels through the inbox as JSON: its `kind` names the class, `model_dump(mode="json")`
is the payload. The adapter chooses the inbox key (what makes a replay harmless) and the lane
(what is kept in order), see crm_store/inbox.py.
"""

from datetime import date
from enum import StrEnum
from typing import Any, ClassVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field


class Platform(StrEnum):
    WECOM = "wecom"
    DINGTALK = "dingtalk"


class Event(BaseModel):
    """Something that happened outside, or came due."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: ClassVar[str]


class Speaker(StrEnum):
    CLIENT = "client"
    SERVICER = "servicer"


class Form(StrEnum):
    """What a message is made of. Where no text can be had, `text` is empty and the form tells."""

    TEXT = "text"
    IMAGE = "image"
    VOICE = "voice"
    VIDEO = "video"
    FILE = "file"
    LOCATION = "location"
    LINK = "link"
    OTHER = "other"


class ClientMessage(Event):
    """Words in a client's 微信客服 conversation: the client's own, or the servicer's who has it."""

    kind: ClassVar[str] = "client_message"
    platform: Platform = Platform.WECOM
    account: str
    """The 客服 account (open_kfid)."""
    client_ref: str
    """The client's id on the platform (external_userid)."""
    message_id: str
    sent_at: AwareDatetime
    speaker: Speaker
    servicer: str | None = None
    """The platform account of the servicer, where he speaks."""
    form: Form = Form.TEXT
    text: str = ""
    media_id: str | None = None
    extra: dict[str, Any] = Field(default_factory=dict)


class ConversationChange(StrEnum):
    ENTERED = "entered"
    STATE_CHANGED = "state_changed"
    RECALLED = "recalled"
    SEND_FAILED = "send_failed"
    SERVICER_STATUS = "servicer_status"
    OTHER = "other"


class ConversationEvent(Event):
    """The platform says something about a 微信客服 conversation (origin 4)."""

    kind: ClassVar[str] = "conversation_event"
    platform: Platform = Platform.WECOM
    account: str
    client_ref: str
    message_id: str
    sent_at: AwareDatetime
    change: ConversationChange
    detail: dict[str, Any] = Field(default_factory=dict)
    """The platform's fields: welcome_code, scene, change_type, new_servicer_userid, fail_type …"""


class Reply(BaseModel):
    """A way to answer that came with the message (DingTalk's sessionWebhook)."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    url: str
    expires_at: AwareDatetime


class MemberMessage(Event):
    """A colleague writes to the assistant."""

    kind: ClassVar[str] = "member_message"
    platform: Platform
    account: str
    """The member's account there (userid, senderStaffId); empty for outside people."""
    message_id: str
    sent_at: AwareDatetime
    form: Form = Form.TEXT
    text: str = ""
    group: str | None = None
    """The group's conversation id where it was said in a group."""
    reply: Reply | None = None
    media_id: str | None = None


class CardPress(Event):
    """A button or a menu item of one of our cards was pressed."""

    kind: ClassVar[str] = "card_press"
    platform: Platform
    account: str
    card_key: str
    """task_id or outTrackId: the key under which the card was sent."""
    action: str
    pressed_at: AwareDatetime
    code: str | None = None
    """Updates this presser's card once (WeCom's ResponseCode)."""
    choices: dict[str, str] = Field(default_factory=dict)


class ContactChange(Event):
    """客户联系: a client and a member became, or ceased to be, contacts."""

    kind: ClassVar[str] = "contact_change"
    platform: Platform = Platform.WECOM
    change: str
    """The platform's ChangeType: add_external_contact, del_follow_user …"""
    account: str
    client_ref: str
    happened_at: AwareDatetime
    state: str | None = None
    welcome_code: str | None = None


class DirectoryChange(Event):
    """The platform's address book or an app changed (DingTalk event subscription and the like)."""

    kind: ClassVar[str] = "directory_change"
    platform: Platform
    change: str
    happened_at: AwareDatetime
    detail: dict[str, Any] = Field(default_factory=dict)


class CallAnswered(Event):
    """A call from the outbox came back: with its answer, or with why it never will."""

    kind: ClassVar[str] = "call_answered"
    api: str
    purpose: str
    """The name under which a handler waits for it (`@router.answer("client_profile")`)."""
    context: dict[str, Any] = Field(default_factory=dict)
    answer: dict[str, Any] | None = None
    error: str | None = None
    error_code: str = ""


class TimerDue(Event):
    """A durable deadline has come."""

    kind: ClassVar[str] = "timer_due"
    timer: str
    """The timer's kind: first_view, quiet …"""
    subject: str
    due_at: AwareDatetime
    data: dict[str, Any] = Field(default_factory=dict)


class RecordingWaits(Event):
    """A client's recording that nobody writes down yet is to be looked at again."""

    kind: ClassVar[str] = "recording_waits"
    message_id: int
    client_id: int


class SlotDue(Event):
    """A cron line's slot has come; exactly one process fires it."""

    kind: ClassVar[str] = "slot_due"
    job: str
    slot: AwareDatetime


class RecordedInBulk(Event):
    """A fact was written among thousands of others: the reactions to it are due."""

    kind: ClassVar[str] = "recorded_in_bulk"
    fact_id: int


class ReactionFailed(Event):
    """A reaction to a recorded fact failed; it is tried again by itself."""

    kind: ClassVar[str] = "reaction_failed"
    fact_id: int
    reaction: str


class DigestDue(Event):
    """A member is to get what stands for him at these times of rhythm.yaml, as one message."""

    kind: ClassVar[str] = "digest_due"
    day: date
    times: list[str]
    """09:10, as rhythm.yaml has them."""
    member_id: str
    until: AwareDatetime
    """Later it is of no use."""
    anew: str = ""
    """Tells it from the same one that a clock which ran ahead had sent before its day."""


class DeliveryFailed(Event):
    """A message could not be delivered for good; somebody may have to know."""

    kind: ClassVar[str] = "delivery_failed"
    outbox_id: int
    member_id: str | None
    platform: Platform
    reason: str
    happened_at: AwareDatetime


class BreakerChanged(Event):
    """An app's settings, or its right to one API, turned out wrong (opened), or right again
    (closed)."""

    kind: ClassVar[str] = "breaker_changed"
    app: str
    """The breaker's name: "wecom.kf", "wecom.kf kf/send_msg"."""
    change: str
    happened_at: AwareDatetime


class MasterDue(Event):
    """Clients whose master data is to be looked at: many changed at once, or `system` is new."""

    kind: ClassVar[str] = "master_due"
    client_ids: list[int]
    system: str | None = None


class DeadLetter(Event):
    """An event failed for good and was set aside."""

    kind: ClassVar[str] = "dead_letter"
    inbox_id: int
    event: str
    happened_at: AwareDatetime


class AlarmRaised(Event):
    """Something that the administrators have to know; `subject` names what it is about."""

    kind: ClassVar[str] = "alarm_raised"
    subject: str
    words: str
    not_on: Platform | None = None
    """The platform that it is about, and that may not carry it."""

"""The tables. Importing this module makes all of them known to SQLModel's metadata."""

from config.schemas.staff import Role
from crm_store.models.absence import Absence
from crm_store.models.agenda import AgendaEntry
from crm_store.models.audit import AuditEntry
from crm_store.models.client import Client, ClientKey
from crm_store.models.client_record import client_records, record_keys
from crm_store.models.collaborator import Collaborator
from crm_store.models.conversation import Conversation, ServiceState
from crm_store.models.desk import DeskAlert, DeskSeat
from crm_store.models.document_offer import DocumentOffer
from crm_store.models.draft import Draft
from crm_store.models.entry import TimelineEntry
from crm_store.models.house_rule import HouseRule, RuleState
from crm_store.models.identity import Identity, IdentityKind
from crm_store.models.intake import Intake
from crm_store.models.kin import Kin
from crm_store.models.lead import CLOSED, Lead, LeadState, Priority
from crm_store.models.lead_field import LeadField
from crm_store.models.master_record import MasterRecord
from crm_store.models.member import Member
from crm_store.models.merge import Merge
from crm_store.models.message import ChatMessage, Direction
from crm_store.models.mute import Mute
from crm_store.models.promise import Promise, PromiseState
from crm_store.models.question import Question
from crm_store.models.recording import Recording, RecordingState
from crm_store.models.reminder import Reminder, ReminderState
from crm_store.models.review import Review, ReviewState
from crm_store.models.sent_card import SentCard
from crm_store.models.system_record import SystemRecord
from crm_store.models.talk import Talk

__all__ = [
    "CLOSED",
    "Absence",
    "AgendaEntry",
    "AuditEntry",
    "ChatMessage",
    "Client",
    "ClientKey",
    "Collaborator",
    "Conversation",
    "DeskAlert",
    "DeskSeat",
    "Direction",
    "DocumentOffer",
    "Draft",
    "HouseRule",
    "Identity",
    "IdentityKind",
    "Intake",
    "Kin",
    "Lead",
    "LeadField",
    "LeadState",
    "MasterRecord",
    "Member",
    "Merge",
    "Mute",
    "Priority",
    "Promise",
    "PromiseState",
    "Question",
    "Recording",
    "RecordingState",
    "Reminder",
    "ReminderState",
    "Review",
    "ReviewState",
    "Role",
    "RuleState",
    "SentCard",
    "ServiceState",
    "SystemRecord",
    "Talk",
    "TimelineEntry",
    "client_records",
    "record_keys",
]

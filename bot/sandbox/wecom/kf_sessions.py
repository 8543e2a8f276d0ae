"""微信客服 sessions: who has a client's conversation, and what may be sent into it."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum

from bot.sandbox.cast import Client, Member
from bot.sandbox.wire import Refused, bug
from bot.sandbox.world import World

WINDOW = timedelta(hours=48)
PER_WINDOW = 5
WELCOME_LIFE = timedelta(seconds=20)
END_LIFE = timedelta(seconds=20)
WRONG_TRANSITION = 95016
NOT_TAKING = 95014
BAD_EVENT_CODE = 95019
"""The vendor's number for a spent event code is not published."""


class State(IntEnum):
    NEW = 0
    BOT = 1
    POOL = 2
    HUMAN = 3
    ENDED = 4


ALLOWED: dict[State, set[State]] = {
    State.NEW: {State.BOT, State.POOL, State.HUMAN, State.ENDED},
    State.BOT: {State.POOL, State.HUMAN, State.ENDED},
    State.POOL: {State.HUMAN, State.ENDED},
    State.HUMAN: {State.HUMAN, State.ENDED},
    State.ENDED: set(),
}


@dataclass
class Session:
    """One client's conversation with the 客服 account."""

    client: Client
    state: State = State.ENDED
    servicer: Member | None = None
    last_client_message: datetime | None = None
    sent_since: int = 0
    greeted_at: datetime | None = None
    scene: str = ""


@dataclass
class EventCode:
    """Allows one message to the client, in time (send_msg_on_event)."""

    client: Client
    expires_at: datetime
    msgtypes: frozenset[str]
    used: bool = False


@dataclass
class Sessions:
    """All sessions. A session ends by itself 48 hours after the client's last message."""

    world: World
    by_client: dict[str, Session] = field(default_factory=dict)
    codes: dict[str, EventCode] = field(default_factory=dict)

    def of(self, client: Client) -> Session:
        session = self.by_client.setdefault(client.id, Session(client))
        if session.state is not State.ENDED and not self.within_window(session):
            session.state, session.servicer = State.ENDED, None
        return session

    def within_window(self, session: Session) -> bool:
        last = session.last_client_message
        return last is not None and self.world.now - last < WINDOW

    def client_wrote(self, client: Client) -> Session:
        session = self.of(client)
        session.last_client_message = self.world.now
        session.sent_since = 0
        if session.state is State.ENDED:
            session.state, session.servicer = State.NEW, None
        return session

    def welcome(self, session: Session) -> str | None:
        """A welcome code, unless there was a message within 48 h or he has been greeted."""
        greeted = session.greeted_at
        if self.within_window(session):
            return None
        if greeted is not None and self.world.now - greeted < WINDOW:
            return None
        return self.new_code(session.client, WELCOME_LIFE, {"text", "msgmenu"})

    def move(self, session: Session, to: State, servicer: Member | None) -> str:
        """Hands the session on; returns the msg_code ("" where there is none). Refuses 95016."""
        if to not in ALLOWED[session.state]:
            raise Refused(WRONG_TRANSITION, f"{session.state:d} to {to:d} is not allowed")
        if to is State.HUMAN and (servicer is None or servicer.id in self.world.faults.not_taking):
            raise Refused(NOT_TAKING, "the servicer is not taking sessions")
        session.state = to
        session.servicer = servicer if to is State.HUMAN else None
        match to:
            case State.POOL | State.HUMAN:
                return self.new_code(session.client, WINDOW, {"text"})
            case State.ENDED:
                return self.new_code(session.client, END_LIFE, {"text", "msgmenu"})
        return ""

    def check_may_send(self, session: Session) -> None:
        """Refuses with 95002, 95018 or 95001 what send_msg may not send now."""
        if not self.within_window(session):
            raise Refused(95002, "over 48 hours since the client's last message")
        if session.state not in {State.NEW, State.BOT}:
            raise Refused(95018, f"state {session.state:d} forbids sending")
        if session.sent_since >= PER_WINDOW:
            raise Refused(95001, "over five messages since the client's last one")

    def new_code(self, client: Client, life: timedelta, msgtypes: set[str]) -> str:
        text = secrets.token_urlsafe(24)
        self.codes[text] = EventCode(client, self.world.now + life, frozenset(msgtypes))
        return text

    def use_code(self, text: object, msgtype: object) -> Session:
        """The session that the code speaks to; refuses an unknown, used or late one."""
        code = self.codes.get(text) if isinstance(text, str) else None
        if code is None:
            bug(BAD_EVENT_CODE, "code was never given out")
        if msgtype not in code.msgtypes:
            bug(40008, f"{msgtype!r} does not go with this code")
        if code.used or code.expires_at <= self.world.now:
            raise Refused(BAD_EVENT_CODE, "code is used or expired")
        code.used = True
        return self.of(code.client)

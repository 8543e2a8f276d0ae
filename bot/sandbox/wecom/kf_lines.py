"""The lines of each 微信客服 conversation, for the client and for whoever it is handed to."""

from datetime import datetime
from typing import NamedTuple

from bot.sandbox.cast import Client, Member
from bot.sandbox.screens import CardView, Kind
from bot.sandbox.wecom.kf_sessions import Session
from bot.sandbox.world import World

CLIENT_CONVERSATION = "kf"


class _Line(NamedTuple):
    at: datetime
    sender: str
    kind: Kind
    text: str
    card: CardView | None
    by: str
    """The id of whoever wrote it; "" for the bot."""


def conversation_of(client: Client) -> str:
    """A servicer's conversation with the client."""
    return f"kf:{client.id}"


class Lines:
    def __init__(self, world: World) -> None:
        self._world = world
        self._lines: dict[str, list[_Line]] = {}
        self._servicers: dict[str, set[str]] = {}

    def had(self, member: Member, client: Client) -> bool:
        """Whether the conversation was ever handed to the member."""
        return client.id in self._servicers.get(member.id, ())

    def add(
        self,
        session: Session,
        sender: str,
        *,
        kind: Kind = "text",
        text: str = "",
        card: CardView | None = None,
        by: str = "",
    ) -> None:
        """Shows a line to the client, and to the servicer who has the conversation."""
        line = _Line(self._world.now, sender, kind, text, card, by)
        self._lines.setdefault(session.client.id, []).append(line)
        self._show_client(session.client, line)
        if session.servicer is not None:
            self._show_servicer(session.servicer, session.client, line)

    def handed_over(self, session: Session, old: Member | None) -> None:
        """A new servicer sees what was said before; the old one, that it is his no more."""
        client, new = session.client, session.servicer
        words = f"会话已转给{new.name}" if new is not None else "会话已结束"
        notice = _Line(self._world.now, "", "notice", words, None, "")
        if old is not None and old != new:
            self._show_servicer(old, client, notice)
        if new is not None and new != old:
            self._servicers.setdefault(new.id, set()).add(client.id)
            for line in self._lines.get(client.id, ()):
                self._show_servicer(new, client, line)
            self._lines.setdefault(client.id, []).append(notice)
            self._show_servicer(new, client, notice)
        self._world.screens.touch()

    def _show_client(self, client: Client, line: _Line) -> None:
        if line.kind == "notice":
            return
        mine = line.by == client.id
        self._world.screens.show(
            client.id,
            sender=client.nickname if mine else self._world.cast.kf_name,
            platform="wechat",
            conversation=CLIENT_CONVERSATION,
            kind=line.kind,
            text=line.text,
            card=line.card,
            mine=mine,
        )

    def _show_servicer(self, member: Member, client: Client, line: _Line) -> None:
        self._world.screens.show(
            member.id,
            sender=line.sender,
            platform="wecom",
            conversation=conversation_of(client),
            kind=line.kind,
            text=line.text,
            card=line.card,
            mine=line.by == member.id,
            at=line.at,
        )

"""Facts that were found → quotes for one reader, within his rights."""

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field

from crm_store.models import Client, Direction, Lead, Member
from crm_store.queries import clients, members
from crm_store.search.asking import Hit, Seen, Sought, facts_saying
from crm_store.search.opening import AT_ONCE, entries_of
from crm_store.store import Transaction
from handlers.archived import Words, words_of
from handlers.finding import note_view
from handlers.rights import Scope, scope_of
from handlers.showing import of_message, shortened
from nlp.desensitise import mask
from nlp.searching.words import says
from notifiers.cards.memory import QuoteLine

BY_CLIENT = ("message_in", "voice_heard")
BY_US = ("message_out",)
NOTED = (
    *("message_filed", "followed_up", "closed", "assigned", "support_asked", "more_time_given"),
    *("colleague_asked", "colleague_answered"),
)
_MOST_WORDS = 160
_BEFORE = 40
"""Characters before the words that were looked for."""


def seen_by(scope: Scope) -> Seen:
    return Seen(scope.owners, scope.with_won, scope.with_pool, scope.shared)


@dataclass
class Quoter:
    """One answer for one reader; it notes whose words he was shown."""

    tx: Transaction
    reader: Member
    scope: Scope
    names: Mapping[str, str]
    _clients: dict[int, Client] = field(default_factory=dict)
    _owned: dict[int, bool] = field(default_factory=dict)
    _leads: dict[int, Sequence[Lead]] = field(default_factory=dict)

    @classmethod
    async def of(cls, tx: Transaction, reader: Member) -> "Quoter":
        return cls(tx, reader, await scope_of(tx, reader), await members.names(tx))

    async def found(self, sought: Sought, *, most: int) -> AsyncIterator[tuple[Hit, Words]]:
        """The latest first, opened; whoever has enough stops, and no more is read than that."""
        hits = await facts_saying(self.tx, sought, seen_by(self.scope), most=most)
        for start in range(0, len(hits), AT_ONCE):
            some = hits[start : start + AT_ONCE]
            entries, messages = await entries_of(self.tx, some)
            await self.tx.ready_ciphers(hit.client_id for hit in some)
            for hit in some:
                words = await words_of(self.tx, entries[hit.entry_id], among=messages)
                if words is not None:
                    yield hit, words

    async def client(self, client_id: int) -> Client:
        if client_id not in self._clients:
            self._clients[client_id] = await self.tx.get(Client, client_id)
        return self._clients[client_id]

    async def opened(self, client: Client) -> Sequence[Lead]:
        """He named the client, or is shown his words: the owner has seen his lead, others' reading
        is in the audit. The client's leads."""
        if client.id in self._leads:
            return self._leads[client.id]
        leads = self._leads[client.id] = await clients.leads_of_number(self.tx, client.id)
        self._clients[client.id] = client
        self._owned[client.id] = any(lead.owner_id == self.reader.id for lead in leads)
        if not self._owned[client.id]:
            self.tx.audit(self.reader.id, "read_client", client_id=client.id)
            return leads
        for lead in leads:
            if lead.owner_id == self.reader.id and lead.viewed_at is None and lead.is_open:
                await note_view(
                    self.tx, await self.tx.lock_lead(lead.id), self.reader, how="command"
                )
        return leads

    async def line(
        self, hit: Hit, words: Words, *, around: Sequence[str] = (), tells_client: bool = False
    ) -> QuoteLine:
        """`around`: what was looked for, which is to be seen in the quote."""
        client = await self.client(hit.client_id)
        await self.opened(client)
        text = of_message(words.message, words.text) if words.message else words.text
        if not self._owned[client.id]:
            text = mask(text)
        return QuoteLine(
            at=hit.at,
            who=self._who(hit, words, client),
            words=_window(text, around),
            about=client.display if tells_client else "",
        )

    def _who(self, hit: Hit, words: Words, client: Client) -> str:
        """张总, 李娜, 李娜记"""
        if words.direction is Direction.IN:
            return client.display
        member = words.message.member_id if words.message else hit.by
        name = self.names.get(member or "", "")
        return name or "接待人员" if words.direction is Direction.OUT else f"{name}记"


def says_one(text: str, spellings: Sequence[str]) -> bool:
    return any(says(text, one) for one in spellings)


def _window(text: str, around: Sequence[str]) -> str:
    """The part of a long text in which the words stand."""
    flat = re.sub(r"\s*\n\s*", " ", text).strip()
    if len(flat) <= _MOST_WORDS:
        return flat
    places = [flat.lower().find(one.lower()) for one in around]
    at = min((place for place in places if place >= 0), default=0)
    start = max(0, at - _BEFORE) if at + _BEFORE > _MOST_WORDS else 0
    cut = shortened(flat[start:], _MOST_WORDS)
    return f"…{cut}" if start else cut

"""Many people at once, and the judge: what they were told 200 for against what came up on screens.

The judge reads the sandbox's ledger and screens and nothing of the bot: neither its code nor its
tables.
"""

import asyncio
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from bot.sandbox.cast import Cast, Client, Member, demo_cast
from bot.sandbox.ledger import Ledger, Outcome, Push
from bot.sandbox.screens import Item
from bot.sandbox.server import Sandbox

REPS = ("lina", "wanglei", "zhouting", "sunhao")
MARK = re.compile(r"编号[A-Z]\d{2}-\d{2,}")
_LETTERS = "ABCDEFGHIJ"


def mark_of(place: int, number: int) -> str:
    """What a member's question is known by; `place` is his in the cast."""
    if place < len(_LETTERS):
        return f"编号{_LETTERS[place]}00-{number:02}"
    return f"编号M{place:02}-{number:02}"


def client_mark(client: str, round_: int) -> str:
    """What a client's words are known by."""
    return f"编号K{client.removeprefix('client')}-{round_:02}"


def crowd(clients: int, *, more_reps: int = 0) -> Cast:
    """The demo's company with more reps and many clients."""
    cast = demo_cast()
    return replace(
        cast,
        clients=tuple(
            Client(f"client{n:02}", f"客户{n:02}号", f"wmCrowd{n:04}") for n in range(clients)
        ),
        members=(
            *cast.members,
            Member("zhouting", "周婷", "销售", "rep", wecom="ZhouTing"),
            Member("sunhao", "孙浩", "销售", "rep", wecom="SunHao"),
            *(
                Member(f"rep{n:02}", f"销售{n:02}号", "销售", "rep", wecom=f"Rep{n:02}")
                for n in range(more_reps)
            ),
        ),
    )


@dataclass
class Driver:
    """Lets people speak, and keeps what the bot took upon itself (200) and what it did not."""

    sandbox: Sandbox
    told: list[str] = field(default_factory=list)
    """Marks of messages that were answered 200."""
    refused: list[str] = field(default_factory=list)

    async def client_says(self, client: str, round_: int) -> None:
        mark = client_mark(client, round_)
        words = f"你好，想了解CT设备，{mark}，电话1390000{client.removeprefix('client'):>04}"
        if round_:
            words = f"补充一句，{mark}"
        self._note(mark, await self.sandbox.client_writes(client, words))

    async def member_asks(self, member: str, number: int) -> None:
        """A command about somebody who is not there: one answer each, which repeats the mark."""
        mark = mark_of([m.id for m in self.sandbox.cast.members].index(member), number)
        self._note(mark, await self.sandbox.member_writes(member, f"静音 {mark}"))

    def _note(self, mark: str, push: Push) -> None:
        (self.told if push.accepted else self.refused).append(mark)

    async def everybody_speaks(self, *, rounds: Sequence[int] = (0,), questions: int = 4) -> None:
        """All at once; each person waits for his own 200 before he goes on."""

        async def client(person: str) -> None:
            for round_ in rounds:
                await self.client_says(person, round_)

        async def member(person: str) -> None:
            for number in range(questions):
                await self.member_asks(person, number)

        cast = self.sandbox.cast
        await asyncio.gather(
            *(client(person.id) for person in cast.clients),
            *(member(person.id) for person in cast.members),
        )


@dataclass(frozen=True)
class Judge:
    sandbox: Sandbox

    def lead_cards(self) -> Counter[str]:
        """How many lead cards came up for each client, by whom the words are that it quotes."""
        return Counter(
            mark.rpartition("-")[0]
            for member in self.sandbox.cast.members
            for item in self._heard(member.id)
            if item.card is not None and item.card.quote is not None
            for mark in MARK.findall(item.card.quote.text)[:1]
        )

    def has_every_card(self) -> bool:
        clients = range(len(self.sandbox.cast.clients))
        return self.lead_cards() == Counter(f"编号K{number:02}" for number in clients)

    def answers(self, member: str) -> list[str]:
        """The marks he was answered with, in the order he saw them."""
        return [
            mark
            for item in self._heard(member)
            if item.text.startswith("没有找到您名下的客户")
            for mark in MARK.findall(item.text)
        ]

    def notices(self) -> Counter[str]:
        """How often each further word of a client came up in a notice to a colleague."""
        return Counter(
            mark
            for member in self.sandbox.cast.members
            for item in self._heard(member.id)
            if "又说" in item.text
            for mark in MARK.findall(item.text)
        )

    def notices_of(self, client: str, member: str) -> list[str]:
        """A client's further words in the order in which a colleague was told them."""
        his = client_mark(client, 0).rpartition("-")[0] + "-"
        return [
            mark
            for item in self._heard(member)
            if "又说" in item.text
            for mark in MARK.findall(item.text)
            if mark.startswith(his)
        ]

    def answered(self, questions: int = 4) -> bool:
        """Everybody was answered, once, in the order of his questions."""
        for place, member in enumerate(self.sandbox.cast.members):
            wanted = [mark_of(place, number) for number in range(questions)]
            if self.answers(member.id) != wanted:
                return False
        return True

    def _heard(self, member: str) -> list[Item]:
        return [item for item in self.sandbox.screen(member) if not item.mine]


def twice_on_the_wire(ledger: Ledger) -> list[str]:
    """Keys under which a card came up on a screen more than once."""
    keys = Counter(
        (call.body.get("template_card") or {}).get("task_id") or call.body.get("outTrackId")
        for call in ledger.delivered()
        if call.kind == "card"
    )
    return [key for key, times in keys.items() if key and times > 1]


def unanswered(ledger: Ledger) -> list[str]:
    return [call.path for call in ledger.calls if call.outcome is Outcome.PENDING]

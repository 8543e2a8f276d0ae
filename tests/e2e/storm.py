"""Load that goes on whatever happens to the bot, and what must have come of it afterwards."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial

from bot.sandbox.ledger import Ledger
from bot.sandbox.server import Sandbox
from tests.e2e.crowd import Driver, Judge, client_mark, crowd, mark_of, twice_on_the_wire
from tests.eventually import eventually

CAST = partial(crowd, clients=8, more_reps=16)
RULES = {
    "escalation": {
        # Further words are told at once nearly: a deadline that a scheduler has to see.
        "client_words_notice_seconds": 2,
        # However long it lasts, nobody's client is given to somebody else. In the form of before
        # there was a list of rungs, which is still understood.
        "rungs": [],
        "first_view": {"after": 100, "unit": "working_days"},
        "nudge": {"after": 100, "unit": "working_days"},
        "quiet": {"after": 200, "unit": "working_days"},
    }
}
_ASKS_EVERY = 4.5
"""Seconds: with what else a member is told, it stays below thirty a minute and a thousand an hour,
so that nothing piles up however long it lasts."""
_CLIENT_SPEAKS_EVERY = 4.0


@dataclass
class Storm:
    """Everybody talks on until told to stop."""

    sandbox: Sandbox
    driver: Driver
    owed: set[str] = field(default_factory=set)
    """Clients' words that were answered 200 when their card was up: each is told to the owner. What
    is said before is on the card, if it was the last."""
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def told(self) -> int:
        return len(self.driver.told)

    async def grows(self, by: int, *, within: float = 40.0) -> None:
        """Returns once so many more words were answered 200."""
        enough = self.told + by
        await eventually(lambda: self.told >= enough, within=within, what=f"{by} more words")

    async def is_refused(self, times: int = 3) -> None:
        """Returns once so many more words were not answered 200."""
        refused = self.driver.refused
        enough = len(refused) + times
        await eventually(lambda: len(refused) >= enough, within=60, what="a word that is refused")

    async def talk(self, say: Callable[[int], Awaitable[None]], pause: float) -> None:
        for number in itertools.count():
            await say(number)
            try:
                await asyncio.wait_for(self._stopping.wait(), pause)
            except TimeoutError:
                continue
            return

    async def client_says(self, client: str, round_: int) -> None:
        mark = client_mark(client, round_)
        is_carded = Judge(self.sandbox).lead_cards()[mark.rpartition("-")[0]] > 0
        await self.driver.client_says(client, round_)
        if is_carded and mark in self.driver.told:
            self.owed.add(mark)

    def stop(self) -> None:
        self._stopping.set()


@asynccontextmanager
async def storm(sandbox: Sandbox) -> AsyncIterator[Storm]:
    """Rages inside the block; at its end everybody finishes his sentence."""
    raging = Storm(sandbox, Driver(sandbox))
    driver = raging.driver
    async with asyncio.TaskGroup() as people:
        for client in sandbox.cast.clients:
            talk = raging.talk(partial(raging.client_says, client.id), _CLIENT_SPEAKS_EVERY)
            people.create_task(talk)
        for member in sandbox.cast.members:
            talk = raging.talk(partial(driver.member_asks, member.id), _ASKS_EVERY)
            people.create_task(talk)
        yield raging
        raging.stop()
    # One thing more is said: it fetches what the pointers meant that nobody heard.
    await driver.client_says(sandbox.cast.clients[0].id, 9_999)


async def everything_arrived(raging: Storm, *, within: float = 150.0) -> None:
    """Judges by the sandbox alone: what was told 200 came up, once and in order."""
    sandbox, driver = raging.sandbox, raging.driver
    judge = Judge(sandbox)
    questions = {mark for mark in driver.told if "编号K" not in mark}
    members = [member.id for member in sandbox.cast.members]
    await _all_come(questions, lambda: {m for p in members for m in judge.answers(p)}, within)
    await _all_come(raging.owed, lambda: set(judge.notices()), within)
    await eventually(judge.has_every_card, within=within, what="one card a client")

    for place, member in enumerate(sandbox.cast.members):
        _in_order_and_once(place, judge.answers(member.id), has_wire_key=member.wecom is not None)
        for client in sandbox.cast.clients:
            words = judge.notices_of(client.id, member.id)
            assert words == sorted(words, key=lambda mark: int(mark.rpartition("-")[2]))
    assert [mark for mark, times in judge.notices().items() if times > 1] == []
    no_rule_was_broken(sandbox.ledger)


async def _all_come(marks: set[str], seen: Callable[[], set[str]], within: float) -> None:
    try:
        await eventually(lambda: marks <= seen(), within=within)
    except AssertionError:
        raise AssertionError(f"never came: {sorted(marks - seen())}") from None


def _in_order_and_once(place: int, answers: list[str], *, has_wire_key: bool) -> None:
    """What was stored, and whose 200 the fault swallowed, may be answered as well."""
    if not has_wire_key:  # DingTalk's batchSend: at least once
        answers = list(dict.fromkeys(answers))
    possible = [mark_of(place, number) for number in range(10_000)]
    assert answers == sorted(set(answers), key=possible.index)


def no_rule_was_broken(ledger: Ledger) -> None:
    assert ledger.violations == []
    assert twice_on_the_wire(ledger) == []
    assert ledger.dropped() == []

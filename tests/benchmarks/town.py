"""Everybody outside the bot, in a process of their own: the sandbox, a thousand reps and the
clients who write: `python -m tests.benchmarks.town FOLDER DATABASE_URL PORT`.

Writes the bot's settings and staff into FOLDER, then obeys lines of JSON:

    {"do": "connect", "url": …}                     where callbacks go
    {"do": "talk", "rate": …, "seconds": …, "patience": …}
                                                    clients write; answers with what came of it

    {"do": "chat", "messages": …, "clients": …}     clients write, each as soon as he was heard

What is told is judged by the sandbox's own records, not by the bot's.
"""

import asyncio
import itertools
import json
import math
import random
import re
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import yaml

from bot.demo import settings_for, staff_of
from bot.sandbox.cast import Cast, Client, Member, demo_cast
from bot.sandbox.ledger import Call, Push
from bot.sandbox.server import Sandbox
from config.clock import TurnedClock
from crm_store.vault import fresh_key
from tests.benchmarks.processes import percentile
from tests.e2e.process import in_clear

REPS = 1_000
CLIENTS = 8_000
FOLLOW_UPS = 9
"""Each lead is one message in ten: his first words, then nine more, a second apart."""
MARK = re.compile(r"编号K(\d{5})")
FIRST = "你好，想了解CT设备的参数，编号K{0:05}，预算300万左右，下周三前要招标文件，电话139{0:08}"
FURTHER = "补充一句，编号K{0:05}，售后和培训怎么安排？（{1}）"


class Town(Cast):
    """A cast in which nobody has to be looked for from the beginning of a list."""

    @cached_property
    def _clients(self) -> dict[str, Client]:
        return {c.id: c for c in self.clients} | {c.external_userid: c for c in self.clients}

    @cached_property
    def _accounts(self) -> dict[str, Member]:
        return {m.wecom.lower(): m for m in self.members if m.wecom}

    def client(self, person: str) -> Client | None:
        return self._clients.get(person)

    def by_external_userid(self, external_userid: str) -> Client | None:
        return self._clients.get(external_userid)

    def by_wecom(self, userid: str) -> Member | None:
        return self._accounts.get(userid.lower())


def town() -> Town:
    demo = demo_cast()
    reps = (
        Member(f"rep{n:04}", f"销售{n:04}", "销售", "rep", wecom=f"Rep{n:04}") for n in range(REPS)
    )
    cast = replace(
        demo,
        members=(*reps, *(m for m in demo.members if m.role == "manager")),
        clients=tuple(Client(f"k{n:05}", f"客户{n:05}号", f"wmTown{n:05}") for n in range(CLIENTS)),
    )
    return Town(**vars(cast))


@dataclass
class Story:
    """One client's lead, in seconds by the sandbox's clock; what never came is infinite."""

    number: int
    due: float
    """When he meant to write: a driver that comes late does not make the bot look quicker."""
    told: float = math.inf
    """The callback was answered 200."""
    pulled: float = math.inf
    asked: float = math.inf
    """The bot asks for his nickname: his words have been handled."""
    card: float = math.inf


@dataclass
class Talk:
    """Clients who write at a rate: a tenth of the messages opens a lead."""

    sandbox: Sandbox
    numbers: "itertools.count[int]"
    rate: float
    seconds: float
    patience: float
    stories: dict[int, Story] = field(default_factory=dict)
    pushes: list[tuple[float, float, Push]] = field(default_factory=list)

    async def run(self) -> dict[str, Any]:
        ledger = self.sandbox.ledger
        known = len(ledger.calls)
        started, cpu = self._now(), time.process_time()
        await self._speak(started)
        spoken, spoken_cpu = self._now(), time.process_time()
        await self._wait_for_cards(known)
        calls = ledger.calls[known:]
        self._follow(calls)
        full = started + min(FOLLOW_UPS, self.seconds / 2)
        judged = [story for story in self.stories.values() if story.due >= full]
        return {
            "messages": len(self.pushes),
            "per_second": round(self._steady(full, started + self.seconds), 1),
            "accepted": sum(push.accepted for *_, push in self.pushes),
            "callback_p99": percentile([told - due for due, told, _ in self.pushes], 0.99),
            "late_p99": percentile(
                [push.at.timestamp() - due for due, _, push in self.pushes], 0.99
            ),
            "leads": len(judged),
            "carded": sum(story.card < math.inf for story in judged),
            "card_p50": percentile([s.card - s.due for s in judged], 0.50),
            "card_p99": percentile([s.card - s.due for s in judged], 0.99),
            "stages": _stages(judged),
            "calls": len(calls),
            "seconds": spoken - started,
            "drained_after": self._now() - spoken,
            "cpu": spoken_cpu - cpu,
            "violations": ledger.violations[:5],
        }

    def _now(self) -> float:
        return self.sandbox.world.now.timestamp()

    def _steady(self, since: float, until: float) -> float:
        return sum(since <= due < until for due, *_ in self.pushes) / (until - since)

    async def _speak(self, started: float) -> None:
        loop = asyncio.get_running_loop()
        zero = loop.time()
        tasks = []
        for due, number, words in self._plan():
            await asyncio.sleep(max(0.0, zero + due - loop.time()))
            tasks.append(asyncio.create_task(self._say(started + due, number, words)))
        await asyncio.gather(*tasks)

    def _plan(self) -> list[tuple[float, int, str]]:
        """(seconds from the start, client, words), in order."""
        drawn = random.Random(int(self.rate * 1000 + self.seconds))
        plan: list[tuple[float, int, str]] = []
        share = self.rate / (1 + FOLLOW_UPS)
        for place in range(int(self.seconds * share)):
            number, begins = next(self.numbers), (place + drawn.random()) / share
            plan.append((begins, number, FIRST.format(number)))
            plan += [
                (begins + more + drawn.uniform(-0.4, 0.4), number, FURTHER.format(number, more))
                for more in range(1, 1 + FOLLOW_UPS)
            ]
        return sorted(entry for entry in plan if entry[0] < self.seconds)

    async def _say(self, due: float, number: int, words: str) -> None:
        story = self.stories.get(number)
        if story is None:
            story = self.stories[number] = Story(number, due)
        push = await self.sandbox.client_writes(f"k{number:05}", words)
        told = self._now()
        self.pushes.append((due, told, push))
        if push.accepted:
            story.told = min(story.told, told)

    async def _wait_for_cards(self, known: int) -> None:
        wanted, until = set(self.stories), time.monotonic() + self.patience
        calls = self.sandbox.ledger.calls
        seen = known
        while wanted and time.monotonic() < until:
            await asyncio.sleep(0.1)
            for call in calls[seen:]:
                wanted -= _carded(call)
            seen = len(calls)

    def _follow(self, calls: list[Call]) -> None:
        for call in calls:
            at = call.at.timestamp()
            for number in _carded(call) & self.stories.keys():
                self.stories[number].card = min(self.stories[number].card, at)
            match call.path:
                case "kf/sync_msg":
                    people = {
                        m.get("external_userid") for m in (call.answer or {}).get("msg_list", ())
                    }
                    self._mark("pulled", people, at)
                case "kf/customer/batchget":
                    self._mark("asked", set(call.body["external_userid_list"]), at)

    def _mark(self, stage: str, people: set[str], at: float) -> None:
        for person in people:
            story = self.stories.get(int(person[-5:])) if person else None
            if story is not None and getattr(story, stage) == math.inf:
                setattr(story, stage, at)


def _carded(call: Call) -> set[int]:
    if call.kind != "card" or not call.receivers:
        return set()
    return {int(number) for number in MARK.findall(json.dumps(call.body, ensure_ascii=False))}


def _stages(judged: list[Story]) -> dict[str, tuple[float, float]]:
    """Median and p99 of each stretch of the way."""
    stretches: dict[str, Callable[[Story], float]] = {
        "callback answered": lambda s: s.told - s.due,
        "pulled": lambda s: s.pulled - s.told,
        "handled, name asked for": lambda s: s.asked - s.pulled,
        "name known, card": lambda s: s.card - s.asked,
    }
    through = [story for story in judged if story.card < math.inf and story.asked < math.inf]
    return {
        name: (
            percentile([took(story) for story in through], 0.5),
            percentile([took(story) for story in through], 0.99),
        )
        for name, took in stretches.items()
    }


async def chat(
    sandbox: Sandbox, numbers: "itertools.count[int]", messages: int, clients: int
) -> int:
    """`clients` people have `messages` turns between them; how many were answered 200."""
    people = [next(numbers) for _ in range(clients)]
    turns = iter(range(messages))
    heard = 0

    async def speak(number: int) -> None:
        nonlocal heard
        words = FIRST.format(number)
        for turn in turns:
            push = await sandbox.client_writes(f"k{number:05}", words)
            heard += push.accepted
            words = FURTHER.format(number, turn)

    await asyncio.gather(*(speak(number) for number in people))
    return heard


async def main(folder: Path, database_url: str, port: int) -> None:
    clock = TurnedClock(datetime.now(UTC), seconds=time.monotonic)
    sandbox = Sandbox(clock, town())
    await sandbox.start()
    settings = settings_for(sandbox, folder, port=port, key=fresh_key()).model_copy(
        update={"database_url": database_url}
    )
    (folder / "rules").mkdir()
    staff = yaml.safe_dump(staff_of(sandbox.cast), allow_unicode=True)
    (folder / "rules" / "staff.yaml").write_text(staff, encoding="utf-8")
    written = yaml.safe_dump(in_clear(settings), allow_unicode=True)
    (folder / "genjin.yaml").write_text(written, encoding="utf-8")
    numbers = itertools.count()

    async def connect(url: str) -> str:
        sandbox.connect(url)
        return url

    async def talk(rate: float, seconds: float, patience: float) -> dict[str, Any]:
        return await Talk(sandbox, numbers, rate, seconds, patience).run()

    orders: dict[str, Callable[..., Awaitable[Any]]] = {
        "connect": connect,
        "talk": talk,
        "chat": partial(chat, sandbox, numbers),
    }
    try:
        _tell("ready")
        while line := await asyncio.to_thread(sys.stdin.readline):
            order = json.loads(line)
            _tell(await orders[order.pop("do")](**order))
    finally:
        await sandbox.stop()


def _tell(what: Any) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])))

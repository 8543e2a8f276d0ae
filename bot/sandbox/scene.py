"""The stage while a story is played: acts, what came of them on people's screens, and checks."""

import asyncio
import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from bot.sandbox.screens import CardView, Item
from bot.sandbox.transcript import Transcript
from bot.sandbox.world import Impossible

LOOK_EVERY: Final = 0.02  # seconds between two looks at a bot that is still at work
PATIENCE: Final = 60.0  # seconds after which what has not come will not come

Knowledge = Mapping[str, Any]


class StoryBroken(Exception):
    """A step of the story did not happen; the message names it, in Chinese."""

    def __init__(self, step: str, expected: str, seen: str = "") -> None:
        super().__init__(f"{step}：{expected}" + (f"（看到的是：{seen}）" if seen else ""))
        self.step = step
        self.expected = expected


class Stage(Protocol):
    """What the story needs of the sandbox."""

    def screen(self, person: str, /) -> Sequence[Item]: ...
    async def settled(self) -> None: ...
    async def client_writes(self, client: str, text: str, /) -> object: ...
    async def member_writes(self, member: str, text: str, /) -> object: ...
    async def member_presses(self, member: str, item_id: str, key: str, /) -> object: ...
    async def servicer_writes(self, member: str, client: str, text: str, /) -> object: ...


@dataclass(frozen=True)
class Means:
    """How the story moves the time and asks the bot what it knows."""

    now: Callable[[], datetime]
    forward: Callable[[timedelta], Awaitable[object]]
    knowledge: Callable[[], Awaitable[Knowledge]]
    open_page: Callable[[str], Awaitable[str]]
    """Opens a link as a person would; the page's text, or an exception."""
    patience: float = PATIENCE


PEOPLE: Final = {"zhao": "赵主任", "lina": "李娜", "wanglei": "王磊", "chen": "陈经理"}
ZHAO, LINA, WANG, CHEN = PEOPLE


class Scene:
    """The stage while the story is played: acts, what came of them, and the checks."""

    def __init__(self, stage: Stage, means: Means, transcript: Transcript) -> None:
        self.stage = stage
        self.means = means
        self.transcript = transcript
        self.step = ""
        self.took = 0.0
        """Real seconds from the last act until what was waited for had come of it."""
        self._begun = 0.0
        self._shown: dict[tuple[str, str], Item] = {}

    # Acts

    def begins(self, step: str) -> None:
        self.step = step
        self.transcript.title(step)

    async def client_writes(self, text: str) -> None:
        await self._acts(
            f"{PEOPLE[ZHAO]}在微信客服里写：{text}", self.stage.client_writes(ZHAO, text)
        )

    async def writes(self, member: str, text: str) -> None:
        act = self.stage.member_writes(member, text)
        await self._acts(f"{PEOPLE[member]}对机器人写：{text}", act)

    async def answers(self, member: str, text: str) -> None:
        act = self.stage.servicer_writes(member, ZHAO, text)
        await self._acts(f"{PEOPLE[member]}在客服会话里写：{text}", act)

    async def presses(self, member: str, item: Item, words: str) -> None:
        button = next((b for b in card_of(item).buttons if b.text == words), None)
        if button is None or button.url or button.disabled:
            raise self.broken(f"卡片上应有可点的「{words}」", drawn(item))
        act = self.stage.member_presses(member, item.id, button.key)
        await self._acts(f"{PEOPLE[member]}点「{words}」", act)

    async def passes(self, time: timedelta, words: str) -> None:
        await self._acts(f"时间往前走{words}", self.means.forward(time))

    async def _acts(self, words: str, act: Awaitable[object]) -> None:
        self.transcript.acted(self.means.now(), words)
        self._begun = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(self.means.patience):
                await act
                await self.stage.settled()
                while not (await self.means.knowledge())["quiet"]:  # noqa: ASYNC110 - over HTTP
                    await asyncio.sleep(LOOK_EVERY)
        except TimeoutError:
            raise self.broken(
                f"机器人应在 {self.means.patience:.0f} 秒内处理完「{words}」"
            ) from None
        except Impossible as refusal:
            raise self.broken(f"{words}：应当可以", str(refusal)) from None
        self._came()

    # What came of it

    async def until(self, came: Callable[[], bool]) -> None:
        """Waits for it; where it never comes, the checks that follow say so.

        That the bot has nothing to do is no proof that all has come: a try that failed waits for
        the next one.
        """
        if came():
            return
        until = asyncio.get_running_loop().time() + self.means.patience
        while not came() and asyncio.get_running_loop().time() < until:  # noqa: ASYNC110
            await asyncio.sleep(LOOK_EVERY)
        self._came()

    def _came(self) -> None:
        spent = asyncio.get_running_loop().time() - self._begun
        self.took = math.ceil(spent * 10) / 10
        self._tells()

    def _tells(self) -> None:
        """Writes down what has come up or changed on anybody's screen."""
        news = [
            (item.edited_at or item.at, person, item)
            for person in PEOPLE
            for item in self.stage.screen(person)
            if self._shown.get((person, item.id)) != item
        ]
        for at, person, item in sorted(news, key=lambda entry: entry[0]):
            edited = (person, item.id) in self._shown
            self._shown[person, item.id] = item
            if not item.mine:
                self.transcript.saw(at, PEOPLE[person], item, edited=edited)

    def items(self, person: str) -> list[Item]:
        """Everything on the screen but what the person wrote."""
        return [item for item in self.stage.screen(person) if not item.mine]

    def since(self, person: str, before: Sequence[Item]) -> list[Item]:
        old = {item.id for item in before}
        return [item for item in self.items(person) if item.id not in old]

    def now(self, person: str, item: Item) -> Item:
        """What has become of an item on the person's screen."""
        return next(one for one in self.items(person) if one.id == item.id)

    async def card(self, person: str, *needed: str) -> Item:
        """The person's newest card that holds all of `needed`, once it is there."""

        def cards() -> list[Item]:
            return [item for item in self.items(person) if item.card and holds(item, needed)]

        await self.until(lambda: bool(cards()))
        found = cards()
        if not found:
            wanted = "、".join(f"「{words}」" for words in needed)
            raise self.broken(f"{PEOPLE[person]}应看到一张写着{wanted}的卡片", self.seen(person))
        return found[-1]

    async def lead(self, came: Callable[[Knowledge], bool] = lambda lead: True) -> Knowledge:
        """The client's lead as the bot knows it, once it is as `came` says or patience ends."""
        until = asyncio.get_running_loop().time() + self.means.patience
        while True:
            leads = (await self.means.knowledge())["leads"]
            mine: list[Knowledge] = [lead for lead in leads if lead["client"] == PEOPLE[ZHAO]]
            is_as_said = len(mine) == 1 and came(mine[0])
            if is_as_said or asyncio.get_running_loop().time() >= until:
                break
            await asyncio.sleep(LOOK_EVERY)
        if len(mine) != 1:
            raise self.broken(f"机器人应知道{PEOPLE[ZHAO]}的一条线索", f"{len(mine)} 条")
        return mine[0]

    # Checks

    def expects(self, held: bool, expected: str, seen: str = "") -> None:
        if not held:
            raise self.broken(expected, seen)
        self.transcript.held(expected)

    def broken(self, expected: str, seen: str = "") -> StoryBroken:
        return StoryBroken(self.step, expected, seen)

    def seen(self, person: str) -> str:
        return "；".join(drawn(item) for item in self.items(person)[-3:]) or "什么也没有"


def card_of(item: Item) -> CardView:
    return item.card or CardView()


def drawn(item: Item) -> str:
    """All the words on an item, in one line."""
    card = item.card
    if card is None:
        return item.text
    parts = [card.title, card.subtitle]
    parts += [f"{row.name} {row.value}" for row in card.rows]
    parts += [card.quote.text] if card.quote else []
    parts += [card.text, card.status or "", *(button.text for button in card.buttons)]
    return " ".join(part for part in parts if part)


def holds(item: Item, needed: Sequence[str]) -> bool:
    words = drawn(item)
    return all(part in words for part in needed)

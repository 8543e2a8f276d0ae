"""What people do in a month: clients write, reps look, answer, fall silent, go on leave, managers
decide. Everything is drawn from a seed; what people do next follows from what they were sent.
"""

import heapq
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import count
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from handlers.events import CardPress, ClientMessage, Event, MemberMessage, Platform, Speaker
from tests.benchmarks.company.firm import REGIONS

ZONE = ZoneInfo("Asia/Shanghai")
START = datetime(2026, 4, 20, tzinfo=ZONE)
"""A Monday. Before the month is over come the May holidays and a Saturday that is worked on."""
PRODUCTS = (
    "CT设备",
    "彩超",
    "监护仪",
    "医用手套",
    "雅思冲刺班",
    "客户管理软件",
    "海外仓配",
    "移动DR",
)
_ASKS = (
    "你好，{region}这边想了解{product}，预算{budget}万左右，电话{phone}",
    "请问{product}怎么卖？我们在{region}，{day}前要定，{phone}",
    "在吗，{product}有现货吗，我的手机{phone}，{region}的",
    "想要一份{product}的参数和招标文件，{region}，联系 {phone}",
)
_GOES_ON = (
    "好的",
    "那交期多久",
    "价格能不能再低一点",
    "我们再商量一下",
    "下周三可以来谈吗",
    "发我看看",
    "预算有限",
)
_ANSWERS = (
    "您好，资料马上发您",
    "周五前给您报价",
    "可以的，我再确认一下",
    "样品明天寄出",
    "好的，随时联系",
)
_DAYS = ("周五", "月底", "下周三", "5月10日")
_CLIENT = re.compile(r"客户(\d+)")
KINDS = ("prompt", "late", "never")


@dataclass(order=True)
class Deed:
    """Something that somebody does at a moment."""

    at: datetime
    number: int
    event: Event = field(compare=False)
    lane: str = field(compare=False)


@dataclass
class Talk:
    """A client's conversation: what is left of it."""

    ref: str
    left: int
    rep: str = ""


class Life:
    """The month's plot. `due(now)` gives what happens by then; `saw` lets people react."""

    def __init__(
        self, rows: Sequence[Mapping[str, Any]], *, leads: int, messages: int, days: int, seed: int
    ) -> None:
        self._rows = {row["id"]: row for row in rows}
        self._by_account = {
            (platform, row[platform]): row["id"]
            for row in rows
            for platform in ("wecom", "dingtalk")
            if platform in row
        }
        self._random = Random(seed)
        self._numbers = count(1)
        self._ahead: list[Deed] = []
        self._turns = max(0, round((messages - leads) / leads))
        self._talks: dict[str, Talk] = {}
        self._reacted: set[tuple[str, str]] = set()
        self.end = START + timedelta(days=days)
        self._plan_leads(leads, days)
        self._plan_leave(days)

    # -- the plot ------------------------------------------------------------------------------

    def due(self, now: datetime) -> list[Deed]:
        found = []
        while self._ahead and self._ahead[0].at <= now:
            found.append(heapq.heappop(self._ahead))
        return found

    def next_at(self) -> datetime | None:
        return self._ahead[0].at if self._ahead else None

    def saw(self, message: Mapping[str, Any]) -> None:
        """A colleague's screen shows it; what he does about it, and when, is drawn now."""
        member = self._by_account.get((message["platform"], message["account"]))
        if member is None:
            return
        at = datetime.fromisoformat(message["at"])
        actions: list[str] = message["actions"]
        first = {action.partition(":")[0]: action for action in actions}
        if "reassign" in first:
            self._manager_decides(member, message, first, at)
        elif "contacted" in first:
            self._rep_looks(member, message, first, at)
        elif "result" in first:
            self._rep_answers(member, message, at)

    # -- who does what -------------------------------------------------------------------------

    def _plan_leads(self, leads: int, days: int) -> None:
        draw = self._random
        for number in range(1, leads + 1):
            ref = f"wm{number}"
            phone = f"13{number:09d}"
            if number % 40 == 0:
                phone = f"13{number - 7:09d}"  # somebody we know, from another account
            words = draw.choice(_ASKS).format(
                region=draw.choice(REGIONS),
                product=draw.choice(PRODUCTS),
                budget=draw.randrange(2, 400),
                phone=phone,
                day=draw.choice(_DAYS),
            )
            self._talks[ref] = Talk(ref, left=self._turns)
            day = draw.randrange(days)
            self._client_says(ref, words, self._moment(day, draw))

    def _plan_leave(self, days: int) -> None:
        """One rep in twenty a working day says in the afternoon that he is away tomorrow."""
        draw = self._random
        reps = [row["id"] for row in self._rows.values() if "rep" in row["roles"]]
        for day in range(days - 2):
            at = datetime.combine(_date(day), time(16, draw.randrange(60)), ZONE)
            for member in draw.sample(reps, max(1, len(reps) // 40)):
                self._says(member, "我明天请假", at)

    def _rep_looks(
        self, member: str, message: Mapping[str, Any], first: Mapping[str, str], at: datetime
    ) -> None:
        """Most look within minutes, some too late, some never."""
        ref = first["contacted"].partition(":")[2]
        if (member, ref) in self._reacted and self._random.random() < 0.5:
            return
        self._reacted.add((member, ref))
        manner = self._random.choices(KINDS, (70, 18, 12))[0]
        if manner == "never":
            return
        minutes = (
            self._random.randrange(1, 14) if manner == "prompt" else self._random.randrange(16, 300)
        )
        looked = _at_work(at, self._random) + timedelta(minutes=minutes)
        verb = self._random.choice(("contacted", "contacted", "material", "visit"))
        self._presses(member, message, first.get(verb, first["contacted"]), looked)
        if self._random.random() < 0.05 and "mute" in first:
            self._presses(member, message, first["mute"], looked + timedelta(minutes=1))
        self._talk_begins(member, message["title"], looked)
        fate = self._random.random()
        if fate < 0.25:
            self._says(
                member, f"赢单 {ref}", looked + timedelta(days=self._random.randrange(2, 12))
            )
        elif fate < 0.45:
            self._says(
                member,
                f"输单 {ref} 选了别家",
                looked + timedelta(days=self._random.randrange(1, 9)),
            )

    def _rep_answers(self, member: str, message: Mapping[str, Any], at: datetime) -> None:
        """What came of it, the first or the second time that he is asked, or never."""
        if self._random.random() < 0.5:
            chosen = self._random.choice([a for a in message["actions"] if a.startswith("result:")])
            answered = _at_work(at, self._random) + timedelta(minutes=self._random.randrange(2, 90))
            self._presses(member, message, chosen, answered)

    def _talk_begins(self, member: str, title: str, at: datetime) -> None:
        """The client's talk goes on with whoever looked after him first."""
        named = _CLIENT.search(title)
        talk = self._talks.get(f"wm{named[1]}") if named else None
        if talk is None or talk.rep or not talk.left:
            return
        talk.rep = member
        moment = at
        for turn in range(talk.left):
            moment = moment + timedelta(minutes=self._random.randrange(3, 900))
            if turn % 2:
                self._client_says(talk.ref, self._random.choice(_GOES_ON), moment)
            else:
                moment = _at_work(moment, self._random)
                self._servicer_says(member, talk.ref, self._random.choice(_ANSWERS), moment)

    def _manager_decides(
        self, member: str, message: Mapping[str, Any], first: Mapping[str, str], at: datetime
    ) -> None:
        chosen = self._random.choices(("reassign", "support", "wait", ""), (40, 20, 20, 20))[0]
        if chosen in first:
            decided = _at_work(at, self._random) + timedelta(minutes=self._random.randrange(5, 180))
            self._presses(member, message, first[chosen], decided)

    # -- events --------------------------------------------------------------------------------

    def _client_says(self, ref: str, words: str, at: datetime) -> None:
        self._plan(at, self._chat(ref, words, at, Speaker.CLIENT), f"kf:wkShop:{ref}")

    def _servicer_says(self, member: str, ref: str, words: str, at: datetime) -> None:
        row = self._rows[member]
        event = self._chat(ref, words, at, Speaker.SERVICER, row.get("wecom", ""))
        self._plan(at, event, f"kf:wkShop:{ref}")

    def _chat(
        self, ref: str, words: str, at: datetime, speaker: Speaker, servicer: str = ""
    ) -> ClientMessage:
        return ClientMessage(
            account="wkShop",
            client_ref=ref,
            message_id=f"m{next(self._numbers)}",
            sent_at=at,
            speaker=speaker,
            servicer=servicer or None,
            text=words,
        )

    def _says(self, member: str, words: str, at: datetime) -> None:
        platform, account = self._account(member)
        event = MemberMessage(
            platform=platform,
            account=account,
            message_id=f"m{next(self._numbers)}",
            sent_at=at,
            text=words,
        )
        self._plan(at, event, f"member:{platform}:{account}")

    def _presses(self, member: str, message: Mapping[str, Any], action: str, at: datetime) -> None:
        platform, account = self._account(member)
        event = CardPress(
            platform=platform,
            account=account,
            card_key=message["key"],
            action=action,
            pressed_at=at,
            code=f"press-{next(self._numbers)}" if platform is Platform.WECOM else None,
        )
        self._plan(at, event, f"member:{platform}:{account}")

    def _account(self, member: str) -> tuple[Platform, str]:
        row = self._rows[member]
        if "wecom" in row:
            return Platform.WECOM, row["wecom"]
        return Platform.DINGTALK, row["dingtalk"]

    def _plan(self, at: datetime, event: Event, lane: str) -> None:
        if at < self.end:
            heapq.heappush(self._ahead, Deed(at, next(self._numbers), event, lane))

    def _moment(self, day: int, draw: Random) -> datetime:
        """Clients write mostly by day, at weekends less."""
        while _date(day).isoweekday() > 5 and draw.random() < 0.5:
            day = max(0, day - draw.randrange(1, 6))
        hour = draw.choices(range(24), _HOURS)[0]
        clock = time(hour, draw.randrange(60), draw.randrange(60))
        return datetime.combine(_date(day), clock, ZONE)


_HOURS = (1, 1, 0, 0, 0, 1, 2, 4, 10, 16, 18, 16, 10, 12, 16, 16, 14, 12, 8, 7, 8, 8, 5, 2)


def _date(day: int) -> date:
    return (START + timedelta(days=day)).date()


def _at_work(moment: datetime, draw: Random) -> datetime:
    """Where it is night, the next morning at nine."""
    local = moment.astimezone(ZONE)
    if 9 <= local.hour < 18:
        return local
    morning = local.replace(hour=9, minute=draw.randrange(1, 50), second=0, microsecond=0)
    return morning if local.hour < 9 else morning + timedelta(days=1)

"""A small company to test capabilities in: the real dispatcher, store and delivery on a real
database, people instead of mocks. Only the platforms' clients are stood in for, by hand.
"""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import yaml
from sqlmodel import col, select

from bot.dispatcher import Dispatcher
from bot.links import SignedLinks
from bot.scheduler import Scheduler
from bot.services import Services
from bot.staff import follow_staff
from bot.worker import Worker
from config.clock import TurnedClock
from config.rules import RuleBook
from config.settings import Settings
from crm_store import inbox, outbox, timers
from crm_store.arrival import Arrival
from crm_store.database import Database
from crm_store.keyring import open_vault
from crm_store.models import AuditEntry, Lead, Member
from crm_store.store import Store
from crm_store.vault import fresh_key
from crm_store.wakeup import LocalWakeup
from handlers import ROUTERS
from handlers.events import (
    CardPress,
    ClientMessage,
    Event,
    Form,
    MemberMessage,
    Platform,
    Speaker,
)
from notifiers.card import UPLOAD, Button, Card, Image, Message, Text
from notifiers.delivery import Delivery
from notifiers.errors import CardCodeGone, DeliveryError, Undeliverable
from notifiers.messenger import Messenger, Receipt, ReplyAddress
from tests.databases import compiled_once, fresh_database

SHANGHAI = ZoneInfo("Asia/Shanghai")
TUESDAY = datetime(2026, 3, 10, 10, 0, tzinfo=SHANGHAI)
STORY = "你好，我们医院想了解CT设备的参数，预算300万左右，下周三前要招标文件，电话13800001234"


@dataclass
class Shown:
    """A message on somebody's screen; a card changes in place."""

    key: str
    message: Message
    drawings: list[Card] = field(default_factory=list)

    @property
    def now(self) -> Message:
        return self.drawings[-1] if self.drawings else self.message


class Desk:
    """One platform's client, standing in for the wire: what was said is on screens, by account."""

    def __init__(self, platform: str, clock: TurnedClock) -> None:
        self.platform = platform
        self._clock = clock
        self.screens: dict[str, list[Shown]] = {}
        self.calls: list[tuple[str, Mapping[str, Any]]] = []
        self.nicknames: dict[str, str] = {}
        self.service_state: dict[str, tuple[int, str]] = {}
        self.files: dict[str, bytes] = {}
        """What was sent, by media_id."""
        self.errors: list[DeliveryError] = []
        """Raised one by one by the next deeds."""
        self.known: set[str] = set()
        """APIs that say once that they have this already, and no number of it."""
        self.mute: set[str] = set()
        """APIs that never tell a number."""
        self.refused: dict[str, DeliveryError] = {}
        """Raised by every call of this API."""
        self.only_for: dict[str, DeliveryError] = {}
        """Raised by everything that goes to this account."""
        self._codes: dict[str, str] = {}
        self._numbers = count(1)

    async def send(
        self, to: str, message: Message, *, key: str, repeat: int, reply: ReplyAddress | None = None
    ) -> Receipt:
        self._fail(to)
        self.screens.setdefault(to, []).append(Shown(key, message))
        code = self.fresh_code(key)
        return Receipt(card_code=code, code_expires_at=self._clock.now() + timedelta(hours=72))

    def fresh_code(self, key: str) -> str:
        code = f"RC{next(self._numbers)}"
        self._codes[code] = key
        return code

    async def update(self, to: str, key: str, card: Card, *, code: str | None) -> None:
        self._fail(to)
        if self.platform == "wecom" and (code is None or self._codes.pop(code, None) != key):
            raise CardCodeGone("no such code")
        shown = next(shown for shown in self.screens[to] if shown.key == key)
        shown.drawings.append(card)

    async def call(self, api: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        self._fail()
        self.calls.append((api, arguments))
        if api in self.refused:
            raise self.refused[api]
        if api == "kf/customer/batchget":
            found = [
                {"external_userid": ref, "nickname": self.nicknames[ref]}
                for ref in arguments["external_userid_list"]
                if ref in self.nicknames
            ]
            return {"errcode": 0, "customer_list": found}
        if api == UPLOAD:
            return {"media_id": f"P{next(self._numbers)}"}
        if api == "media/get":
            return {"content": await self.media(arguments["media_id"])}
        if api in ("todo", "calendar") and arguments["deed"] == "put":
            is_known = api in self.known or api in self.mute
            self.known.discard(api)
            return {} if is_known else {"id": f"{api}-{next(self._numbers)}"}
        if api == "kf/service_state/get":
            state, servicer = self.service_state.get(arguments["external_userid"], (0, ""))
            return {"errcode": 0, "service_state": state, "servicer_userid": servicer}
        if api == "kf/service_state/trans":
            self.service_state[arguments["external_userid"]] = (
                arguments["service_state"],
                arguments["servicer_userid"],
            )
        return {"errcode": 0}

    async def media(self, media_id: str) -> bytes:
        if media_id not in self.files:
            raise Undeliverable("the media id is invalid or over three days old", code="40007")
        return self.files[media_id]

    def _fail(self, to: str = "") -> None:
        if to in self.only_for:
            raise self.only_for[to]
        if self.errors:
            raise self.errors.pop(0)


@dataclass
class World:
    clock: TurnedClock
    store: Store
    dispatcher: Dispatcher
    worker: Worker
    scheduler: Scheduler
    delivery: Delivery
    wecom: Desk
    dingtalk: Desk
    settings: Settings
    rules: RuleBook
    services: Services
    staff: dict[str, Mapping[str, Any]]
    messengers: dict[str, Messenger]
    """What delivery carries to, by platform."""
    one_by_one: bool = False
    """Whether every event has a commit of its own, for a test that counts its tries."""
    _numbers: Any = field(default_factory=lambda: count(1))

    # -- what people do ----------------------------------------------------------------------

    async def client_writes(
        self, ref: str, text: str, *, nickname: str | None = None, at: datetime | None = None
    ) -> None:
        if nickname is not None:
            self.wecom.nicknames[ref] = nickname
        await self.happens(
            ClientMessage(
                account="wkShop",
                client_ref=ref,
                message_id=f"m{next(self._numbers)}",
                sent_at=at or self.clock.now(),
                speaker=Speaker.CLIENT,
                text=text,
            ),
            lane=f"kf:wkShop:{ref}",
        )

    async def client_speaks(
        self, ref: str, recording: bytes | None, *, nickname: str = "", at: datetime | None = None
    ) -> None:
        """By voice; None: WeCom does not have the file any more."""
        number = next(self._numbers)
        if nickname:
            self.wecom.nicknames[ref] = nickname
        if recording is not None:
            self.wecom.files[f"MEDIA{number}"] = recording
        await self.happens(
            ClientMessage(
                account="wkShop",
                client_ref=ref,
                message_id=f"m{number}",
                sent_at=at or self.clock.now(),
                speaker=Speaker.CLIENT,
                form=Form.VOICE,
                media_id=f"MEDIA{number}",
            ),
            lane=f"kf:wkShop:{ref}",
        )

    async def servicer_writes(self, member: str, ref: str, text: str) -> None:
        await self.happens(
            ClientMessage(
                account="wkShop",
                client_ref=ref,
                message_id=f"m{next(self._numbers)}",
                sent_at=self.clock.now(),
                speaker=Speaker.SERVICER,
                servicer=self.staff[member]["wecom"],
                text=text,
            ),
            lane=f"kf:wkShop:{ref}",
        )

    async def hears(self, member: str, text: str) -> str:
        """A colleague writes to the assistant; what he is answered, in words."""
        platform, account = self._account(member)
        before = len(self.screen(member))
        await self.happens(
            MemberMessage(
                platform=platform,
                account=account,
                message_id=f"m{next(self._numbers)}",
                sent_at=self.clock.now(),
                text=text,
            ),
            lane=f"member:{platform}:{account}",
        )
        return "\n".join(in_plain(shown.message) for shown in self.screen(member)[before:])

    async def presses(self, member: str, label: str, *, card: Shown | None = None) -> None:
        """The newest card on his screen that has this button or menu item."""
        platform, account = self._account(member)
        found = [
            (shown, button)
            for shown in ([card] if card else reversed(self.screen(member)))
            if isinstance(shown.now, Card)
            for button in (*shown.now.buttons, *shown.now.menu)
            if button.text == label and isinstance(button, Button)
        ]
        assert found, f"{member} sees no button {label}"
        shown, button = found[0]
        desk = self.wecom if platform is Platform.WECOM else self.dingtalk
        await self.happens(
            CardPress(
                platform=platform,
                account=account,
                card_key=shown.key,
                action=button.action,
                pressed_at=self.clock.now(),
                code=desk.fresh_code(shown.key) if platform is Platform.WECOM else None,
            ),
            lane=f"member:{platform}:{account}",
        )

    async def passes(self, span: timedelta) -> None:
        """Time goes on, from one due moment to the next."""
        target = self.clock.now() + span
        while True:
            async with self.store.view() as view:
                due = [
                    await timers.next_due(view.session),
                    await outbox.next_due(view.session, after=view.now),
                ]
            ahead = [moment for moment in due if moment is not None and moment <= target]
            if not ahead:
                break
            self.clock.turn_to(max(min(ahead), self.clock.now()))
            await self.settle()
        self.clock.turn_to(target)
        await self.settle()

    async def dismisses(self, member: str) -> None:
        """staff.yaml loses him."""
        async with self.store.transaction() as tx:
            row = await tx.get(Member, member)
            row.active = False
            tx.add(row)

    async def becomes(self, member: str, *roles: str) -> None:
        """staff.yaml gives him other roles."""
        async with self.store.transaction() as tx:
            row = await tx.get(Member, member)
            row.roles = list(roles)
            tx.add(row)

    async def hires(self, row: Mapping[str, Any]) -> None:
        async with self.store.transaction() as tx:
            tx.add(Member(**{"capacity": 30, **row, "manager_id": None}))

    # -- what is seen ------------------------------------------------------------------------

    def screen(self, member: str) -> list[Shown]:
        platform, account = self._account(member)
        desk = self.wecom if platform is Platform.WECOM else self.dingtalk
        return desk.screens.get(account, [])

    def cards(self, member: str) -> list[Card]:
        """His cards as they stand now."""
        return [shown.now for shown in self.screen(member) if isinstance(shown.now, Card)]

    def texts(self, member: str) -> list[str]:
        return [shown.now.text for shown in self.screen(member) if isinstance(shown.now, Text)]

    def notices(self, member: str) -> list[str]:
        """His texts, but for the ladder's warnings that a lead will soon go on."""
        return [text for text in self.texts(member) if not _WARNS.search(text)]

    async def lead(self, number: int = 1) -> Lead:
        async with self.store.view() as view:
            return await view.get(Lead, number)

    async def audited(self) -> list[tuple[str, str]]:
        """(who, what), oldest first."""
        async with self.store.view() as view:
            rows = await view.session.exec(select(AuditEntry).order_by(col(AuditEntry.id)))
            return [(row.who, row.action) for row in rows.all()]

    # -- how it runs -------------------------------------------------------------------------

    async def happens(self, event: Event, *, lane: str) -> None:
        async with self.store.transaction() as tx:
            await tx.arrive(
                [
                    Arrival(
                        kind=event.kind,
                        key=f"test:{next(self._numbers)}",
                        lane=lane,
                        payload=event.model_dump(mode="json"),
                    )
                ]
            )
        await self.settle()

    async def settle(self) -> None:
        """Everything that is due happens, and what comes of it."""
        is_due = True
        while is_due:
            await self.scheduler.tick()
            while await (
                self.worker.handle_one() if self.one_by_one else self.worker.handle_some()
            ):
                pass
            await self.delivery.deliver_due()
            is_due = await self._has_come_due()

    async def _has_come_due(self) -> bool:
        """What came back from the platforms is an event as well."""
        async with self.store.view() as view:
            timer = await timers.next_due(view.session)
            return (timer is not None and timer <= view.now) or await inbox.has_due(
                view.session, now=view.now
            )

    def _account(self, member: str) -> tuple[Platform, str]:
        row = self.staff[member]
        if row.get("wecom"):
            return Platform.WECOM, row["wecom"]
        return Platform.DINGTALK, row["dingtalk"]


_WARNS = re.compile("还没有(?:查看|跟进)，就会")


def in_plain(message: Message) -> str:
    if isinstance(message, Text):
        return message.text
    if isinstance(message, Image):
        return message.words
    rows = [f"{row.name} {row.value}" for row in message.rows]
    buttons = [f"[{button.text}]" for button in message.buttons]
    parts = [message.title, message.subtitle, *rows, message.quote, message.text, *buttons]
    return "\n".join(part for part in parts if part)


TEAM: list[dict[str, Any]] = [
    {
        "id": "lina",
        "name": "李娜",
        "roles": ["rep"],
        "manager": "chen",
        "regions": ["上海", "江苏"],
        "lines": ["医疗设备"],
        "wecom": "LiNa",
    },
    {
        "id": "wanglei",
        "name": "王磊",
        "roles": ["rep"],
        "manager": "chen",
        "regions": ["浙江"],
        "lines": ["医疗设备"],
        "wecom": "WangLei",
    },
    {"id": "chen", "name": "陈经理", "roles": ["manager"], "dingtalk": "chenjl01"},
    {"id": "gao", "name": "高总", "roles": ["director"], "dingtalk": "gao01"},
    {"id": "fin", "name": "财务小周", "roles": ["finance"], "wecom": "fin01"},
    {"id": "svc", "name": "客服小郑", "roles": ["service"], "wecom": "svc01"},
    {"id": "root", "name": "管理员", "roles": ["admin"], "wecom": "root01"},
]


@asynccontextmanager
async def company(
    folder: Path,
    url: str | None = None,
    *,
    team: list[dict[str, Any]] | None = None,
    start: datetime = TUESDAY,
    more: Mapping[str, Any] | None = None,
    rules: Mapping[str, Any] | None = None,
) -> AsyncIterator[World]:
    """A world of its own in `folder`, over this empty database, or over an SQLite there. `more`
    are settings of its own, `rules` business rules by concern."""
    people = team if team is not None else TEAM
    rules_dir = folder / "rules"
    rules_dir.mkdir()
    for concern, said in {"staff": {"staff": people}, **(rules or {})}.items():
        written = yaml.safe_dump(said, allow_unicode=True)
        (rules_dir / f"{concern}.yaml").write_text(written, encoding="utf-8")
    settings = Settings.model_validate(
        {
            "database_url": url or await fresh_database(folder / "genjin.db"),
            "public_url": "https://bot.example.com",
            "encryption_key": fresh_key(),
            "rules_dir": str(rules_dir),
            **(more or {}),
        }
    )
    clock = TurnedClock(start)
    book = RuleBook(rules_dir)
    database = Database(settings.database_url)
    try:
        vault = await open_vault(database, settings.encryption_keys)
        compiled_once(database)
        wakeup = LocalWakeup()
        numbers = count(1)
        store = Store(database, vault, clock, wakeup, fresh_id=lambda: f"k{next(numbers)}")
        await follow_staff(store, book.current)
        services = Services(settings, clock, book, SignedLinks(settings, book, clock))
        dispatcher = Dispatcher(ROUTERS, services.provide, services.types)
        wecom, dingtalk = Desk("wecom", clock), Desk("dingtalk", clock)
        desks: dict[str, Messenger] = {"wecom": wecom, "dingtalk": dingtalk}
        yield World(
            clock=clock,
            store=store,
            dispatcher=dispatcher,
            worker=Worker(store, dispatcher, wakeup),
            scheduler=Scheduler(store, wakeup, (), settings.zone),
            delivery=Delivery(store, desks, wakeup),
            wecom=wecom,
            dingtalk=dingtalk,
            settings=settings,
            rules=book,
            services=services,
            staff={row["id"]: row for row in people},
            messengers=desks,
        )
    finally:
        await database.close()


class Opens(Protocol):
    """`company`, in a folder and over a database that are settled."""

    def __call__(
        self,
        *,
        team: list[dict[str, Any]] | None = None,
        start: datetime = TUESDAY,
        more: Mapping[str, Any] | None = None,
        rules: Mapping[str, Any] | None = None,
    ) -> AbstractAsyncContextManager[World]: ...

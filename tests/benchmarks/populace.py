"""A firm's clients after some years: 230,000 numbers, 5,000,000 facts, as the tables have them.

    async with spine_over(url, TurnedClock(TUESDAY)) as spine:
        populace = await populate(spine.database, spine.vault)

Most clients have some twenty facts; one in fifty a hundred and fifty, one in a thousand two
thousand. Values are sealed with the clients' own keys. The same seed gives the same clients.
"""

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any

import orjson

from crm_store.database import Database
from crm_store.models import IdentityKind
from crm_store.names import grams_of_client
from crm_store.queries.fields import content_of
from crm_store.vault import Cipher, Vault
from tests.benchmarks.loading import Load, Row, loading
from tests.crm_store.conftest import TUESDAY

CLIENTS = 230_000
FACTS = 5_000_000
MEMBERS = 200
_PAGE = 10_000
"""Clients that are made at once."""
_STEP, _STEPS = 37, 20_000
"""Minutes, and how many of them are looked back: a year and five months."""
_A_WEEK = timedelta(days=7)

_SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦许何吕施张孔曹严华金魏陶姜"
_GIVEN = "伟芳娜敏静磊洋艳勇杰娟涛明超秀霞平刚桂英文云建国志红玉兰海燕春梅"
_TITLES = ("主任", "经理", "院长", "老师", "总", "采购", "科长")
_PLACES = (
    *("上海", "北京", "广州", "深圳", "杭州", "南京", "苏州", "无锡", "成都", "重庆", "武汉"),
    *("西安", "长沙", "郑州", "合肥", "济南", "青岛", "大连", "沈阳", "厦门", "福州", "宁波"),
)
_BRANDS = "康源安和瑞泰宏远嘉恒博思创新华诚信达通盛隆广德润丰晨曦启航凯旋锦绣天佑"
_TRADES = (
    *("医疗器械", "生物科技", "教育咨询", "软件", "物流", "国际贸易", "电子商务", "医院管理"),
    *("机电设备", "仪器仪表", "食品", "纺织", "环保", "建材", "文化传播", "药业"),
)
_PRODUCTS = (("CT设备", "医疗设备"), ("彩超", "医疗设备"), ("雅思冲刺班", "教育培训"))
_KINDS = (
    *["message_in"] * 5,
    *["message_out"] * 3,
    *["field_learned"] * 5,
    *["followed_up"] * 3,
    *["viewed", "reminded", "promise_made", "priority_raised"],
)
_IS_MESSAGE = {"message_in": "in", "message_out": "out"}
_WHY = orjson.dumps(
    {
        "rule": "assignment",
        "tie": "",
        "candidates": [
            {
                **{"member_id": f"m{n}", "name": f"销售{n:03}", "score": 80 - n, "excluded": ""},
                "criteria": [{"name": "地区", "points": 40, "most": 40, "reason": "负责上海"}],
            }
            for n in range(3)
        ],
    }
).decode()


@dataclass(frozen=True)
class Person:
    """A client as he would be searched for. His number is `id`."""

    id: int
    name: str
    company: str
    phone: str
    email: str

    @classmethod
    def of(cls, number: int) -> "Person":
        """The same for the same number."""
        drawn = random.Random(number)
        surname = drawn.choice(_SURNAMES)
        full = surname + "".join(drawn.choices(_GIVEN, k=2))
        name = full if number % 2 else surname + drawn.choice(_TITLES)
        brand = "".join(drawn.choices(_BRANDS, k=2))
        trade, place = drawn.choice(_TRADES), drawn.choice(_PLACES)
        return cls(
            id=number,
            name=name,
            company=f"{place}{brand}{trade}有限公司" if number % 10 else "",
            phone=f"+861{30 + number % 70}{number * 7919 % 100_000_000:08}",
            email=f"c{number}@example.com" if number % 3 == 0 else "",
        )


@dataclass(frozen=True)
class Populace:
    clients: int
    facts: int

    @cached_property
    def heavy(self) -> list[int]:
        """The numbers of those of whom thousands of facts are known."""
        return list(range(1_000, self.clients + 1, 1_000))

    @cached_property
    def busy(self) -> list[int]:
        return list(range(50, self.clients + 1, 50))

    def facts_of(self, number: int) -> int:
        if number % 1_000 == 0:
            return 2_000
        return 150 if number % 50 == 0 else self._usual + number % 3

    @cached_property
    def _usual(self) -> int:
        heavy = len(self.heavy)
        many = 2_000 * heavy + 150 * (len(self.busy) - heavy)
        return max(3, (self.facts - many) // max(1, self.clients - len(self.busy)) - 1)

    @staticmethod
    def owner_of(number: int) -> str:
        return f"m{number % MEMBERS}"


async def populate(
    database: Database, vault: Vault, *, clients: int = CLIENTS, facts: int = FACTS
) -> Populace:
    """Fills a migrated, empty database."""
    populace = Populace(clients, facts)
    async with loading(database) as load:
        await load.put("members", _COLUMNS["members"], _members())
        making = _Making(populace, vault, load)
        for first in range(1, clients + 1, _PAGE):
            for number in range(first, min(first + _PAGE, clients + 1)):
                making.client(number)
            for table, rows in making.rows.items():
                await load.put(table, _COLUMNS[table], rows)
                rows.clear()
        await load.put("client_grams", ("gram", "number"), _grams(clients))
    return populace


def _grams(clients: int) -> list[Row]:
    """In the index's order, as it is filled fastest."""
    people = map(Person.of, range(1, clients + 1))
    return sorted(
        (gram, one.id) for one in people for gram in grams_of_client(one.name, one.company)
    )


def _members() -> Iterator[Row]:
    for n in range(MEMBERS):
        yield f"m{n}", f"销售{n:03}", '["rep"]', "m0" if n else None, "", "[]", "[]", "", 50, True


@dataclass(frozen=True, slots=True)
class _One:
    """The number whose rows are made; they are the live client's."""

    id: int
    live: int
    origin: int | None
    cipher: Cipher
    steps: int
    """How many facts there are of him."""

    @property
    def owner(self) -> str:
        return Populace.owner_of(self.live)


class _Making:
    """Rows of some clients at a time."""

    def __init__(self, populace: Populace, vault: Vault, load: Load) -> None:
        self._populace = populace
        self._vault = vault
        ago = [TUESDAY - timedelta(minutes=_STEP * n) for n in range(_STEPS)]
        self._ago = [load.moment(at) for at in ago]
        self._incoming = [f'"sent_at":"{at.isoformat()}"' for at in ago]
        self._promised = [
            f'"due":{{"start":"{at.isoformat()}","end":"{(at + _A_WEEK).isoformat()}"}}'
            for at in ago
        ]
        self.rows: dict[str, list[Row]] = {table: [] for table in _COLUMNS if table != "members"}
        self._last = Counter[str]()

    def _next(self, table: str) -> int:
        self._last[table] += 1
        return self._last[table]

    @staticmethod
    def _age(one: int, step: int, steps: int) -> int:
        """In steps of time: a client's facts lie evenly between his first day and now."""
        first = 200 + one * 31 % (_STEPS - 1_000)
        return first - first * step // max(steps, 1)

    def client(self, number: int) -> None:
        """Every twentieth is an alias of the one before him."""
        person = Person.of(number)
        live = number - 1 if number % 20 == 19 else number
        wrapped = self._vault.fresh_client_key(number)
        one = _One(
            id=number,
            live=live,
            origin=number if live != number else None,
            cipher=self._vault.client_cipher([(number, wrapped)]),
            steps=self._populace.facts_of(number),
        )
        began = self._ago[self._age(number, 0, 1)]
        into = live if one.origin else None
        self.rows["clients"].append((number, person.name, person.company, "上海", began, into))
        self.rows["client_keys"].append((number, live, wrapped))
        if number % 100 == 0:
            self.rows["kin"].append((number - 50, number, began, "[]"))
        self._identities(one, person, began)
        self._leads(one, began)

    def _identities(self, one: _One, person: Person, began: Any) -> None:
        known = [(IdentityKind.PHONE, person.phone), (IdentityKind.FORM, f"website:{person.id}")]
        if person.email:
            known.append((IdentityKind.EMAIL, person.email))
        for kind, value in known:
            sealed = one.cipher.seal(value.encode(), purpose="identity")
            lookup = self._vault.lookup(kind, value)
            self.rows["identities"].append(
                (self._next("identities"), one.live, one.origin, kind.value, lookup, sealed, began)
            )

    def _leads(self, one: _One, began: Any) -> None:
        """One open lead, and a closed one of every fourth."""
        leads = []
        for place in range(2 if one.id % 4 == 0 else 1):
            leads.append(self._next("leads"))
            product, line = _PRODUCTS[(one.id + place) % len(_PRODUCTS)]
            state = "following" if place == 0 and one.origin is None else "lost"
            self.rows["leads"].append(
                (
                    *(leads[-1], one.live, one.origin, line, product, "website", "上海", "normal"),
                    *("[]", 300_000, began, state, one.owner, began, began, 0, "[]", 0, True),
                )
            )
        if one.id % 50 == 0:
            helper = Populace.owner_of(one.live + 1)
            self.rows["collaborators"].append((leads[0], helper, began))
        text = one.cipher.seal("您好，上次说的方案什么时候能给？".encode(), purpose="message")
        self.rows["intake"].append(
            (
                *(one.id, "website", f"{one.id:064}", leads[0], one.live, one.origin, False, ""),
                *(one.cipher.seal(b"{}", purpose="intake"), began),
            )
        )
        for name, value in _KNOWN:
            sealed = one.cipher.seal(content_of(value, "").encode(), purpose="field")
            self.rows["lead_fields"].append(
                (self._next("lead_fields"), leads[0], one.origin, name, sealed, 0, 0, "form", began)
            )
        self._timeline(one, leads, text)

    def _timeline(self, one: _One, leads: Sequence[int], text: bytes) -> None:
        promise = one.cipher.seal("下周给您报价".encode(), purpose="fact")
        facts, messages, owner = self.rows["timeline"], self.rows["messages"], one.owner
        for step in range(one.steps):
            age = self._age(one.id, step, one.steps)
            at, lead = self._ago[age], leads[step % len(leads)]
            kind = _FIRST[step] if step < len(_FIRST) else _KINDS[(one.id + step) % len(_KINDS)]
            data, by = _DATA.get(kind, ""), None if kind == "message_in" else owner
            if kind in _IS_MESSAGE:
                message, direction = self._next("messages"), _IS_MESSAGE[kind]
                data = f'{{"message_id":{message}}}'
                if direction == "in":
                    data = f'{{"message_id":{message},{self._incoming[age]}}}'
                messages.append(
                    (
                        message,
                        one.live,
                        one.origin,
                        direction,
                        by,
                        at,
                        "text",
                        text,
                        "{}",
                        "微信客服",
                    )
                )
            elif kind == "assigned":
                data = f'{{"owner_id":"{owner}","previous_id":null,"automatic":true,{_FIRST_TIME}}}'
            elif kind == "promise_made":
                data = (
                    f'{{"action":"quote",{self._promised[age]},"message_id":1,"start":0,"end":6}}'
                )
            facts.append(
                (
                    *(self._next("timeline"), kind, at, one.live, one.origin, lead, by, data),
                    _WHY if kind == "assigned" else None,
                    promise if kind == "promise_made" else None,
                )
            )


_FIRST_TIME = '"reason":"first"'
_FIRST = ("lead_created", "assigned")
_DATA = {
    "lead_created": '{"source":"website"}',
    "field_learned": '{"field":"need","field_id":1,"rule":"form"}',
    "followed_up": '{"how":"contacted"}',
    "viewed": '{"how":"command"}',
    "reminded": '{"member_id":"m0","waited":"48 小时"}',
    "priority_raised": '{"tags":["高意向"]}',
}
_KNOWN = (
    ("budget", {"min": 300_000, "max": 300_000, "currency": "CNY"}),
    ("need", "参数"),
    ("next_contact", {"start": "2026-03-18T09:00:00+08:00", "end": "2026-03-19T00:00:00+08:00"}),
)
_COLUMNS: Mapping[str, Sequence[str]] = {
    "members": (
        *("id", "name", "roles", "manager_id", "team", "regions", "lines", "level", "capacity"),
        "active",
    ),
    "clients": ("id", "name", "company", "region", "created_at", "merged_into_id"),
    "client_keys": ("client_id", "holder_id", "wrapped"),
    "identities": ("id", "client_id", "origin_id", "kind", "lookup", "value", "added_at"),
    "leads": (
        *("id", "client_id", "origin_id", "line", "product", "source", "region", "priority"),
        *("tags", "budget", "opened_at", "state", "owner_id", "assigned_at"),
        *("last_followed_up_at", "automatic_reassignments", "tried", "told_up_to", "carded"),
    ),
    "collaborators": ("lead_id", "member_id", "since"),
    "kin": ("a_id", "b_id", "since", "evidence"),
    "intake": (
        *("id", "source", "external_id", "lead_id", "client_id", "origin_id", "joined"),
        *("campaign", "body", "taken_at"),
    ),
    "lead_fields": (
        *("id", "lead_id", "origin_id", "name", "value", "start", "end", "rule", "learned_at"),
    ),
    "messages": (
        *("id", "client_id", "origin_id", "direction", "member_id", "sent_at", "form", "body"),
        *("attachment", "source"),
    ),
    "timeline": (
        *("id", "kind", "at", "client_id", "origin_id", "lead_id", "by", "data", "why", "words"),
    ),
}

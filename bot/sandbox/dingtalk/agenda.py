"""待办 and 日程: todos by sourceId, events by x-client-token (doc add-dingtalk-to-do-task,
create-schedule), and the unionId that both want (doc query-user-details)."""

import hashlib
import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.sandbox.cast import Member
from bot.sandbox.ledger import Call
from bot.sandbox.wire import Refused, bug
from bot.sandbox.world import World

SUBJECT_CHARS, SUMMARY_CHARS, EXECUTORS = 1024, 2048, 100
EVENTS_A_DAY = 100
PRIORITIES = {10, 20, 30, 40}
TODO_FIELDS = {
    *("sourceId", "subject", "creatorId", "executorIds", "participantIds", "dueTime"),
    *("description", "detailUrl", "priority", "isOnlyShowExecutor", "notifyConfigs"),
}
CHANGES = {"subject", "dueTime", "description", "done", "executorIds", "participantIds"}
UNKNOWN_USER = 60121
BAD_TODO, BAD_EVENT = "InvalidParameter", "invalidParameter"


@dataclass
class Entry:
    """A todo or an event as its owner sees it."""

    number: str
    owner: str
    """The member's id in the cast."""
    title: str
    due: Any
    is_done: bool = False


@dataclass
class Agenda:
    world: World
    todos: dict[str, Entry] = field(default_factory=dict)
    events: dict[str, Entry] = field(default_factory=dict)
    _by_source: dict[str, str] = field(default_factory=dict)
    _by_token: dict[str, str] = field(default_factory=dict)
    _today: dict[tuple[str, str], int] = field(default_factory=dict)
    _numbers: Any = field(default_factory=lambda: itertools.count(1))

    async def user(self, call: Call, body: Mapping[str, Any]) -> dict[str, Any]:
        """topapi/v2/user/get"""
        member = self.world.cast.by_dingtalk(str(body.get("userid", "")))
        if member is None:
            raise Refused(UNKNOWN_USER, "找不到该用户")
        result = {"userid": member.dingtalk, "unionid": union_of(member), "name": member.name}
        return {"result": result}

    # -- todos --------------------------------------------------------------------------------

    async def add_todo(
        self, call: Call, body: Mapping[str, Any], union: str, operator: str
    ) -> dict[str, Any]:
        owner = self._member(union)
        self._check_operator(operator)
        if strange := set(body) - TODO_FIELDS:
            bug(BAD_TODO, f"{sorted(strange)} are no fields of a todo")
        source = body.get("sourceId")
        if not isinstance(source, str) or not source:
            bug(BAD_TODO, "sourceId is missing: a repeat would make a second todo")
        self._check_todo(body)
        if not isinstance(body.get("detailUrl"), dict) or not body["detailUrl"].get("pcUrl"):
            bug(BAD_TODO, "detailUrl is required")
        executors = body.get("executorIds", [])
        if not isinstance(executors, list) or not 0 < len(executors) <= EXECUTORS:
            bug(BAD_TODO, "executorIds")
        for executor in executors:
            self._member(executor)
        if source not in self._by_source:
            number = f"task{next(self._numbers)}"
            self._by_source[source] = number
            self.todos[number] = Entry(number, owner.id, body["subject"], body.get("dueTime"))
        call.receivers = (owner.id,)
        return {"id": self._by_source[source], "subject": body["subject"]}

    async def change_todo(
        self, call: Call, body: Mapping[str, Any], union: str, number: str, operator: str
    ) -> dict[str, Any]:
        self._member(union)
        self._check_operator(operator)
        entry = self._entry(self.todos, number)
        if strange := set(body) - CHANGES:
            bug(BAD_TODO, f"{sorted(strange)} cannot be changed")
        self._check_todo({"subject": entry.title, **body})
        entry.title = body.get("subject", entry.title)
        entry.due = body.get("dueTime", entry.due)
        entry.is_done = bool(body.get("done", entry.is_done))
        return {"result": True}

    async def remove_todo(
        self, call: Call, body: Mapping[str, Any], union: str, number: str, operator: str
    ) -> dict[str, Any]:
        self._member(union)
        self._check_operator(operator)
        self._entry(self.todos, number)
        del self.todos[number]
        return {"result": True}

    def _check_todo(self, body: Mapping[str, Any]) -> None:
        subject = body.get("subject")
        if not isinstance(subject, str) or not 0 < len(subject) <= SUBJECT_CHARS:
            bug(BAD_TODO, "subject")
        due = body.get("dueTime")
        if due is not None and (not isinstance(due, int) or due < 10**12):
            bug(BAD_TODO, "dueTime counts in milliseconds")
        if body.get("priority", 20) not in PRIORITIES:
            bug(BAD_TODO, "priority is 10, 20, 30 or 40")

    # -- events -------------------------------------------------------------------------------

    async def add_event(
        self, call: Call, body: Mapping[str, Any], union: str, token: str
    ) -> dict[str, Any]:
        owner = self._member(union)
        if not token:
            bug(BAD_EVENT, "x-client-token is missing: a repeat would make a second event")
        self._check_event(body)
        if token not in self._by_token:
            day = (owner.id, f"{self.world.now:%Y-%m-%d}")
            self._today[day] = self._today.get(day, 0) + 1
            if self._today[day] > EVENTS_A_DAY:
                raise Refused("flowLimit", "100 events a day and user")
            number = f"event{next(self._numbers)}"
            self._by_token[token] = number
            self.events[number] = Entry(number, owner.id, body["summary"], body["start"])
        call.receivers = (owner.id,)
        return {"id": self._by_token[token], "summary": body["summary"]}

    async def change_event(
        self, call: Call, body: Mapping[str, Any], union: str, number: str
    ) -> dict[str, Any]:
        self._member(union)
        entry = self._entry(self.events, number)
        self._check_event(body)
        entry.title, entry.due = body["summary"], body["start"]
        return {"id": number}

    async def remove_event(
        self, call: Call, body: Mapping[str, Any], union: str, number: str
    ) -> dict[str, Any]:
        self._member(union)
        self._entry(self.events, number)
        del self.events[number]
        return {}

    def _check_event(self, body: Mapping[str, Any]) -> None:
        summary = body.get("summary")
        if not isinstance(summary, str) or not 0 < len(summary) <= SUMMARY_CHARS:
            bug(BAD_EVENT, "summary")
        start, end = _moment(body.get("start")), _moment(body.get("end"))
        if end < start:
            bug(BAD_EVENT, "the event ends before it begins")

    # -- people -------------------------------------------------------------------------------

    def _member(self, union: Any) -> Member:
        for member in self.world.cast.members:
            if member.dingtalk and union == union_of(member):
                return member
            if member.dingtalk and union == member.dingtalk:
                bug(BAD_TODO, "this is a userid; unionId is wanted")
        raise Refused("user.not.exist", "the unionId is unknown")

    def _check_operator(self, operator: str) -> None:
        if not operator:
            bug(BAD_TODO, "operatorId is missing")
        self._member(operator)

    def _entry(self, known: Mapping[str, Entry], number: str) -> Entry:
        if number not in known:
            raise Refused("notFound", "there is no such entry")
        return known[number]


def union_of(member: Member) -> str:
    """Never the userid: who takes the one for the other is found out."""
    return "un" + hashlib.sha256(f"union:{member.dingtalk}".encode()).hexdigest()[:20]


def _moment(written: Any) -> datetime:
    if not isinstance(written, dict) or not written.get("timeZone"):
        bug(BAD_EVENT, "dateTime and timeZone are wanted")
    try:
        moment = datetime.fromisoformat(str(written.get("dateTime")))
    except ValueError:
        bug(BAD_EVENT, "dateTime is not ISO 8601")
    if moment.tzinfo is None:
        bug(BAD_EVENT, "dateTime has no offset")
    return moment

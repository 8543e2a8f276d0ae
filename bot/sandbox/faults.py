"""Scripted misbehaviour: what a test tells the platforms to do wrong, and when."""

import asyncio
from collections import defaultdict, deque
from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import Any, Protocol

QPS = 20
FORBIDDEN_IP = 60020
PREFIXES = ("wecom/cgi-bin/", "cgi-bin/", "dingtalk-oapi/", "dingtalk/")


@dataclass(frozen=True)
class ScriptedAnswer:
    """An answer given instead of the real one. `body`, where set, is sent as it stands."""

    code: int | str
    message: str
    status: int | None = None
    body: Any = None


class StreamFaults(Protocol):
    """What can go wrong on DingTalk's Stream connections."""

    def half_dead(self) -> None:
        """Every open socket stays open, and nothing comes through it any more."""

    def disconnect(self, reason: str = "persistent connection is timeout") -> Awaitable[None]:
        """Tells every connection to go: stops delivering at once, closes it a while later."""

    def drop(self) -> Awaitable[None]:
        """Closes every socket without a word."""

    def redeliver(self, last: int = 1) -> Awaitable[None]:
        """Delivers the last frames again under their old message ids, acknowledged or not."""


@dataclass
class _Script:
    """What still has to go wrong at one path."""

    answers: deque[ScriptedAnswer] = field(default_factory=deque)
    statuses: deque[int] = field(default_factory=deque)
    gates: deque[asyncio.Event] = field(default_factory=deque)
    cuts: int = 0
    resets: int = 0


class Faults:
    """Paths may be given short ("message/send", "v1.0/robot/oToMessages/batchSend") or in full."""

    stream: StreamFaults
    """Set by the sandbox."""

    def __init__(self) -> None:
        self._scripts: defaultdict[str, _Script] = defaultdict(_Script)
        self.token_generation = 0
        self.qps: int | None = QPS
        """DingTalk's calls a second and API; None lifts the limit."""
        self.without_callback: set[str] = set()
        """WeCom apps whose console has no callback URL: interactive cards get 43012."""
        self.not_taking: set[str] = set()
        """Members (ids of the cast) who do not take 微信客服 sessions: 95014."""
        self.unpublished_app = False
        """DingTalk leaves out senderStaffId."""
        self.quota_spent = False
        """DingTalk's robot callbacks come with errCode 20001 and without their text."""
        self.failing_card_deliveries = 0
        """How many of the next cards fail in deliverResults, under success: true."""
        self.kf_page: int | None = None
        """At most so many messages in a page of sync_msg."""
        self.kf_empty_pages = 0
        """How many of the next pages are empty, with has_more = 1."""
        self.kf_repeats = 0
        """How many of the next pages begin with the page before."""
        self.kf_reversed_pages = 0
        """How many of the next pages come in the wrong order."""

    def will_answer(
        self,
        path: str,
        code: int | str,
        message: str = "",
        *,
        times: int = 1,
        status: int | None = None,
    ) -> None:
        """The next calls are refused with `code`, and do nothing."""
        answer = ScriptedAnswer(code, message or "told to fail", status)
        self._script(path).answers.extend([answer] * times)

    def will_answer_body(self, path: str, status: int, body: Any, *, times: int = 1) -> None:
        """The next calls get this body, whatever it is (DingTalk's odd answer to a flood)."""
        answer = ScriptedAnswer(0, "", status, body)
        self._script(path).answers.extend([answer] * times)

    def refuse_ip(self, path: str, ip: str = "203.0.113.9", *, times: int = 1) -> None:
        """60020, as for a caller outside the trusted IP list."""
        message = f"not allow to access from your ip, from ip: {ip}"
        self.will_answer(path, FORBIDDEN_IP, message, times=times)

    def http_status(self, path: str, status: int, times: int = 1) -> None:
        """The next calls get a bare HTTP status, and do nothing."""
        self._script(path).statuses.extend([status] * times)

    def drop_after_delivery(self, path: str, times: int = 1) -> None:
        """The next successful calls do what they should; the answer never gets through."""
        self._script(path).cuts += times

    def reset(self, path: str, times: int = 1) -> None:
        """The next calls get their connection cut, and do nothing."""
        self._script(path).resets += times

    def slow(self, path: str, gate: asyncio.Event, times: int = 1) -> None:
        """The next calls wait, before they do anything, until the gate is set."""
        self._script(path).gates.extend([gate] * times)

    def heal(self, path: str) -> None:
        """Nothing more goes wrong at this path."""
        script = self._script(path)
        script.answers.clear()
        script.statuses.clear()
        script.cuts = script.resets = 0

    def revoke_tokens(self) -> None:
        """Every token given out, on both platforms, is worth nothing from now on."""
        self.token_generation += 1

    def take_gate(self, path: str) -> asyncio.Event | None:
        gates = self._script(path).gates
        return gates.popleft() if gates else None

    def take_status(self, path: str) -> int | None:
        statuses = self._script(path).statuses
        return statuses.popleft() if statuses else None

    def take_answer(self, path: str) -> ScriptedAnswer | None:
        answers = self._script(path).answers
        return answers.popleft() if answers else None

    def take_reset(self, path: str) -> bool:
        script = self._script(path)
        if not script.resets:
            return False
        script.resets -= 1
        return True

    def take_cut(self, path: str) -> bool:
        script = self._script(path)
        if not script.cuts:
            return False
        script.cuts -= 1
        return True

    def _script(self, path: str) -> _Script:
        short = path.lstrip("/")
        for prefix in PREFIXES:
            short = short.removeprefix(prefix)
        return self._scripts[short]

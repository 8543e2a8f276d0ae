"""What tells another system that a client's master data changed: a signed POST, and its answer as
done or as one of the errors of notifiers/errors.py.

    Idempotency-Key: KEY            the same at each retry
    X-Genjin-Event: client.changed
    X-Genjin-Sequence: 7            counts the changes of one CID
    X-Genjin-Signature: t=UNIXSECONDS,v1=HEX
                                    HMAC-SHA256 with the system's secret over `UNIXSECONDS.` + body

Only the status of an answer counts. What it says is read to keep the connection, and dropped.
"""

import hashlib
import hmac
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import aiohttp

from config.clock import Clock
from config.schemas.connections import Connections, System
from config.settings import Connection
from notifiers.card import Card, Message
from notifiers.errors import DeliveryError, Misconfigured, Puzzling, Retryable, Undeliverable
from notifiers.messenger import Receipt, ReplyAddress
from notifiers.openai_errors import retry_after
from notifiers.wire import Raw, TooLong, Wire, as_json

PLATFORM = "webhook"
TELL = "tell"
"""The one call: {"system", "key", "body"} → {}."""
PATIENT_FOR = 3
"""So many tries in a row may go unanswered before the system counts as away."""
_LONGEST = 65_536
"""Bytes of an answer."""
_TAKEN = range(200, 300)
_REDIRECTS = range(300, 400)
_TOO_MANY = 429
_LATER = frozenset({408, 409, 423, 425, _TOO_MANY})
_NOT_LET_IN = frozenset({401, 403, 407})
_NOWHERE = frozenset({404, 405, 410})
_CLIENTS_FAULT = range(400, 500)
_SERVER_FAULT = 500


def app_of(system: str) -> str:
    """The name of its breaker."""
    return f"{PLATFORM}.{system}"


def signature(secret: str, body: bytes, *, at: int) -> str:
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256)
    return f"t={at},v1={digest.hexdigest()}"


class WebhookMessenger:
    """`Messenger` towards the systems that connections.yaml names at the moment."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        connections: Callable[[], Connections],
        secrets: Mapping[str, Connection],
        clock: Clock,
    ) -> None:
        self._wire = Wire(session)
        self._connections = connections
        self._secrets = secrets
        self._clock = clock
        self._unanswered: Counter[str] = Counter()
        """Tries in a row, by system, that no system answered."""

    async def send(
        self, to: str, message: Message, *, key: str, repeat: int, reply: ReplyAddress | None = None
    ) -> Receipt:
        raise Undeliverable("a system is told nothing but changes")

    async def update(self, to: str, key: str, card: Card, *, code: str | None) -> None:
        raise Undeliverable("a system is told nothing but changes")

    async def call(self, api: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """As in `Messenger`; `api` is TELL."""
        if api != TELL:
            raise Undeliverable(f"there is no call named {api}", code="unknown api")
        system = self._connections().named(arguments["system"])
        if system is None or system.url is None:
            raise Undeliverable("the system is not registered", code="unregistered")
        secret = self._secrets.get(system.name)
        if secret is None:
            advice = f"在设置里写上 connections.{system.name}.secret，和对方用同一个"
            reason = "there is no secret to sign with"
            raise Misconfigured(reason, app=app_of(system.name), advice=advice)
        body = as_json({**arguments["body"], "key": arguments["key"]})
        now = int(self._clock.now().timestamp())
        headers = {
            "User-Agent": "Genjin",
            "Idempotency-Key": arguments["key"],
            "X-Genjin-Event": str(arguments["body"]["event"]),
            "X-Genjin-Sequence": str(arguments["body"].get("sequence", 0)),
            "X-Genjin-Signature": signature(secret.secret.get_secret_value(), body, at=now),
        }
        status, answered = await self._post(system, system.url, headers, body)
        if status not in _TAKEN:
            raise self._refusal(system, status, answered)
        self._unanswered.pop(system.name, None)
        return {}

    async def _post(
        self, system: System, url: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, Mapping[str, str]]:
        try:
            raw: Raw = await self._wire.raw(
                "POST", url, headers=headers, body=body, longest=_LONGEST
            )
        except TooLong as chatty:
            return chatty.status, {}
        except Retryable as away:
            raise self._away(system, away) from None
        return raw.status, raw.headers

    def _refusal(self, system: System, status: int, headers: Mapping[str, str]) -> DeliveryError:
        code = f"http {status}"
        if status >= _SERVER_FAULT:
            away = Retryable("the system does not answer", code=code)
            return self._away(system, away)
        self._unanswered.pop(system.name, None)
        wrong = _wrong_setting(system, status)
        if wrong is not None:
            return wrong
        if status in _LATER:
            after = retry_after(headers.get("Retry-After", ""), now=self._clock.now())
            return Retryable("the platform is busy or limiting", code=code, after=after)
        if status in _CLIENTS_FAULT:
            reason = "the system refuses the content"
            return Undeliverable(reason, code=code, by_platform=True)
        return Puzzling(f"the platform answered HTTP {status}", code=code)

    def _away(self, system: System, error: Retryable) -> DeliveryError:
        """One that is away would be tried for every client: a breaker tries it once a minute."""
        self._unanswered[system.name] += 1
        if self._unanswered[system.name] < PATIENT_FOR:
            return error
        return Misconfigured(
            error.reason,
            app=app_of(system.name),
            advice=f"检查{system.called}是否在运行、证书是否有效，"
            f"核对 connections.yaml 里 {system.name} 的 url",
            code=error.code,
        )


def _wrong_setting(system: System, status: int) -> Misconfigured | None:
    name, code = system.name, f"http {status}"
    if status in _NOT_LET_IN:
        reason = "the system refuses the credentials"
        advice = f"核对设置 connections.{name}.secret，两边要一样"
    elif status in _NOWHERE:
        reason = "the system has no such address"
        advice = f"核对 connections.yaml 里 {name} 的 url"
    elif status in _REDIRECTS:
        reason = "the system sends us elsewhere"
        advice = f"通知不跟着转到别处：把 connections.yaml 里 {name} 的 url 改成最终的地址"
    else:
        return None
    return Misconfigured(reason, app=app_of(name), advice=advice, code=code)

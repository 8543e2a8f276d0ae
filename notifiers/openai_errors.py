"""What an OpenAI-compatible service answers beside an answer, turned into what is to be done.

Judged by the status, and by the error object's own fields where one status means several things.
The fields are the protocol's (`{"error": {"code", "type", "param", "message"}}`); the message is
the vendor's prose and may quote the client, so it is neither read nor passed on.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import orjson

from notifiers.errors import DeliveryError, Misconfigured, Puzzling, Retryable, Undeliverable

OK = 200
_TOO_MANY = 429
_SERVER_FAULT = 500
_REDIRECTS = range(300, 400)
_LATER = frozenset({408, 409, 425})
_KEY = "核对设置 {app}.api_key：在{what}的控制台重新生成并填入，确认它可以用这个模型"
_PLACE = "核对设置 {app}.base_url（到 /v1 为止，不带 {path}）和 {app}.model"
_MONEY = "{what}的余额或额度用完了：到它的控制台充值或提高额度"
_PROXY = "本机到{what}要经过要求登录的代理：请让它直接连得上"
_SETTING = {401: _KEY, 402: _MONEY, 403: _KEY, 404: _PLACE, 405: _PLACE, 407: _PROXY}
_SPENT = ("insufficient_quota", "insufficient_balance", "billing", "arrearage", "quota_exceeded")
_NO_MODEL = ("model_not_found", "invalid_model", "model_not_exist", "model_not_supported")
_LONGEST_WAIT = timedelta(minutes=5)


@dataclass(frozen=True)
class Service:
    """One service, as an administrator knows it. `app` is its section of the settings, and the
    name of its breaker."""

    app: str
    what: str
    """模型服务"""
    path: str
    """What is appended to base_url."""
    parameters: Mapping[str, str] = field(default_factory=dict)
    """What it must take, and what to do where it refuses it."""

    def wrong(self, advice: str, status: int) -> Misconfigured:
        told = advice.format(app=self.app, what=self.what, path=self.path)
        reason = "settings or rights are wrong"
        return Misconfigured(reason, app=self.app, advice=told, code=f"http {status}")


def failure(
    service: Service, status: int, content: bytes, headers: Mapping[str, str], *, now: datetime
) -> DeliveryError:
    """The error that an answer with this status means; `now` for a Retry-After that is a date."""
    code = f"http {status}"
    if status == _TOO_MANY and not _says(content, _SPENT):
        after = retry_after(headers.get("Retry-After", ""), now=now)
        return Retryable("the platform is busy or limiting", code=code, after=after)
    wrong = _wrong_setting(service, status, content)
    if wrong is not None:
        return wrong
    if status in _LATER or status >= _SERVER_FAULT:
        return Retryable(f"the platform answered HTTP {status}", code=code)
    if OK < status < min(_REDIRECTS):
        return Puzzling(f"the platform answered HTTP {status}", code=code)
    # It may be this content alone: too long, or against the vendor's own rules.
    return Undeliverable("the content is refused", code=code, by_platform=True)


def _wrong_setting(service: Service, status: int, content: bytes) -> Misconfigured | None:
    if _says(content, _SPENT):
        return service.wrong(_MONEY, status)
    if status in _SETTING:
        return service.wrong(_SETTING[status], status)
    if status in _REDIRECTS:
        return service.wrong(_PLACE, status)
    if status >= _SERVER_FAULT:
        return None
    if _says(content, _NO_MODEL) or _is_about(content, "model"):
        return service.wrong(_PLACE, status)
    refused = (name for name in service.parameters if _is_about(content, name))
    return next((service.wrong(service.parameters[name], status) for name in refused), None)


def retry_after(said: str, *, now: datetime) -> timedelta | None:
    """Seconds, or a date; None for what is neither. More than minutes are left to the next try."""
    if said.isascii() and said.strip().isdigit():
        wait = timedelta(seconds=min(int(said.strip()[:9]), _LONGEST_WAIT.total_seconds()))
    else:
        try:
            until = parsedate_to_datetime(said)
        except ValueError:
            return None
        wait = (until if until.tzinfo else until.replace(tzinfo=UTC)) - now
    return min(max(wait, timedelta()), _LONGEST_WAIT)


def _error(content: bytes) -> Mapping[str, Any]:
    try:
        body = orjson.loads(content)
    except orjson.JSONDecodeError:
        return {}
    error = body.get("error", body) if isinstance(body, dict) else {}
    return error if isinstance(error, dict) else {}


def _says(content: bytes, words: tuple[str, ...]) -> bool:
    error = _error(content)
    said = " ".join(str(error.get(name) or "") for name in ("code", "type")).casefold()
    return any(word in said for word in words)


def _is_about(content: bytes, setting: str) -> bool:
    """Whether the parameter that is refused is this one, or lies inside it."""
    named = str(_error(content).get("param") or "")
    return named == setting or named.startswith((f"{setting}.", f"{setting}["))

"""钉钉待办 and 日程: what the assistant keeps track of, in the colleague's own lists.

A todo has a sourceId of ours, an event an x-client-token: putting it there again makes no second
one. Both want the unionId, which the old host tells for a userid.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol

from notifiers.dingtalk_errors import APP, failure
from notifiers.errors import Misconfigured, Undeliverable
from notifiers.wire import Answer

TODO, CALENDAR = "todo", "calendar"
FORMS = (TODO, CALENDAR)
PUT, MOVE, DONE, GONE = "put", "move", "done", "gone"
_USER = "topapi/v2/user/get"
_SUBJECT_CHARS, _SUMMARY_CHARS = 1024, 2048
_ORDINARY = 20
_SHORTEST = timedelta(minutes=30)
_REMINDED_MINUTES = 15
_ZONE = "Asia/Shanghai"
_ADVICE = (
    "钉钉开放平台 → 应用开发 → 您的应用 → 权限管理："
    "开通「待办写」「日历写」和「成员信息读」权限，再发布版本；"
    "不需要就在 promises.yaml 里关掉 dingtalk_todo 和 dingtalk_calendar"
)
_NO_RIGHT = ("88", "60011")
"""The old host's codes where the app may not read the address book."""
_KNOWN_ALREADY = ("sourceid", "duplicat")
"""Whether a repeated sourceId is an error is not documented: taken for what was put before."""
_MISSING = ("notfound", "notexist", "not_exist", "eventnotfound", "tasknotfound")


class Asks(Protocol):
    """How the client reaches the platform: the answer, whatever its code."""

    def __call__(
        self,
        path: str,
        body: Mapping[str, Any],
        *,
        method: str,
        query: Mapping[str, str],
        headers: Mapping[str, str],
        pace: str,
    ) -> Awaitable[Answer]: ...


AsksOld = Callable[[str, Mapping[str, Any]], Awaitable[Answer]]
Code = Callable[[Answer], str | None]


class Agenda:
    """One company's todos and events. unionIds are remembered as long as the process lives."""

    def __init__(self, ask: Asks, ask_old: AsksOld, code: Code) -> None:
        self._ask = ask
        self._ask_old = ask_old
        self._code = code
        self._unions: dict[str, str] = {}

    async def call(self, form: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """`{"id": …}` where something was put; empty where the platform had it already."""
        union = await self._union(str(arguments["account"]))
        deed, number = arguments["deed"], arguments.get("number")
        if deed != PUT and not number:
            raise Undeliverable("the entry's number is not known", code="number")
        base = _tasks(union) if form == TODO else _events(union)
        path = base if deed == PUT else f"{base}/{number}"
        query = {"operatorId": union} if form == TODO else {}
        headers = {}
        body: dict[str, Any] = {}
        if deed in (PUT, MOVE):
            body = _todo(union, arguments) if form == TODO else _event(arguments)
        if deed == DONE and form == TODO:
            body = {"done": True}
        if deed == PUT and form == CALENDAR:
            headers = {"x-client-token": str(arguments["key"])}
        if deed == MOVE and form == TODO:
            body = {name: body[name] for name in ("subject", "dueTime") if name in body}
        answer = await self._ask(
            path, body, method=_METHODS[form, deed], query=query, headers=headers, pace=form
        )
        return self._checked(answer, deed)

    def _checked(self, answer: Answer, deed: str) -> dict[str, Any]:
        code = self._code(answer)
        if code is None:
            number = answer.body.get("id")
            return {"id": str(number)} if number is not None else {}
        folded = code.casefold()
        if deed == PUT and any(sign in folded for sign in _KNOWN_ALREADY):
            return {}
        if deed in (DONE, GONE) and any(sign in folded for sign in _MISSING):
            return {}  # the colleague took it away himself
        error = failure(code)
        if isinstance(error, Misconfigured) and error.only_this_api:
            raise Misconfigured(
                error.reason, app=APP, advice=_ADVICE, code=code, only_this_api=True
            )
        raise error

    async def _union(self, account: str) -> str:
        if account not in self._unions:
            answer = await self._ask_old(_USER, {"userid": account})
            code = str(answer.body.get("errcode", 0))
            if code in _NO_RIGHT:
                raise Misconfigured(
                    "the app may not read the address book",
                    app=APP,
                    advice=_ADVICE,
                    code=code,
                    only_this_api=True,
                )
            if code != "0":
                raise failure(code)
            found = answer.body.get("result")
            union = found.get("unionid") if isinstance(found, dict) else None
            if not isinstance(union, str) or not union or "/" in union:
                raise Undeliverable("no unionid in the answer", code="unionid", by_platform=True)
            self._unions[account] = union
        return self._unions[account]


_METHODS = {
    (TODO, PUT): "POST",
    (TODO, MOVE): "PUT",
    (TODO, DONE): "PUT",
    (TODO, GONE): "DELETE",
    (CALENDAR, PUT): "POST",
    (CALENDAR, MOVE): "PUT",
    (CALENDAR, DONE): "DELETE",
    (CALENDAR, GONE): "DELETE",
}


def _tasks(union: str) -> str:
    return f"v1.0/todo/users/{union}/tasks"


def _events(union: str) -> str:
    return f"v1.0/calendar/users/{union}/calendars/primary/events"


def _todo(union: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    due = arguments.get("due")
    url = str(arguments["url"])
    return {
        "sourceId": str(arguments["key"]),
        "subject": str(arguments["title"])[:_SUBJECT_CHARS],
        "creatorId": union,
        "executorIds": [union],
        **({"dueTime": int(datetime.fromisoformat(due).timestamp() * 1000)} if due else {}),
        "detailUrl": {"appUrl": url, "pcUrl": url},
        "priority": _ORDINARY,
        "isOnlyShowExecutor": True,
        # The assistant has spoken of it itself.
        "notifyConfigs": {"dingNotify": "0"},
    }


def _event(arguments: Mapping[str, Any]) -> dict[str, Any]:
    start = datetime.fromisoformat(str(arguments["due"]))
    end = datetime.fromisoformat(str(arguments.get("until") or arguments["due"]))
    end = max(end, start + _SHORTEST)
    return {
        "summary": str(arguments["title"])[:_SUMMARY_CHARS],
        "start": {"dateTime": start.isoformat(timespec="seconds"), "timeZone": _ZONE},
        "end": {"dateTime": end.isoformat(timespec="seconds"), "timeZone": _ZONE},
        "reminders": [{"method": "dingtalk", "minutes": _REMINDED_MINUTES}],
    }

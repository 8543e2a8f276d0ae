"""POST /api/leads: stored and handled in one transaction, answered with what came of it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import structlog
from aiohttp import web
from pydantic import ValidationError
from pydantic_core import ErrorDetails
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError

from bot.faults import describe
from bot.platforms.reception import body_of
from bot.platforms.wire import Unreadable, read_object
from bot.web.answers import json_answer
from bot.web.pace import A_MINUTE, MOST, Pace, seconds_until
from bot.web.serving import Served
from bot.web.signing import NotKnown, source_of
from config.checking import nearest
from crm_store.errors import NotStored
from crm_store.queries import intake
from crm_store.view import View
from handlers.intake import Taken, known, take_in
from handlers.submission import Submission

log = structlog.get_logger(__name__)

_TRIES = 3
_LONGEST_ID = 200


class Refused(Exception):
    """What was handed in cannot be taken; answered as JSON."""

    def __init__(
        self,
        status: int,
        error: str,
        *,
        field: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(error)
        self.status = status
        self.error = error
        self.field = field
        self.headers = headers

    def answer(self) -> web.Response:
        body = {"error": self.error, "field": self.field}
        return json_answer(body, status=self.status, headers=self.headers)


class LeadIntake:
    def __init__(self, bot: Served) -> None:
        self._bot = bot
        self._pace = Pace()

    def add_to(self, app: web.Application) -> None:
        app.router.add_post("/api/leads", self.take)

    async def take(self, request: web.Request) -> web.Response:
        try:
            taken = await self._take(request)
        except Refused as refused:
            return refused.answer()
        body = {"id": taken.lead, "client": taken.client, "joined": taken.joined}
        return json_answer(body, status=201 if taken.is_new else 200)

    async def _take(self, request: web.Request) -> Taken:
        body = await body_of(request)
        source = self._source(request, body)
        values = _object(body)
        # Known is known, whatever the rest of the body says.
        before = await self._known(source, values.get("external_id"))
        if before is not None:
            return before
        submission = _submission(values)
        await self._hold_back(source)
        taken = await self._store(source, submission)
        if taken.is_new:
            self._bot.submitted += 1
        return taken

    def _source(self, request: web.Request, body: bytes) -> str:
        now = self._bot.clock.now()
        try:
            source = source_of(request.headers, body, self._bot.settings.api_keys, now=now)
        except NotKnown as refusal:
            log.warning("intake_refused", why=str(refusal))
            headers = {"WWW-Authenticate": 'Bearer realm="genjin"'}
            raise Refused(401, str(refusal), headers=headers) from None
        wait = self._pace.wait(source, now=now)
        if wait:
            raise _too_often(wait)
        return source

    async def _hold_back(self, source: str) -> None:
        """What other processes took in, and this one before it was started again, counts too."""
        async with self._readable() as view:
            taken = await intake.taken_since(view, source, view.now - A_MINUTE)
            now = view.now
        if len(taken) >= MOST:
            raise _too_often(seconds_until(taken[-MOST] + A_MINUTE, now))

    async def _known(self, source: str, external_id: object) -> Taken | None:
        if not isinstance(external_id, str) or not 0 < len(external_id) <= _LONGEST_ID:
            return None
        async with self._readable() as view:
            return await known(view, source, external_id)

    @asynccontextmanager
    async def _readable(self) -> AsyncIterator[View]:
        try:
            async with self._bot.store.view() as view:
                yield view
        except (SQLAlchemyError, OSError) as error:
            log.error("intake_not_read", error=describe(error))  # noqa: TRY400 (no rows in logs)
            raise NotStored("the database does not answer") from None

    async def _store(self, source: str, submission: Submission) -> Taken:
        """In one transaction; again where another process was quicker with the same client."""
        for _ in range(_TRIES):
            try:
                async with self._bot.store.transaction() as tx:
                    taken: Taken = await self._bot.dispatcher.act(
                        tx, take_in, {Submission: submission}, {"source": source}
                    )
            except IntegrityError as error:
                log.info("intake_again", error=describe(error))
            except (DBAPIError, OSError) as error:
                log.error("intake_not_stored", error=describe(error))  # noqa: TRY400 (no rows)
                break
            else:
                return taken
        raise NotStored("the lead could not be stored")


def _too_often(wait: int) -> Refused:
    headers = {"Retry-After": str(wait)}
    return Refused(429, f"一分钟最多 {MOST} 次，请稍后再发", headers=headers)


def _object(body: bytes) -> dict[str, Any]:
    try:
        return read_object(body)
    except Unreadable:
        raise Refused(400, "应为一个 JSON 对象") from None


def _submission(values: dict[str, Any]) -> Submission:
    try:
        return Submission.model_validate(values)
    except ValidationError as invalid:
        details = invalid.errors(include_url=False, include_input=False)
    strangers = [str(d["loc"][0]) for d in details if _is_stranger(d) and len(d["loc"]) == 1]
    if strangers:
        raise Refused(422, _unknown(strangers), field=strangers[0][:_LONGEST_ID])
    first = details[0]
    if not first["loc"]:
        raise Refused(422, _in_words(first), field="need")
    raise Refused(422, _in_words(first), field=_place(first))


def _is_stranger(detail: ErrorDetails) -> bool:
    return detail["type"] == "extra_forbidden"


def _unknown(names: list[str]) -> str:
    shown = "、".join(name[:40] for name in names[:5])
    meant = nearest(names[0][:40], Submission.model_fields)
    return f"没有字段 {shown}" + (f"，您要写的可能是 {meant}" if meant else "")


def _place(detail: ErrorDetails) -> str:
    """`budget.min`, without the names pydantic gives to the choices of a union."""
    return ".".join(
        str(step) for step in detail["loc"] if not (isinstance(step, str) and _names_a_type(step))
    )[:_LONGEST_ID]


def _names_a_type(step: str) -> bool:
    return step == "BudgetGiven" or "[" in step


_SENTENCES = {
    "missing": "缺少这个字段",
    "extra_forbidden": "没有这个字段",
    "string_type": "应为文字",
    "string_too_long": "不能多于 {max_length} 个字",
    "string_too_short": "不能是空的",
    "dict_type": "应为一个对象",
    "model_type": "应为文字，或 min、max、currency 组成的对象",
    "int_type": "应为数字",
    "float_type": "应为数字",
    "finite_number": "应为有限的数",
    "literal_error": "只能是 {expected}",
    "greater_than_equal": "不能小于 {ge}",
    "less_than_equal": "不能大于 {le}",
    "value_error": "{error}",
}


def _in_words(detail: ErrorDetails) -> str:
    sentence = _SENTENCES.get(detail["type"])
    return sentence.format(**detail.get("ctx", {})) if sentence else "不是可以用的值"

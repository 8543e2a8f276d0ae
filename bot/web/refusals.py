"""What a source hands in, read and checked, or refused in words that name what is wrong with it."""

from collections.abc import Iterable
from typing import Any, TypeVar

from aiohttp import web
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from bot.platforms.wire import Unreadable, read_object
from bot.web.answers import json_answer
from bot.wording import in_words, place_of
from config.checking import nearest

Given = TypeVar("Given", bound=BaseModel)

LONGEST_ID = 200


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


def object_in(body: bytes) -> dict[str, Any]:
    """The body as one JSON object. Raises Refused."""
    try:
        return read_object(body)
    except Unreadable:
        raise Refused(400, "应为一个 JSON 对象") from None


def fitted(model: type[Given], values: dict[str, Any], *, as_a_whole: str) -> Given:
    """The values as a `model`. Raises Refused; what is wrong with them as a whole is told of the
    field `as_a_whole`."""
    try:
        return model.model_validate(values)
    except ValidationError as invalid:
        details = invalid.errors(include_url=False, include_input=False)
    strangers = [str(d["loc"][0]) for d in details if _is_stranger(d) and len(d["loc"]) == 1]
    if strangers:
        raise Refused(422, _unknown(strangers, model.model_fields), field=strangers[0][:LONGEST_ID])
    first = details[0]
    if not first["loc"]:
        raise Refused(422, in_words(first), field=as_a_whole)
    raise Refused(422, in_words(first), field=place_of(first))


def _is_stranger(detail: ErrorDetails) -> bool:
    return detail["type"] == "extra_forbidden"


def _unknown(names: list[str], known: Iterable[str]) -> str:
    shown = "、".join(name[:40] for name in names[:5])
    meant = nearest(names[0][:40], known)
    return f"没有字段 {shown}" + (f"，您要写的可能是 {meant}" if meant else "")

"""What a source hands in, read and checked, or refused in words that name what is wrong with it."""

from collections.abc import Iterable
from typing import Any, TypeVar

from aiohttp import web
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from bot.platforms.wire import Unreadable, read_object
from bot.web.answers import json_answer
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
        raise Refused(422, _in_words(first), field=as_a_whole)
    raise Refused(422, _in_words(first), field=_place(first))


def _is_stranger(detail: ErrorDetails) -> bool:
    return detail["type"] == "extra_forbidden"


def _unknown(names: list[str], known: Iterable[str]) -> str:
    shown = "、".join(name[:40] for name in names[:5])
    meant = nearest(names[0][:40], known)
    return f"没有字段 {shown}" + (f"，您要写的可能是 {meant}" if meant else "")


def _place(detail: ErrorDetails) -> str:
    """`budget.min`, without the names pydantic gives to the choices of a union."""
    return ".".join(
        str(step) for step in detail["loc"] if not (isinstance(step, str) and _names_a_type(step))
    )[:LONGEST_ID]


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

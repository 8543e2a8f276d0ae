"""What POST /api/leads takes: one object, unknown fields refused, every text within bounds."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import orjson
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    field_validator,
    model_validator,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
LONGEST_TEXT = 8192
LONGEST_WORD = 254
_MOST_EXTRA_BYTES = 65_536
_CURRENCIES = Literal["CNY", "USD", "EUR", "HKD", "JPY", "GBP"]
_REACHABLE = ("phone", "email", "wechat", "need")
_FEWEST_DIGITS = 5
_UNREADABLE = "\ufffd"
"""What stands for a NUL or half a surrogate pair: two ids with one could be each other's."""


def _blank_is_nothing(value: Any) -> Any:
    """A form's empty box arrives as an empty text."""
    if isinstance(value, str):
        return value.strip() or None
    return value


def _moment(value: Any) -> Any:
    """ISO 8601 (Shanghai's where no offset is given) or Unix seconds."""
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value, UTC)
        if isinstance(value, str):
            moment = datetime.fromisoformat(value)
            moment = moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)
            return moment.astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        pass
    raise ValueError("应为 ISO 8601 时间或 Unix 秒数")


_Blank = BeforeValidator(_blank_is_nothing)
Words = Annotated[Annotated[str, StringConstraints(max_length=LONGEST_TEXT)] | None, _Blank]
Instant = Annotated[datetime | None, BeforeValidator(_moment)]
Short = Annotated[Annotated[str, StringConstraints(max_length=LONGEST_WORD)] | None, _Blank]


class BudgetGiven(BaseModel):
    """The extraction contract's amount: whole units, an open side null."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", hide_input_in_errors=True)

    min: Annotated[int | float, Field(ge=0, le=10**15)] | None = None
    max: Annotated[int | float, Field(ge=0, le=10**15)] | None = None
    currency: _CURRENCIES = "CNY"

    @model_validator(mode="after")
    def _a_range(self) -> "BudgetGiven":
        if self.min is None and self.max is None:
            raise ValueError("min 和 max 至少写一个")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError("min 不能大于 max")
        return self


def readable(given: str | None) -> str | None:
    """An id that a source gave, as it is; ValueError where two of its kind could be taken for one
    another."""
    if given is not None and not given.strip():
        raise ValueError("不能是空白")
    if given is not None and _UNREADABLE in given:
        raise ValueError("含有无法识别的字符")
    return given


def dialable(phone: str | None) -> str | None:
    """What may be a phone, as it is; else ValueError."""
    if phone is not None and sum(char.isdigit() for char in phone) < _FEWEST_DIGITS:
        raise ValueError("不像电话号码")
    return phone


class Submission(BaseModel):
    """One lead as a source hands it in. Empty texts count as not given."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", hide_input_in_errors=True)

    external_id: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    name: Words = None
    title: Words = None
    company: Words = None
    phone: Short = None
    email: Short = None
    wechat: Short = None
    credit_code: Short = None
    address: Words = None
    legal_person: Words = None
    region: Words = None
    product: Words = None
    budget: BudgetGiven | Words = None
    need: Words = None
    campaign: Words = None
    ip: Short = None
    created_at: Instant = None
    extra: dict[str, Any] = Field(default_factory=dict)

    _no_blank = field_validator("external_id")(readable)
    _some_digits = field_validator("phone")(dialable)

    @field_validator("email")
    @classmethod
    def _an_address(cls, email: str | None) -> str | None:
        if email is None:
            return None
        name, at, host = email.rpartition("@")
        if not (name and at and "." in host) or any(char.isspace() for char in email):
            raise ValueError("不像邮箱地址")
        return email

    @field_validator("extra")
    @classmethod
    def _not_too_much(cls, extra: dict[str, Any]) -> dict[str, Any]:
        if len(orjson.dumps(extra)) > _MOST_EXTRA_BYTES:
            raise ValueError(f"不能大于 {_MOST_EXTRA_BYTES // 1024} KB")
        return extra

    @model_validator(mode="after")
    def _someone_or_something(self) -> "Submission":
        if not any(getattr(self, field) for field in _REACHABLE):
            raise ValueError("至少要有一种联系方式（phone、email、wechat）或 need")
        return self

"""What POST /api/records/customers takes: one client as a registered system has him."""

from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    field_validator,
    model_validator,
)

from config.schemas.connections import FIELDS, FieldName
from handlers.records import RawClient
from handlers.submission import Instant, dialable, readable
from nlp.normal.credit_codes import credit_code
from nlp.normal.mailboxes import mailboxes
from nlp.normal.phones import phones
from nlp.normal.wechat_ids import wechat_ids

_HIGHEST = 2**53


def _blank_is_nothing(value: Any) -> Any:
    if isinstance(value, str):
        return " ".join(value.split()) or None
    return value


_Blank = BeforeValidator(_blank_is_nothing)
_Short = Annotated[Annotated[str, StringConstraints(max_length=64)] | None, _Blank]
_Name = Annotated[Annotated[str, StringConstraints(max_length=200)] | None, _Blank]
_Long = Annotated[Annotated[str, StringConstraints(max_length=500)] | None, _Blank]


class CustomerGiven(BaseModel):
    """A field that is not there is not spoken of; null or an empty text says that it is empty."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", hide_input_in_errors=True)

    external_id: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    cid: Annotated[str, StringConstraints(pattern=r"^C[1-9][0-9]{0,15}$")] | None = None
    """Our number of the client, where the system knows it already."""
    event_id: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = None
    """The delivery's own: a repeat of it changes nothing."""
    version: Annotated[int, Field(ge=0, le=_HIGHEST)] | None = None
    updated_at: Instant = None
    name: _Short = None
    title: _Short = None
    company: _Name = None
    phone: _Short = None
    email: _Name = None
    wechat: _Short = None
    credit_code: _Short = None
    address: _Long = None
    legal_person: _Short = None
    region: _Short = None

    _no_blank = field_validator("external_id", "event_id")(readable)
    _some_digits = field_validator("phone")(dialable)

    @field_validator("email")
    @classmethod
    def _an_address(cls, email: str | None) -> str | None:
        if email is not None and not mailboxes(email):
            raise ValueError("不像邮箱地址")
        return email

    @model_validator(mode="after")
    def _says_something(self) -> "CustomerGiven":
        if self.cid is None and not self.spoken_of:
            raise ValueError("至少要有一项客户资料")
        return self

    @property
    def spoken_of(self) -> list[FieldName]:
        return [name for name in FIELDS if name in self.model_fields_set]

    def normal(self, name: FieldName) -> str | None:
        """The field in the one spelling in which everybody is told of it."""
        text: str | None = getattr(self, name)
        if text is None:
            return None
        match name:
            case "phone":
                return next(iter(phones(text)), text)
            case "email":
                return mailboxes(text)[0]
            case "wechat":
                return next(iter(wechat_ids(text)), text)
            case "credit_code":
                return credit_code(text) or text.upper()
            case _:
                return text

    def as_raw(self) -> RawClient:
        """For finding out who it is."""
        return RawClient(
            name=self.name or "",
            company=self.company or "",
            phone=self.phone or "",
            email=self.email or "",
            wechat=self.wechat or "",
            credit_code=self.credit_code or "",
            address=self.address or "",
            legal_person=self.legal_person or "",
            region=self.region or "",
            at=self.updated_at,
        )

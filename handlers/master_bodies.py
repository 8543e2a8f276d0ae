"""What stands sealed in a system's record and in the master record of a client, as JSON."""

from datetime import datetime

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from config.schemas.connections import FieldName
from crm_store.models import MasterRecord, SystemRecord
from crm_store.store import Transaction
from crm_store.view import View
from handlers.surviving import Changes, Value, alike

RECORD, MASTER = "record", "master"
"""What the bodies are sealed for."""
_MOST_EVENTS = 20
_MOST_BROUGHT = 50


class _Body(BaseModel):
    model_config = ConfigDict(hide_input_in_errors=True)


class Said(_Body):
    """What the system says of a field; no text: it has nothing there any more."""

    text: str | None
    at: AwareDatetime
    """Since when it says this: saying it again makes it no newer."""
    seen: AwareDatetime
    version: int | None = None
    """Of what was heard last; what is older comes too late."""

    def may_be_followed_by(self, at: datetime, version: int | None) -> bool:
        if version is not None and self.version is not None:
            return version > self.version
        return at >= self.seen


class RecordBody(_Body):
    external_id: str
    fields: dict[FieldName, Said] = Field(default_factory=dict)
    brought: dict[FieldName, list[str]] = Field(default_factory=dict)
    """By what the client became known through this record: no value of ours, even where the system
    says another one now."""
    events: list[str] = Field(default_factory=list)
    """Keyed hashes of the deliveries' ids, the last ones."""

    def hear(self, name: FieldName, text: str | None, *, at: datetime, version: int | None) -> bool:
        """Whether the system says something else than before."""
        said = self.fields.get(name)
        if said is not None and not said.may_be_followed_by(at, version):
            return False
        if alike(name, said.text if said else None, text):
            if said is not None:
                self.fields[name] = said.model_copy(update={"seen": at, "version": version})
            return False
        self.fields[name] = Said(text=text, at=at, seen=at, version=version)
        return True

    def bring(self, name: FieldName, text: str) -> None:
        self.brought[name] = [*self.brought.get(name, []), text][-_MOST_BROUGHT:]

    def is_new_event(self, event: str) -> bool:
        """Notes the delivery; False where it was delivered before."""
        if event in self.events:
            return False
        self.events = [*self.events, event][-_MOST_EVENTS:]
        return True

    def values(self, system: str) -> dict[FieldName, Value]:
        return {
            name: Value(text=said.text, source=system, at=said.at)
            for name, said in self.fields.items()
            if said.text
        }


class Standing(_Body):
    """What is in force of a client."""

    fields: dict[FieldName, Value] = Field(default_factory=dict)
    ours: dict[FieldName, Value] = Field(default_factory=dict)
    """What this house found out, where no row of ours says since when."""
    changes: dict[FieldName, Changes] = Field(default_factory=dict)
    merged: list[int] = Field(default_factory=list)
    """The numbers that the systems were told are this client."""


async def record_body(view: View, row: SystemRecord) -> RecordBody:
    opened = await view.open(row.client_id, row.body, purpose=RECORD)
    return RecordBody.model_validate_json(opened)


async def standing_of(view: View, row: MasterRecord | None) -> Standing:
    if row is None or row.body is None:
        return Standing()
    opened = await view.open(row.client_id, row.body, purpose=MASTER)
    return Standing.model_validate_json(opened)


async def seal_record(tx: Transaction, client_id: int, body: RecordBody) -> bytes:
    return await tx.seal(client_id, body.model_dump_json(), purpose=RECORD)


async def seal_standing(tx: Transaction, client_id: int, body: Standing) -> bytes:
    return await tx.seal(client_id, body.model_dump_json(), purpose=MASTER)

"""我们自己知道的: a client's master data as this house found it out, and since when."""

from collections.abc import Mapping, Sequence

import orjson

from config.schemas.connections import FieldName
from crm_store.models import Client, IdentityKind, SystemRecord
from crm_store.queries import master
from crm_store.view import View
from handlers.form import NAMELESS
from handlers.master_bodies import RecordBody, Standing
from handlers.surviving import OURS, Value, alike

COLUMNS: tuple[FieldName, ...] = ("name", "company", "region")
"""What stands in a column of the client."""
IDENTITIES: Mapping[str, FieldName] = {
    IdentityKind.PHONE: "phone",
    IdentityKind.EMAIL: "email",
    IdentityKind.WECHAT: "wechat",
    IdentityKind.CREDIT_CODE: "credit_code",
}
_IN_FORMS: tuple[FieldName, ...] = ("title", "address", "legal_person")


async def own_values(
    view: View, client: Client, before: Standing, records: Sequence[tuple[SystemRecord, RecordBody]]
) -> dict[FieldName, Value]:
    """What the house says: an identifier that came with a system's record is not ours."""
    found = await _in_forms(view, client)
    found |= _in_columns(client, before, view)
    region = await master.newest_region(view, client.id)
    if region is not None:
        found["region"] = Value(text=region[0], source=OURS, at=region[1])
    return found | await _in_identities(view, client, records)


def _in_columns(client: Client, before: Standing, view: View) -> dict[FieldName, Value]:
    """A column that is not what was put there was changed by somebody here, since."""
    found = {}
    for name in COLUMNS:
        text: str = getattr(client, name)
        known = before.ours.get(name)
        stood = before.fields.get(name)
        if name == "name" and text == NAMELESS:
            text = ""
        if alike(name, text, stood.text if stood else ""):
            if known is not None:
                found[name] = known
        elif text:
            is_first = not before.fields and not before.ours
            at = client.created_at if is_first else view.now
            found[name] = Value(text=text, source=OURS, at=at)
    return found


async def _in_identities(
    view: View, client: Client, records: Sequence[tuple[SystemRecord, RecordBody]]
) -> dict[FieldName, Value]:
    """Of each kind the newest that no system brought."""
    brought = {
        (record.origin_id or record.client_id, name, text)
        for record, body in records
        for name, texts in body.brought.items()
        for text in texts
    }
    found: dict[FieldName, Value] = {}
    for row in await master.identities_of(view, client.id):
        name = IDENTITIES.get(row.kind)
        if name is None or name in found:
            continue
        text = await view.open(client.id, row.value, purpose="identity")
        if (row.origin_id or row.client_id, name, text) not in brought:
            found[name] = Value(text=text, source=OURS, at=row.added_at)
    return found


async def _in_forms(view: View, client: Client) -> dict[FieldName, Value]:
    """What the newest form says that is kept nowhere else."""
    found: dict[FieldName, Value] = {}
    for row in await master.newest_forms(view, client.id):
        body = orjson.loads(await view.open(client.id, row.body, purpose="intake"))
        for name in _IN_FORMS:
            if name not in found and body.get(name):
                found[name] = Value(text=str(body[name]), source=OURS, at=row.taken_at)
    return found

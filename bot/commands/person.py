"""The client that an operator names by his phone, or by his number where the phone is several's."""

import re
from datetime import UTC, datetime

from bot.commands.failures import MISUSED, CommandFailed
from config.schemas.catalog import Catalog
from crm_store.models import Client, IdentityKind
from crm_store.queries import aliases
from crm_store.view import View
from nlp.lexicon import Lexicon
from nlp.pipeline import extract

_NUMBER = re.compile(r"C([0-9]{1,15})", re.IGNORECASE)
_MOST_LISTED = 5


def e164(written: str) -> str:
    """A phone as clients' phones are kept. Raises CommandFailed for what is none."""
    text = written.strip()
    nothing_to_sell = Lexicon(Catalog())
    read = extract(text, sent_at=datetime.now(UTC), sender="rep", lexicon=nothing_to_sell)
    found = read.first("phone")
    if found is None or len(found.text) < len(text):
        raise CommandFailed(
            f"“{written}”不是完整的电话号码，请写成 13800001234 或 021-12345678", status=MISUSED
        )
    return str(found.value)


async def person_called(view: View, written: str) -> Client:
    """Whom 13800001234 or C12 stands for. Raises CommandFailed where that is nobody, or several."""
    number = _NUMBER.fullmatch(written.strip())
    if number is not None:
        if await view.find(Client, int(number[1])) is None:
            raise CommandFailed(f"没有客户 C{number[1]}，请核对编号")
        return await aliases.live(view, int(number[1]))
    phone = (IdentityKind.PHONE, e164(written))
    rows = (await view.identities([phone])).get(phone, [])
    clients = [await view.get(Client, number) for number in sorted({r.client_id for r in rows})]
    if not clients:
        raise CommandFailed("没有客户留过这个电话，请核对号码")
    if len(clients) > 1:
        known = "、".join(f"{client.ref}（{client.display}）" for client in clients[:_MOST_LISTED])
        raise CommandFailed(
            f"这个电话是 {len(clients)} 位客户的：{known}；请用编号指明一位，例如 {clients[0].ref}",
            status=MISUSED,
        )
    return clients[0]

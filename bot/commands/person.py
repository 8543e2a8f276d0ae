"""The client that an operator names by his phone."""

from datetime import UTC, datetime

from bot.commands.failures import MISUSED, CommandFailed
from config.schemas.catalog import Catalog
from crm_store.models import Client, IdentityKind
from crm_store.view import View
from nlp.lexicon import Lexicon
from nlp.pipeline import extract


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


async def by_phone(view: View, written: str) -> Client:
    """Raises CommandFailed where nobody has this phone."""
    identity = await view.identity(IdentityKind.PHONE, e164(written))
    if identity is None:
        raise CommandFailed("没有客户留过这个电话，请核对号码")
    return await view.get(Client, identity.client_id)

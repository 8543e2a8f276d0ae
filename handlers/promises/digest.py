"""今天约了谁 (#104): the morning's part with whom the rep agreed to talk to today."""

from datetime import datetime, time, timedelta

from crm_store.models import Member
from crm_store.queries import contacts
from crm_store.store import Transaction
from handlers.promises.agreed import hour_of
from handlers.rhythm.parts import Around, DigestPart
from handlers.showing import title_of

_MOST = 6


async def part(tx: Transaction, member: Member, around: Around) -> DigestPart | None:
    today = datetime.combine(around.today(tx.now), time.min, around.zone)
    tomorrow = today + timedelta(days=1)
    agreed = await contacts.agreed(tx, member.id, since=today, until=tomorrow)
    if not agreed:
        return None
    lines = []
    for lead in agreed[:_MOST]:
        hour = await hour_of(tx, lead, around.zone)
        lines.append(f"{hour} {await title_of(tx, lead)}".lstrip())
    more = [f"……还有 {len(agreed) - _MOST} 位"] if len(agreed) > _MOST else []
    return DigestPart(title="今天约好联系的客户：", text="\n".join([*lines, *more]))

"""公海没人领: what lies in the pool too long is on the managers' digest, once a working day."""

from datetime import timedelta

from crm_store.models import Client, Lead, Member
from crm_store.queries import pool
from crm_store.store import Transaction
from handlers.rhythm.parts import Around, DigestPart
from notifiers.card import Row
from notifiers.cards.allocation import duration_in_words
from notifiers.cards.wording import joined

_MOST = 3


async def part(tx: Transaction, member: Member, around: Around) -> DigestPart | None:
    """For whoever leads: how many nobody claimed for hours, the weightiest by name."""
    after = around.rules.assignment.pool.told_after_hours
    since = tx.now - timedelta(hours=after)
    count, oldest = await pool.since_before(tx, since)
    if not count or oldest is None:
        return None
    found = await pool.lying(tx, lines=None, most=_MOST, before=since)
    waited = duration_in_words(tx.now - oldest)
    return DigestPart(
        title="公海：",
        rows=tuple(Row(name=lead.ref, value=_says(client, lead)) for client, lead in found),
        text=f"{count} 条超过 {after} 小时没人领取，最久的放了 {waited}。"
        "看全部请回复：公海；指定人请回复：转派 编号 给 姓名",
    )


def _says(client: Client, lead: Lead) -> str:
    mark = "🔥" if lead.priority == "high" else ""
    return joined(f"{mark}{client.display}", lead.product or lead.line, lead.region)

"""公海没人领: what lies in the pool too long is on the managers' digest, once a working day."""

from datetime import timedelta

from crm_store.models import Client, Lead, Member, Priority
from crm_store.queries import pool
from crm_store.store import Transaction
from handlers.allocation.seen_in_pool import SELLS, lines_of, who_is_it
from handlers.rhythm.parts import Around, DigestPart
from handlers.rights import leads_people, scope_of
from notifiers.card import Row
from notifiers.cards.allocation import duration_in_words
from notifiers.cards.wording import joined

_MOST = 3


async def part(tx: Transaction, member: Member, around: Around) -> DigestPart | None:
    """How many of his lines nobody claimed for hours, and the weightiest: by name for whoever
    governs them. It comes to those whom rhythm.yaml says, of those who are shown the pool."""
    if not any(map(member.has_role, SELLS)):
        return None
    after, lines = around.rules.assignment.pool.told_after_hours, lines_of(member)
    since = tx.now - timedelta(hours=after)
    count, oldest = await pool.since_before(tx, since, lines=lines)
    if not count or oldest is None:
        return None
    found = await pool.lying(tx, lines=lines, most=_MOST, before=since)
    governs = (await scope_of(tx, member)).governs
    waited = duration_in_words(tx.now - oldest)
    how = "指定人请回复：转派 编号 给 姓名" if leads_people(member) else "领取请回复：领取 编号"
    return DigestPart(
        title="公海：",
        rows=tuple(
            Row(name=lead.ref, value=_says(client, lead, is_whole=governs(lead)))
            for client, lead in found
        ),
        text=f"{count} 条超过 {after} 小时没人领取，最久的放了 {waited}。看全部请回复：公海；{how}",
    )


def _says(client: Client, lead: Lead, *, is_whole: bool) -> str:
    mark = "🔥" if lead.priority == Priority.HIGH else ""
    who = who_is_it(client, is_whole=is_whole)
    return joined(f"{mark}{who}", lead.product or lead.line, lead.region)

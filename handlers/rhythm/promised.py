"""今天要兑现的承诺 (#51): a rep's promises that are due today, or late already."""

from crm_store.models import Member
from crm_store.queries.promises import pending_of_owners
from crm_store.store import Transaction
from handlers.promises.views import all_drawn
from handlers.rhythm.parts import Around, DigestPart
from handlers.rhythm.periods import day_of

_MOST = 5


async def part(tx: Transaction, member: Member, around: Around) -> DigestPart | None:
    end = day_of(tx.now, around.zone).until
    due = [
        promise
        for promise in await pending_of_owners(tx, [member.id])
        if promise.due_at is not None and promise.due_at <= end
    ]
    if not due:
        return None
    lines = [
        f"{'🟡 已过期 ' if one.is_late else ''}{one.client}：{one.words}"
        for one in await all_drawn(tx, due[:_MOST])
    ]
    more = f"……还有 {len(due) - _MOST} 条，回复「我的承诺」看全部" if len(due) > _MOST else ""
    return DigestPart(title="今天要兑现：", text="\n".join([*lines, more]).strip())

"""合并客户: two numbers turn out to be one client (#11, #14). Taken back in unmerging.py.

Identities, conversations, leads and messages become the kept client's; both histories stay as they
were written. Of two open leads for one line one goes on (folding.py).
"""

from typing import Any

from crm_store.errors import CrmError
from crm_store.facts import ClientsMerged
from crm_store.identity import moving
from crm_store.identity.verdict import Verdict
from crm_store.models import Client, Merge, Mute
from crm_store.queries import leads, merges, mutes
from crm_store.store import Transaction
from handlers import folding

NAMES = ("name", "company", "region")
"""Columns of a client that an empty one gets from another."""


class CannotMerge(CrmError):
    """They are one already, or one of them is gone."""


async def merge(
    tx: Transaction, kept: Client, other: Client, verdict: Verdict, *, by: str | None
) -> Merge:
    """`other` becomes an alias of `kept`; raises CannotMerge. `by` None: the rule said so."""
    kept, other = await _hold(tx, kept, other)
    ours = await leads.open_of_client(tx, kept.id)
    theirs = await leads.open_of_client(tx, other.id)
    row = await _note(tx, kept, other, verdict, by=by)
    folded = []
    came_by = {}
    for into, lead in folding.pairs(ours, theirs):
        came_by[lead.id] = lead.origin_id or lead.client_id
        folded.append((into, lead))
    # While they are two still: a client has one open lead a line.
    restore: dict[str, Any] = {
        "folded": [await folding.fold(tx, into, lead, by=by) for into, lead in folded]
    }
    restore["mutes"] = await _move_mutes(tx, kept.id, other.id)
    restore["filled"] = await _fill(tx, kept, other)
    await moving.take_over(tx, kept.id, other.id)
    other.merged_into_id = kept.id
    tx.add(kept)
    tx.add(other)
    await tx.flush()
    for into, lead in folded:
        await folding.join(tx, into, lead, row, number=came_by[lead.id])
    row.restore = restore
    tx.add(row)
    await _record(tx, row, verdict)
    return row


async def add_alias(
    tx: Transaction, kept: Client, verdict: Verdict, *, name: str, company: str
) -> Client:
    """A record that was just brought is judged to be `kept`, who is held: a number for it, that is
    his from the first."""
    alias = await tx.new_alias(kept, name=name, company=company)
    row = await _note(tx, kept, alias, verdict, by=None, is_new=True)
    row.restore = {"filled": await _fill(tx, kept, alias)}
    tx.add(kept)
    await _record(tx, row, verdict)
    tx.came_by(kept.id, alias.id)
    return alias


async def _hold(tx: Transaction, kept: Client, other: Client) -> tuple[Client, Client]:
    for client_id in sorted((kept.id, other.id)):
        await tx.lock(Client, client_id)
    if kept.id == other.id or kept.merged_into_id or other.merged_into_id:
        raise CannotMerge("这两个客户已经合并过了")
    if kept.erased_at is not None or other.erased_at is not None:
        raise CannotMerge("其中一位客户的资料已按要求删除，不能合并")
    return kept, other


async def _note(
    tx: Transaction,
    kept: Client,
    other: Client,
    verdict: Verdict,
    *,
    by: str | None,
    is_new: bool = False,
) -> Merge:
    row = Merge(
        kept_id=kept.id,
        merged_id=other.id,
        at=tx.now,
        by=by,
        is_new=is_new,
        score=verdict.score,
        evidence=[item.as_json() for item in verdict.evidence],
    )
    tx.add(row)
    await tx.flush()
    return row


async def _record(tx: Transaction, row: Merge, verdict: Verdict) -> None:
    why = {"score": row.score, "outcome": verdict.outcome.value, "evidence": row.evidence}
    with tx.speaking_for(row.kept_id, None):
        await tx.record(
            ClientsMerged(
                at=tx.now,
                client_id=row.kept_id,
                by=row.by,
                merge_id=row.id,
                merged_id=row.merged_id,
                is_new=row.is_new,
                why=why,
            )
        )


async def _move_mutes(tx: Transaction, kept_id: int, merged_id: int) -> dict[str, Any]:
    """Who wanted no nudges about either wants none about both."""
    theirs = await mutes.of_client(tx, merged_id)
    ours = {(mute.member_id, mute.what) for mute in await mutes.of_client(tx, kept_id)}
    rows, added = [], []
    for mute in theirs:
        key = (mute.member_id, mute.what)
        rows.append([*key, mute.since.isoformat()])
        if key not in ours:
            added.append(list(key))
            tx.add(Mute(member_id=key[0], client_id=kept_id, what=key[1], since=mute.since))
        await tx.session.delete(mute)
    await tx.flush()
    return {"rows": rows, "added": added}


async def _fill(tx: Transaction, kept: Client, other: Client) -> dict[str, int]:
    """What the kept client did not have is the other's; by column, whose it is at first hand. The
    values themselves stand with the clients alone, where erasure finds them."""
    lent = {
        name: number
        for row in await merges.standing(tx, other.id)
        for name, number in row.restore.get("filled", {}).items()
        if row.kept_id == other.id
    }
    filled = {}
    for name in NAMES:
        if not getattr(kept, name) and getattr(other, name):
            setattr(kept, name, getattr(other, name))
            filled[name] = lent.get(name, other.id)
    return filled

"""同一客户: each record that is new, or says more than before, is compared with all there are
(#11 to #17). Who is the same is merged at once; who may be goes to the supervisor.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from config.rules import Rules
from crm_store.identity import index
from crm_store.identity.index import Entry, Match
from crm_store.identity.record import Record
from crm_store.identity.verdict import Effect, Evidence, Outcome, Verdict
from crm_store.models import Client, Identity, IdentityKind, Kin
from crm_store.queries import records
from crm_store.store import Transaction
from crm_store.view import Known
from handlers import merging, reviewing
from handlers.records import RawClient, record_of

_MOST_QUESTIONS = 3
"""Pairs that one record is asked about: who resembles more clients than that is told by none."""
COMPARED = (
    IdentityKind.PHONE,
    IdentityKind.EMAIL,
    IdentityKind.WECHAT,
    IdentityKind.CREDIT_CODE,
)
"""Kinds that the index has."""
_OLDEST = 5
"""Of a value's carriers: those of before the index came first, when a value was one client's."""
SAME_ACCOUNT = Verdict(Outcome.SAME, 100, (Evidence("unionid", Effect.AGREES, 100),))
"""The platform itself says that two ids are one person's."""


def entry_of(tx: Transaction, said: RawClient, identifiers: Iterable[Known]) -> Entry:
    """What is compared."""
    return Entry.of(record_with(said, identifiers), tx.vault)


def record_with(said: RawClient, identifiers: Iterable[Known]) -> Record:
    """What the source says, and the identifiers that were read."""
    record = record_of(said)
    by_kind: dict[IdentityKind, list[str]] = {}
    for kind, value in identifiers:
        by_kind.setdefault(kind, []).append(value)

    def joined(known: Sequence[str], kind: IdentityKind) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*known, *by_kind.get(kind, ()))))

    codes = by_kind.get(IdentityKind.CREDIT_CODE, [""])
    return replace(
        record,
        phones=joined(record.phones, IdentityKind.PHONE),
        emails=joined(record.emails, IdentityKind.EMAIL),
        wechats=joined(record.wechats, IdentityKind.WECHAT),
        credit_code=record.credit_code or codes[0],
    )


async def catch_up(tx: Transaction, taken: Mapping[Known, Sequence[Identity]]) -> None:
    """Notes in the index those who have one of these identifiers and were there before it was: who
    comes now is to meet them."""
    numbers = {
        row.origin_id or row.client_id
        for (kind, _), rows in taken.items()
        if kind in COMPARED
        for row in rows[:_OLDEST]
    }
    for number in await records.lacking(tx, numbers):
        await note_as_known(tx, number)


async def catch_up_all(tx: Transaction, lookups: Collection[str]) -> None:
    """The same for identifiers that are hashed already."""
    for number in await records.lacking_with(tx, COMPARED, lookups):
        await note_as_known(tx, number)


async def note_as_known(tx: Transaction, number: int) -> bool:
    """Notes of a number what its client's columns and identifiers say; False where something is
    noted, or nothing is known."""
    said = await tx.get(Client, number)
    client = await tx.lock_client(number)
    if client.erased_at is not None or await index.kept(tx, number) is not None:
        return False
    known = [
        (IdentityKind(one.kind), await tx.open(client.id, one.value, purpose="identity"))
        for one in await records.identities_by(tx, number, client.id)
        if one.kind in COMPARED
    ]
    entry = entry_of(tx, RawClient(name=said.name, company=said.company, region=said.region), known)
    if not entry.keys.all:
        return False
    await index.keep(tx, number, entry, client_id=client.id)
    return True


async def same_as(tx: Transaction, entry: Entry, rules: Rules) -> tuple[Client, Verdict] | None:
    """The client whom a new record is judged to be, held. Others who are bringing him at this
    moment are waited for (#15)."""
    if not entry.keys.all:
        return None
    await index.take_turns(tx, entry)
    for match in await index.resolve(tx, entry, rules.identity):
        if match.verdict.outcome is Outcome.SAME:
            client = await tx.lock_client(match.client_id)
            if client.erased_at is None:
                return client, match.verdict
    return None


async def identify(
    tx: Transaction, client: Client, number: int, entry: Entry, rules: Rules
) -> Client:
    """Notes what is said of the client, who is held, under the number it came by, and compares
    him with all others where it says anything new. The client who he turns out to be."""
    if not entry.keys.all:
        return client
    before = await index.kept(tx, number)
    grown = entry if before is None else await index.grown(tx, number, entry)
    if before is not None and grown.record == before:
        return client
    await index.take_turns(tx, grown)
    await index.keep(tx, number, grown, client_id=client.id)
    return await settle(
        tx, client, await index.resolve(tx, grown, rules.identity, own_id=client.id)
    )


async def settle(tx: Transaction, client: Client, matches: Sequence[Match]) -> Client:
    """Who is the same is merged, and a person is asked of who may be. The client, who is held, or
    who he turns out to be."""
    doubtful = []
    for match in matches:
        if match.verdict.outcome is Outcome.SAME:
            client = await _merge(tx, client, match)
        else:
            doubtful.append(match)
    for match in doubtful[:_MOST_QUESTIONS]:
        await _ask(tx, client, match)
    return client


async def _merge(tx: Transaction, client: Client, match: Match) -> Client:
    other = await tx.lock_client(match.client_id)
    if other.erased_at is not None or other.id == client.id:
        return client
    if await reviewing.are_distinct(tx, client, other):
        return client
    if await reviewing.is_for_a_person(tx, client, other, match.verdict):
        return client
    return await merge_older(tx, client, other, match.verdict)


async def merge_older(tx: Transaction, one: Client, other: Client, verdict: Verdict) -> Client:
    """The older number stays. `one` is whom this event is about: what is still to be added came by
    the number it speaks for."""
    number = tx.origin_of(one.id) or one.id
    kept, merged = sorted((one, other), key=lambda client: client.id)
    await merging.merge(tx, kept, merged, verdict, by=None)
    if kept is other:
        tx.came_by(kept.id, number)
    return kept


async def _ask(tx: Transaction, client: Client, match: Match) -> None:
    other = await tx.lock_client(match.client_id)
    if other.erased_at is not None or other.id == client.id:
        return
    if match.verdict.outcome is Outcome.FAMILY:
        await _link(tx, client, other, match.verdict)
    await reviewing.ask(tx, client, other, match.verdict)


async def _link(tx: Transaction, client: Client, other: Client, verdict: Verdict) -> None:
    """集团 and 分公司: clients of their own, known to be of one house."""
    a_id, b_id = sorted((client.id, other.id))
    if await tx.find(Kin, (a_id, b_id)) is None:
        evidence = [item.as_json() for item in verdict.evidence]
        tx.add(Kin(a_id=a_id, b_id=b_id, since=tx.now, evidence=evidence))
        await tx.flush()

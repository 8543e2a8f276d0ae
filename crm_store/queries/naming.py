"""Who is called so: clients by their name or firm, whole or in part, among however many."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, func, literal, or_, union_all
from sqlalchemy import select as columns
from sqlmodel import col

from crm_store.models import Client
from crm_store.names import client_grams, folded, grams_of
from crm_store.view import View

COMMON = 2_000
"""So many clients share two characters before one looks through the asker's leads instead."""
_MOST_GRAMS = 12


async def called(view: View, wanted: str) -> list[int]:
    """Who bears this very name, or whose firm does: the numbers of live clients."""
    query = columns(col(Client.id), col(Client.merged_into_id)).where(
        or_(col(Client.name) == wanted, col(Client.company) == wanted)
    )
    return await _live(view, (await view.session.execute(query)).all())


async def called_in_part(view: View, wanted: str) -> list[int] | None:
    """In whose name or firm the words stand; None where too many have the rarest of them."""
    sought = folded(wanted)
    gram, count = await _rarest(view, grams_of(wanted) or {sought})
    if count >= COMMON:
        return None
    query = (
        columns(col(Client.id), col(Client.merged_into_id), col(Client.name), col(Client.company))
        .join(client_grams, client_grams.c.number == col(Client.id))
        .where(client_grams.c.gram == gram)
    )
    rows = (await view.session.execute(query)).all()
    fits = [
        (number, into)
        for number, into, name, company in rows
        if sought in folded(name) or sought in folded(company)
    ]
    return await _live(view, fits)


def stands_in(wanted: str) -> ColumnElement[bool]:
    """For rows that are looked through."""
    sought = wanted.lower()
    return or_(
        func.lower(col(Client.name)).contains(sought, autoescape=True),
        func.lower(col(Client.company)).contains(sought, autoescape=True),
    )


async def _rarest(view: View, grams: set[str]) -> tuple[str, int]:
    """The one that the fewest clients have, counted as far as COMMON."""
    counts = []
    for gram in sorted(grams)[:_MOST_GRAMS]:
        some = columns(literal(1)).select_from(client_grams).where(client_grams.c.gram == gram)
        few = some.limit(COMMON).subquery()
        counts.append(columns(literal(gram), func.count()).select_from(few))
    rows = (await view.session.execute(union_all(*counts))).all()
    gram, count = min(rows, key=lambda row: int(row[1]))
    return str(gram), int(count)


async def _live(view: View, found: Sequence[tuple[int, int | None]]) -> list[int]:
    """For each number whose it is today, the newest first."""
    numbers = {number for number, into in found if into is None}
    above = {into for _, into in found if into is not None}
    while above:
        query = columns(col(Client.id), col(Client.merged_into_id)).where(col(Client.id).in_(above))
        rows = (await view.session.execute(query)).all()
        numbers |= {number for number, into in rows if into is None}
        above = {into for _, into in rows if into is not None}
    return sorted(numbers, reverse=True)

"""all that is known of a client, and who is called so, without going through everybody"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_AT_ONCE = 2_000
_ENDS = re.compile(r"(?:股份)?(?:有限)?(?:责任)?(?:公司?)?$")


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    grams = op.create_table(
        "client_grams",
        sa.Column("gram", sa.String(length=2), nullable=False),
        sa.Column("number", number, nullable=False),
        sa.PrimaryKeyConstraint("gram", "number"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_clients_company", "clients", ["company"])
    op.create_index("leads_of_an_owner", "leads", ["owner_id"])
    op.create_index("messages_of_a_client", "messages", ["client_id", "sent_at", "direction"])
    op.drop_index("timeline_of_a_client", "timeline")
    op.create_index("timeline_of_a_client_by_kind", "timeline", ["client_id", "kind", "at"])
    for page in _clients():
        rows = [{"gram": gram, "number": row.id} for row in page for gram in _grams(row)]
        if rows:
            op.get_bind().execute(grams.insert(), rows)


def _clients() -> Iterator[Sequence[sa.Row[Any]]]:
    """Every client's names, some at a time."""
    clients = sa.table("clients", sa.column("id"), sa.column("name"), sa.column("company"))
    last = 0
    while True:
        some = sa.select(clients).where(clients.c.id > last).order_by(clients.c.id)
        page = op.get_bind().execute(some.limit(_AT_ONCE)).all()
        if not page:
            return
        yield page
        last = page[-1].id


def _grams(row: sa.Row[Any]) -> list[str]:
    """As crm_store/names.py made them when this was written."""
    name = "".join(row.name.casefold().split())
    firm = "".join(row.company.casefold().split())
    found = {name[0]} if name else set()
    for said in (name, firm):
        cut = _ENDS.sub("", said, count=1)
        found |= {cut[place : place + 2] for place in range(len(cut) - 1)}
    return sorted(found)


def downgrade() -> None:
    op.drop_index("timeline_of_a_client_by_kind", "timeline")
    op.create_index("timeline_of_a_client", "timeline", ["client_id", "id"])
    op.drop_index("messages_of_a_client", "messages")
    op.drop_index("leads_of_an_owner", "leads")
    op.drop_index("ix_clients_company", "clients")
    op.drop_table("client_grams")

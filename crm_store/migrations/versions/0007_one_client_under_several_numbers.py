"""one client under several numbers: aliases, merges, reviews, collaborators"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

import crm_store.types

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = crm_store.types.Moment(timezone=True)
_OF_A_CLIENT = (
    "conversations",
    "identities",
    "intake",
    "lead_fields",
    "leads",
    "messages",
    "timeline",
)
_CLOSED = "'won', 'lost', 'invalid'"
_HIS_ALONE = "kind IN ('kf', 'unionid', 'form')"


def upgrade() -> None:
    _add_tables()
    for table in _OF_A_CLIENT:
        op.add_column(table, sa.Column("origin_id", _NUMBER, nullable=True))
    op.add_column("clients", sa.Column("merged_into_id", _NUMBER, nullable=True))
    op.create_index("ix_clients_merged_into_id", "clients", ["merged_into_id"])
    op.add_column("leads", sa.Column("folded_into_id", _NUMBER, nullable=True))
    op.create_index("ix_leads_folded_into_id", "leads", ["folded_into_id"])
    _open_leads_but(f"{_CLOSED}, 'folded'")
    _let_several_hold_a_key()
    _let_several_have_a_phone()


def downgrade() -> None:
    """Only where nothing was merged and no phone is several clients'."""
    with _identities() as identities:
        identities.drop_index("identities_by_value")
        identities.drop_index("one_client_an_identity")
        identities.create_unique_constraint("identities_kind_lookup_key", ["kind", "lookup"])
    with op.batch_alter_table("client_keys") as keys:
        keys.drop_index("ix_client_keys_holder_id")
        keys.drop_column("holder_id")
    _open_leads_but(_CLOSED)
    op.drop_index("ix_leads_folded_into_id", table_name="leads")
    op.drop_column("leads", "folded_into_id")
    op.drop_index("ix_clients_merged_into_id", table_name="clients")
    op.drop_column("clients", "merged_into_id")
    for table in reversed(_OF_A_CLIENT):
        op.drop_column(table, "origin_id")
    for table in ("collaborators", "reviews", "merges", "kin"):
        op.drop_table(table)


def _let_several_hold_a_key() -> None:
    op.add_column("client_keys", sa.Column("holder_id", _NUMBER, nullable=True))
    op.execute("UPDATE client_keys SET holder_id = client_id")
    with op.batch_alter_table("client_keys") as keys:
        keys.alter_column("holder_id", existing_type=_NUMBER, nullable=False)
        keys.create_index("ix_client_keys_holder_id", ["holder_id"])


def _let_several_have_a_phone() -> None:
    with _identities() as identities:
        identities.drop_constraint("identities_kind_lookup_key", type_="unique")
        alone = sa.text(_HIS_ALONE)
        identities.create_index(
            "one_client_an_identity",
            ["kind", "lookup"],
            unique=True,
            sqlite_where=alone,
            postgresql_where=alone,
        )
        identities.create_index("identities_by_value", ["kind", "lookup", "client_id"])


def _identities() -> Any:
    """SQLite has no name for the constraint: it gets the one that PostgreSQL gave it."""
    names = {"uq": "%(table_name)s_%(column_0_N_name)s_key"}
    return op.batch_alter_table("identities", naming_convention=names)


def _open_leads_but(closed: str) -> None:
    rows = sa.text(f"state NOT IN ({closed})")
    of: dict[str, Any] = {"sqlite_where": rows, "postgresql_where": rows}
    for name in ("one_open_lead_a_client_and_line", "open_leads_of_an_owner"):
        op.drop_index(name, table_name="leads")
    op.create_index(
        "one_open_lead_a_client_and_line", "leads", ["client_id", "line"], unique=True, **of
    )
    op.create_index("open_leads_of_an_owner", "leads", ["owner_id"], **of)


def _json() -> Any:
    return sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), "postgresql")


def _add_tables() -> None:
    op.create_table(
        "kin",
        sa.Column("a_id", _NUMBER, nullable=False),
        sa.Column("b_id", _NUMBER, nullable=False),
        sa.Column("since", _MOMENT, nullable=False),
        sa.Column("evidence", _json(), nullable=False),
        sa.ForeignKeyConstraint(["a_id"], ["clients.id"]),
        sa.ForeignKeyConstraint(["b_id"], ["clients.id"]),
        sa.PrimaryKeyConstraint("a_id", "b_id"),
    )
    op.create_index("ix_kin_b_id", "kin", ["b_id"])
    op.create_table(
        "merges",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("kept_id", _NUMBER, nullable=False),
        sa.Column("merged_id", _NUMBER, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("by", sa.String(length=64), nullable=True),
        sa.Column("is_new", sa.Boolean(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("evidence", _json(), nullable=False),
        sa.Column("restore", _json(), nullable=False),
        sa.Column("undone_at", _MOMENT, nullable=True),
        sa.Column("undone_by", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["kept_id"], ["clients.id"]),
        sa.ForeignKeyConstraint(["merged_id"], ["clients.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_merges_kept_id", "merges", ["kept_id"])
    op.create_index("ix_merges_merged_id", "merges", ["merged_id"])
    op.create_table(
        "reviews",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("a_id", _NUMBER, nullable=False),
        sa.Column("b_id", _NUMBER, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("evidence", _json(), nullable=False),
        sa.Column("stake", sa.Integer(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("asked_at", _MOMENT, nullable=True),
        sa.Column("asked_of", sa.String(length=64), nullable=True),
        sa.Column("asked_again_at", _MOMENT, nullable=True),
        sa.Column("decided_at", _MOMENT, nullable=True),
        sa.Column("decided_by", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["a_id"], ["clients.id"]),
        sa.ForeignKeyConstraint(["b_id"], ["clients.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("a_id", "b_id", name="one_review_a_pair"),
    )
    op.create_index("reviews_in_the_queue", "reviews", ["state", "stake"])
    op.create_index("reviews_of_the_other", "reviews", ["b_id"])
    op.create_table(
        "collaborators",
        sa.Column("lead_id", _NUMBER, nullable=False),
        sa.Column("member_id", sa.String(length=64), nullable=False),
        sa.Column("since", _MOMENT, nullable=False),
        sa.Column("merge_id", _NUMBER, nullable=True),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"]),
        sa.PrimaryKeyConstraint("lead_id", "member_id"),
    )
    op.create_index("ix_collaborators_member_id", "collaborators", ["member_id"])

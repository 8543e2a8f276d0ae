"""leave, and what the public pool needs to know"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

import crm_store.types

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    moment = crm_store.types.Moment(timezone=True)
    op.create_table(
        "absences",
        sa.Column("id", number, nullable=False),
        sa.Column("member_id", sa.String(length=64), nullable=False),
        sa.Column("starts_at", moment, nullable=False),
        sa.Column("ends_at", moment, nullable=False),
        sa.Column("noted_at", moment, nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_absences_member_id", "absences", ["member_id"])
    op.create_index("ix_absences_ends_at", "absences", ["ends_at"])
    with op.batch_alter_table("members", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "industries",
                crm_store.types.Json,
                server_default=sa.text("'[]'"),
                nullable=False,
            )
        )
    op.add_column("leads", sa.Column("pooled_at", moment, nullable=True))
    op.execute(_POOLED_SINCE)
    for name, column, where in _OF_SOME:
        op.create_index(name, "leads", [column], sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    for name, _, _ in _OF_SOME:
        op.drop_index(name, "leads")
    op.drop_column("leads", "pooled_at")
    with op.batch_alter_table("members", schema=None) as batch_op:
        batch_op.drop_column("industries")
    op.drop_table("absences")


_OF_SOME = (
    ("pooled_leads", "pooled_at", sa.text("state = 'pooled'")),
    ("won_leads", "closed_at", sa.text("state = 'won'")),
)
_POOLED_SINCE = """
    UPDATE leads SET pooled_at = coalesce(
        (SELECT max(at) FROM timeline WHERE lead_id = leads.id AND kind = 'pooled'), opened_at)
    WHERE state = 'pooled'
"""

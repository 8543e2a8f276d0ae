"""rules in plain words, and what documents were used"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

import crm_store.types

revision: str = "0012"
down_revision: str | None = "0011"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    moment = crm_store.types.Moment(timezone=True)
    op.create_table(
        "house_rules",
        sa.Column("id", number, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.String(length=64), nullable=False),
        sa.Column("is_house_wide", sa.Boolean(), nullable=False),
        sa.Column("said", sa.String(), nullable=False),
        sa.Column("sentence", sa.String(), nullable=False),
        sa.Column("rule", crm_store.types.Json, nullable=False),
        sa.Column("condition", sa.String(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("changed_at", moment, nullable=False),
        sa.Column("changed_by", sa.String(length=64), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("number", "version"),
    )
    op.create_index("house_rules_in_force", "house_rules", ["state"])
    op.create_table(
        "document_offers",
        sa.Column("id", number, nullable=False),
        sa.Column("document", sa.String(length=64), nullable=False),
        sa.Column("member_id", sa.String(length=64), nullable=False),
        sa.Column("lead_id", number, nullable=True),
        sa.Column("reason", sa.String(length=16), nullable=False),
        sa.Column("topic", sa.String(length=32), nullable=False),
        sa.Column("offered_at", moment, nullable=False),
        sa.Column("used_at", moment, nullable=True),
        sa.Column("progressed_at", moment, nullable=True),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_document_offers_lead_id", "document_offers", ["lead_id"])
    op.create_index("document_offers_used", "document_offers", ["document", "used_at"])


def downgrade() -> None:
    op.drop_table("document_offers")
    op.drop_table("house_rules")

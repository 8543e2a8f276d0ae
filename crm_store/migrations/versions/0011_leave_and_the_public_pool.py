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


def downgrade() -> None:
    op.drop_table("absences")

"""what the assistant asked back"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

import crm_store.types

revision: str = "0017"
down_revision: str | None = "0016"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    moment = crm_store.types.Moment(timezone=True)
    op.create_table(
        "talks",
        sa.Column("member_id", sa.String(length=64), nullable=False),
        sa.Column("named", sa.LargeBinary(), nullable=True),
        sa.Column("named_at", moment, nullable=True),
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("question", sa.LargeBinary(), nullable=True),
        sa.Column("asked_at", moment, nullable=True),
        sa.PrimaryKeyConstraint("member_id"),
    )


def downgrade() -> None:
    op.drop_table("talks")

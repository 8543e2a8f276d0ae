"""what a field was before, who put it right, and what was suggested instead"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

import crm_store.types

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    with op.batch_alter_table("lead_fields", schema=None) as batch_op:
        for column in _columns():
            batch_op.add_column(column)


def downgrade() -> None:
    with op.batch_alter_table("lead_fields", schema=None) as batch_op:
        for column in reversed(_columns()):
            batch_op.drop_column(column.name)


def _columns() -> list["sa.Column[object]"]:
    moment = crm_store.types.Moment(timezone=True)
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return [
        sa.Column("said_at", moment, nullable=True),
        sa.Column("by", sa.String(length=64), nullable=True),
        sa.Column("replaces_id", number, nullable=True),
        sa.Column("against_id", number, nullable=True),
        sa.Column("told_at", moment, nullable=True),
    ]

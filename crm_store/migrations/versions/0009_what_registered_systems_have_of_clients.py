"""what registered systems have of clients, and what is in force of it"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

import crm_store.types

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    moment = crm_store.types.Moment(timezone=True)
    op.create_table(
        "system_records",
        sa.Column("id", number, nullable=False),
        sa.Column("system", sa.String(length=32), nullable=False),
        sa.Column("external_id", sa.String(length=64), nullable=False),
        sa.Column("client_id", number, nullable=False),
        sa.Column("origin_id", number, nullable=True),
        sa.Column("joined", sa.Boolean(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("taken_at", moment, nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("system", "external_id"),
    )
    op.create_index("ix_system_records_client_id", "system_records", ["client_id"])
    op.create_index("system_records_taken", "system_records", ["system", "taken_at"])
    op.create_table(
        "master_records",
        sa.Column("client_id", number, nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("changed_at", moment, nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"]),
        sa.PrimaryKeyConstraint("client_id"),
    )


def downgrade() -> None:
    op.drop_table("master_records")
    op.drop_index("system_records_taken", table_name="system_records")
    op.drop_index("ix_system_records_client_id", table_name="system_records")
    op.drop_table("system_records")

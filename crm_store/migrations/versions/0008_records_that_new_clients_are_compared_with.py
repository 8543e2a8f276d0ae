"""records that new clients are compared with, and the keys they are found by"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "client_records",
        sa.Column("id", number, autoincrement=False, nullable=False),
        sa.Column("client_id", number, nullable=False),
        sa.Column("clear", sa.Text(), nullable=False),
        sa.Column("veiled", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["id"], ["clients.id"]),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_client_records_client_id", "client_records", ["client_id"])
    op.create_table(
        "record_keys",
        sa.Column("key", sa.BigInteger(), nullable=False),
        sa.Column("record_id", number, nullable=False),
        sa.PrimaryKeyConstraint("key", "record_id"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("record_keys")
    op.drop_index("ix_client_records_client_id", table_name="client_records")
    op.drop_table("client_records")

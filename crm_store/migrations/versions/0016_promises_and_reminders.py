"""promises and reminders"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

import crm_store.types

revision: str = "0016"
down_revision: str | None = "0015"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    moment = crm_store.types.Moment(timezone=True)
    op.add_column("leads", sa.Column("next_contact_at", moment, nullable=True))
    op.create_table(
        "promises",
        sa.Column("id", number, nullable=False),
        sa.Column("client_id", number, nullable=False),
        sa.Column("origin_id", number, nullable=True),
        sa.Column("lead_id", number, nullable=True),
        sa.Column("fact_id", number, nullable=True),
        sa.Column("owner_id", sa.String(length=64), nullable=False),
        sa.Column("action", sa.String(length=16), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", moment, nullable=False),
        sa.Column("due_at", moment, nullable=True),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("settled_at", moment, nullable=True),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"]),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_promises_client_id", "promises", ["client_id"])
    op.create_index("ix_promises_lead_id", "promises", ["lead_id"])
    op.create_index("promises_of_an_owner", "promises", ["owner_id", "state", "due_at"])


def downgrade() -> None:
    op.drop_table("promises")
    op.drop_column("leads", "next_contact_at")

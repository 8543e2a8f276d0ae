"""what is shown on the second channel"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

import crm_store.types

revision: str = "0014"
down_revision: str | None = "0013"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    moment = crm_store.types.Moment(timezone=True)
    op.create_table(
        "desk_alerts",
        sa.Column("id", number, nullable=False),
        sa.Column("client_id", number, nullable=False),
        sa.Column("origin_id", number, nullable=True),
        sa.Column("lead_id", number, nullable=False),
        sa.Column("member_id", sa.String(length=64), nullable=False),
        sa.Column("assigned_at", moment, nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("due_at", moment, nullable=False),
        sa.Column("seen_at", moment, nullable=True),
        sa.Column("card_key", sa.String(length=100), nullable=True),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"]),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("lead_id", "member_id", "assigned_at", name="one_alert_an_assignment"),
    )
    with op.batch_alter_table("desk_alerts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_desk_alerts_client_id"), ["client_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_desk_alerts_seen_at"), ["seen_at"], unique=False)
        batch_op.create_index(
            "ringing_alerts_of_a_member",
            ["member_id", "due_at"],
            unique=False,
            sqlite_where=sa.text("seen_at IS NULL"),
            postgresql_where=sa.text("seen_at IS NULL"),
        )
    op.create_table(
        "desk_seats",
        sa.Column("member_id", sa.String(length=64), nullable=False),
        sa.Column("seat", sa.Integer(), nullable=False),
        sa.Column("open_at", moment, nullable=True),
        sa.PrimaryKeyConstraint("member_id"),
    )


def downgrade() -> None:
    op.drop_table("desk_seats")
    op.drop_table("desk_alerts")

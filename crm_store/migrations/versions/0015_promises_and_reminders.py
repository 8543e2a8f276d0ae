"""promises and reminders"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

import crm_store.types

revision: str = "0015"
down_revision: str | None = "0014"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    moment = crm_store.types.Moment(timezone=True)
    as_json = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")
    op.add_column("leads", sa.Column("next_contact_at", moment, nullable=True))
    op.create_table(
        "promises",
        sa.Column("id", number, nullable=False),
        sa.Column("client_id", number, nullable=False),
        sa.Column("origin_id", number, nullable=True),
        sa.Column("lead_id", number, nullable=True),
        sa.Column("fact_id", number, nullable=True),
        sa.Column("message_id", number, nullable=True),
        sa.Column("starts", sa.Integer(), nullable=True),
        sa.Column("owner_id", sa.String(length=64), nullable=True),
        sa.Column("action", sa.String(length=16), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", moment, nullable=False),
        sa.Column("due_at", moment, nullable=True),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("settled_at", moment, nullable=True),
        sa.Column("shown_at", moment, nullable=True),
        sa.Column("reminded_at", moment, nullable=True),
        sa.Column("told_late_at", moment, nullable=True),
        sa.Column("escalated_at", moment, nullable=True),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"]),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_promises_client_id", "promises", ["client_id"])
    op.create_index("ix_promises_lead_id", "promises", ["lead_id"])
    op.create_index("promises_of_an_owner", "promises", ["owner_id", "state", "due_at"])
    op.create_index("one_promise_a_clause", "promises", ["message_id", "starts"], unique=True)
    op.create_table(
        "reminders",
        sa.Column("id", number, nullable=False),
        sa.Column("member_id", sa.String(length=64), nullable=False),
        sa.Column("asked_by", sa.String(length=64), nullable=False),
        sa.Column("lead_id", number, nullable=True),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.Column("due_at", moment, nullable=False),
        sa.Column("again", as_json, nullable=True),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_reminders_lead_id", "reminders", ["lead_id"])
    op.create_index("reminders_of_a_member", "reminders", ["member_id", "state", "due_at"])
    op.create_table(
        "agenda",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("form", sa.String(length=8), nullable=False),
        sa.Column("subject", sa.String(length=24), nullable=False),
        sa.Column("lead_id", number, nullable=True),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("number", sa.String(length=128), nullable=True),
        sa.Column("told", as_json, nullable=False),
        sa.Column("ends_as", sa.String(length=8), nullable=True),
        sa.Column("created_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("ix_agenda_lead_id", "agenda", ["lead_id"])
    op.create_index("ix_agenda_subject", "agenda", ["subject"])


def downgrade() -> None:
    op.drop_table("agenda")
    op.drop_table("reminders")
    op.drop_table("promises")
    op.drop_column("leads", "next_contact_at")

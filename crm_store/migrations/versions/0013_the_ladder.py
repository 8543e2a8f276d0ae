"""the ladder: what a lead remembers of it, mutes by kind, questions to colleagues"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

import crm_store.types

revision: str = "0013"
down_revision: str | None = "0012"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = crm_store.types.Moment(timezone=True)


def upgrade() -> None:
    json = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")
    op.add_column("leads", sa.Column("result", sa.String(length=32), nullable=True))
    op.add_column("leads", sa.Column("ladder", json, nullable=True))
    _rebuild_mutes("member_id", "client_id", "what")
    op.create_table(
        "questions",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("client_id", _NUMBER, nullable=False),
        sa.Column("origin_id", _NUMBER, nullable=True),
        sa.Column("lead_id", _NUMBER, nullable=False),
        sa.Column("asker_id", sa.String(length=64), nullable=False),
        sa.Column("asked_id", sa.String(length=64), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.Column("asked_at", _MOMENT, nullable=False),
        sa.Column("answered_at", _MOMENT, nullable=True),
        sa.Column("chased", sa.Integer(), nullable=False),
        sa.Column("chased_at", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"]),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_questions_client_id", "questions", ["client_id"])
    op.create_index("ix_questions_lead_id", "questions", ["lead_id"])
    op.create_index("ix_questions_asked_id", "questions", ["asked_id"])
    op.create_index("cards_of_a_member", "cards", ["member_id", "created_at"])


def downgrade() -> None:
    """Who muted one kind of nudge only is nudged again about every kind."""
    op.drop_index("cards_of_a_member", "cards")
    op.drop_table("questions")
    op.execute(sa.text("DELETE FROM mutes WHERE what <> ''"))
    _rebuild_mutes("member_id", "client_id")
    op.drop_column("leads", "ladder")
    op.drop_column("leads", "result")


def _rebuild_mutes(*key: str) -> None:
    """A primary key changes on no SQLite table that stands: the rows go over into a new one."""
    op.create_table(
        "mutes_by_kind",
        sa.Column("member_id", sa.String(length=64), nullable=False),
        sa.Column("client_id", _NUMBER, nullable=False),
        *([sa.Column("what", sa.String(length=32), nullable=False)] if "what" in key else []),
        sa.Column("since", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"]),
        sa.PrimaryKeyConstraint(*key),
    )
    columns = "member_id, client_id, since"
    into, values = (f"{columns}, what", f"{columns}, ''") if "what" in key else (columns, columns)
    op.execute(sa.text(f"INSERT INTO mutes_by_kind ({into}) SELECT {values} FROM mutes"))
    op.drop_table("mutes")
    op.rename_table("mutes_by_kind", "mutes")
    if op.get_bind().dialect.name == "postgresql":
        # The key keeps the name that it would have had from the beginning.
        op.execute(sa.text("ALTER INDEX mutes_by_kind_pkey RENAME TO mutes_pkey"))
        op.execute(
            sa.text(
                "ALTER TABLE mutes RENAME CONSTRAINT mutes_by_kind_client_id_fkey"
                " TO mutes_client_id_fkey"
            )
        )

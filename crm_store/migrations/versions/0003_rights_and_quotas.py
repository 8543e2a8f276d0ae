"""breakers for single rights, and quotas"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

import crm_store.types

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("api", sa.String(length=60), server_default=sa.text("''"), nullable=False)
        )
    # A breaker has another key now. What is still wrong shows at the next try.
    op.drop_table("breakers")
    op.create_table(
        "breakers",
        sa.Column("app", sa.String(length=40), nullable=False),
        sa.Column("api", sa.String(length=60), nullable=False),
        *_breaker(),
        sa.PrimaryKeyConstraint("app", "api"),
    )
    op.create_table(
        "quotas",
        sa.Column("quota", sa.String(length=40), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("quota", "month"),
    )


def downgrade() -> None:
    op.drop_table("quotas")
    op.drop_table("breakers")
    op.create_table(
        "breakers",
        sa.Column("app", sa.String(length=40), nullable=False),
        *_breaker(),
        sa.PrimaryKeyConstraint("app"),
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_column("api")


def _breaker() -> list["sa.Column[object]"]:
    moment = crm_store.types.Moment(timezone=True)
    return [
        sa.Column("opened_at", moment, nullable=False),
        sa.Column("probe_at", moment, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("advice", sa.Text(), nullable=False),
    ]

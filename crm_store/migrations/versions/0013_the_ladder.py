"""the ladder: mutes by kind, results, questions to colleagues"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0013"
down_revision: str | None = "0012"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("leads", sa.Column("result", sa.String(length=32), nullable=True))


def downgrade() -> None:
    op.drop_column("leads", "result")

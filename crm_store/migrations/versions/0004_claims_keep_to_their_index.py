"""a claim's index that PostgreSQL does not mistake for that of the lanes"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_WAITS = "state = 'waiting'"


def upgrade() -> None:
    _made_for(f"{_WAITS} AND route <> 'dead'")


def downgrade() -> None:
    _made_for(_WAITS)


def _made_for(rows: str) -> None:
    if op.get_context().dialect.name != "postgresql":
        return
    op.drop_index("inbox_waiting", table_name="inbox")
    op.create_index("inbox_waiting", "inbox", ["route", "id"], postgresql_where=sa.text(rows))

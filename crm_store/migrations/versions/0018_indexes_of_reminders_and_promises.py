"""indexes of reminders by who set them, of talk tracks by who has them, of promises told of"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0018"
down_revision: str | None = "0017"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    untold = sa.text("state = 'late' AND escalated_at IS NULL")
    op.create_index(
        "late_promises_untold", "promises", ["id"], sqlite_where=untold, postgresql_where=untold
    )
    op.create_index("reminders_set_by", "reminders", ["asked_by", "state"])
    op.create_index("document_offers_to", "document_offers", ["member_id", "document", "id"])


def downgrade() -> None:
    op.drop_index("document_offers_to", table_name="document_offers")
    op.drop_index("reminders_set_by", table_name="reminders")
    op.drop_index("late_promises_untold", table_name="promises")

"""an index of words that are searched and not read"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0016"
down_revision: str | None = "0015"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# FTS5 over the table's own rows. It keeps neither where in a text a word stands nor how long the
# text is: nobody asks, and it would tell more than that the word is there.
_FTS = """
CREATE VIRTUAL TABLE spoken_fts USING fts5(
    words, content='spoken', content_rowid='entry_id', detail='none', columnsize=0,
    tokenize='ascii'
)
"""
_OUT = (
    "INSERT INTO spoken_fts (spoken_fts, rowid, words) VALUES ('delete', old.entry_id, old.words)"
)
_IN = "INSERT INTO spoken_fts (rowid, words) VALUES (new.entry_id, new.words)"
_IN_STEP = (
    f"CREATE TRIGGER spoken_in AFTER INSERT ON spoken BEGIN {_IN}; END",
    f"CREATE TRIGGER spoken_out AFTER DELETE ON spoken BEGIN {_OUT}; END",
    f"CREATE TRIGGER spoken_anew AFTER UPDATE ON spoken BEGIN {_OUT}; {_IN}; END",
)


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "spoken",
        sa.Column("entry_id", number, autoincrement=False, nullable=False),
        sa.Column(
            "words", sa.Text().with_variant(postgresql.TSVECTOR(), "postgresql"), nullable=False
        ),
        sa.ForeignKeyConstraint(["entry_id"], ["timeline.id"]),
        sa.PrimaryKeyConstraint("entry_id"),
    )
    if op.get_context().dialect.name == "postgresql":
        op.create_index("spoken_words", "spoken", ["words"], postgresql_using="gin")
        return
    for statement in (_FTS, *_IN_STEP):
        op.execute(statement)


def downgrade() -> None:
    if op.get_context().dialect.name == "sqlite":
        op.execute("DROP TABLE spoken_fts")
    op.drop_table("spoken")

"""Alembic's entry: always on a connection that crm_store/schema.py hands over."""

from alembic import context
from sqlmodel import SQLModel

import crm_store.tables  # noqa: F401 (makes every table known to the metadata)
from crm_store.search.table import is_ours

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,
    compare_type=True,
    include_name=is_ours,
)

with context.begin_transaction():
    context.run_migrations()

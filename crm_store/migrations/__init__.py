"""Alembic migrations, run by `genjin migrate`; see crm_store/schema.py."""

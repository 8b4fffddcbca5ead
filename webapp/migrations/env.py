"""Alembic's environment: connects as the owner, never as the app."""

from __future__ import annotations

import os

from alembic import context
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

import webapp.models  # noqa: F401 - registers the tables
from webapp.extensions import Base

# Two processes may start at once: one migrates, the other waits and finds nothing to do.
MIGRATION_LOCK = 7_261_915

url = context.config.attributes.get("owner_url") or os.environ["DATABASE_OWNER_URL"]
with create_engine(url, poolclass=NullPool, hide_parameters=True).connect() as connection:
    connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": MIGRATION_LOCK})
    connection.commit()
    context.configure(connection=connection, target_metadata=Base.metadata, compare_server_default=False)
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()

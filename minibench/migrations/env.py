"""What Alembic runs: the migrations, over the connection that it was handed."""

from __future__ import annotations

from alembic import context

from minibench.database.schema import metadata

# The caller holds the write lock and commits: all migrations take effect, or none.
context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
)
context.run_migrations()

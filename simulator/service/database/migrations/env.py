"""What Alembic runs to migrate the connection that `simulator.service.database.versions` hands it."""

from __future__ import annotations

from alembic import context

from simulator.service.database.tables import Base


def run() -> None:
    """Run the steps that were asked for inside the transaction of the connection."""
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=Base.metadata,
        render_as_batch=True,  # SQLite alters a table by making it anew
        transactional_ddl=True,  # SQLite's, too, since its transactions begin explicitly
    )
    with context.begin_transaction():
        context.run_migrations()


if __name__ == "env_py":  # the name that Alembic gives it; whoever else imports it has no connection to migrate
    run()

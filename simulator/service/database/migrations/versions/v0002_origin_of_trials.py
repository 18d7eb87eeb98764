"""Where a trial's numbers come from: it ran and reported, or was entered from traces, perhaps SYNTHETIC ones."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the column; of trials that were entered before, nobody knows where they come from."""
    op.add_column("trial", sa.Column("origin", sa.String(16), nullable=False, server_default=sa.text("'live'")))
    op.execute("UPDATE trial SET origin = 'unknown' WHERE ending = 'recorded'")


def downgrade() -> None:
    """Remove it."""
    op.drop_column("trial", "origin")

"""Jobs, their batch sizes, arms, trials, rewards and idempotency keys."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

REAL: sa.types.TypeEngine[float] = sa.Double(53).with_variant(sa.BLOB(), "sqlite")
ID = sa.String(400).with_variant(sa.String(400, collation="C"), "postgresql")
SCOPE = sa.String(500).with_variant(sa.String(500, collation="C"), "postgresql")
PREFIX = sa.String(300).with_variant(sa.String(300, collation="C"), "postgresql")
WORD, EXACT_REAL, EXACT_INTEGER = sa.String(16), sa.String(32), sa.String(80)
UTC = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    _create_jobs()
    _create_trials()
    op.create_table(
        "reward",
        sa.Column("job_id", ID, sa.ForeignKey("job.job_id", name="reward_job_fkey", ondelete="CASCADE")),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("at", sa.Integer, nullable=False),
        sa.Column("value", REAL, nullable=False),
        sa.PrimaryKeyConstraint("job_id", "position", "at", name="reward_pkey"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "idempotency_key",
        sa.Column("scope", SCOPE, nullable=False),
        sa.Column("key", ID, nullable=False),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("answer", sa.Text, nullable=False),
        sa.Column("created_at", UTC, nullable=False),
        sa.PrimaryKeyConstraint("scope", "key", name="idempotency_key_pkey"),
        sqlite_with_rowid=False,
    )
    op.create_index("idempotency_key_created", "idempotency_key", ["created_at"])


def downgrade() -> None:
    """Remove them, and all that is in them."""
    for table in ("idempotency_key", "reward", "trial", "arm", "batch_size", "retired_job", "job"):
        op.drop_table(table)


def _create_jobs() -> None:
    op.create_table(
        "job",
        sa.Column("job_id", ID, nullable=False),
        sa.Column("job_id_prefix", PREFIX, nullable=False),
        sa.Column("default_batch_size", sa.Integer, nullable=False),
        sa.Column("eta", REAL, nullable=False),
        sa.Column("beta", REAL),
        sa.Column("target_metric", REAL, nullable=False),
        sa.Column("higher_is_better", sa.Boolean, nullable=False),
        sa.Column("max_epochs", sa.Integer, nullable=False),
        sa.Column("num_pruning_rounds", sa.Integer, nullable=False),
        sa.Column("window_size", sa.Integer, nullable=False),
        sa.Column("prior_mean", REAL, nullable=False),
        sa.Column("prior_precision", REAL, nullable=False),
        sa.Column("num_exploration", sa.Integer, nullable=False),
        sa.Column("registered_seed", sa.BigInteger),
        sa.Column("max_power_w", REAL, nullable=False),
        sa.Column("n_gpus", sa.Integer, nullable=False),
        sa.Column("gpu", sa.Text, nullable=False),
        sa.Column("policy", sa.Text, nullable=False),
        sa.Column("power_policy", sa.Text),
        sa.Column("power_limits_w", sa.Text, nullable=False),
        sa.Column("dataset", sa.Text, nullable=False),
        sa.Column("network", sa.Text, nullable=False),
        sa.Column("optimizer", sa.Text, nullable=False),
        sa.Column("lease_s", REAL),
        sa.Column("max_failures", sa.Integer, nullable=False),
        sa.Column("seed", EXACT_INTEGER, nullable=False),
        sa.Column("stage", WORD, nullable=False),
        sa.Column("min_cost", REAL),
        sa.Column("min_cost_batch_size", sa.Integer, nullable=False),
        sa.Column("exp_default_batch_size", sa.Integer, nullable=False),
        sa.Column("last_trial_number", sa.Integer, nullable=False),
        sa.Column("n_observed", sa.Integer, nullable=False),
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.Column("exhausted", sa.Boolean, nullable=False),
        sa.Column("policy_state", sa.Text),
        sa.Column("power_state", sa.Text),
        sa.Column("generator_state", sa.Text),
        sa.Column("created_at", UTC, nullable=False),
        sa.PrimaryKeyConstraint("job_id", name="job_pkey"),
    )
    op.create_table(
        "retired_job",
        sa.Column("job_id", ID, nullable=False),
        sa.Column("last_trial_number", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("job_id", name="retired_job_pkey"),
    )
    op.create_table(
        "batch_size",
        sa.Column("job_id", ID, sa.ForeignKey("job.job_id", name="batch_size_job_fkey", ondelete="CASCADE")),
        sa.Column("batch_size", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("job_id", "batch_size", name="batch_size_pkey"),
        sqlite_with_rowid=False,
    )


def _create_trials() -> None:
    op.create_table(
        "arm",
        sa.Column("job_id", ID, nullable=False),
        sa.Column("batch_size", sa.Integer, nullable=False),
        sa.Column("mean", EXACT_REAL, nullable=False),
        sa.Column("precision", EXACT_REAL, nullable=False),
        sa.Column("reward_precision", EXACT_REAL, nullable=False),
        sa.Column("n_observations", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("job_id", "batch_size", name="arm_pkey"),
        _size_of_job("arm"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "trial",
        sa.Column("job_id", ID, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("batch_size", sa.Integer, nullable=False),
        sa.Column("power_limit_w", sa.Integer),
        sa.Column("type", WORD, nullable=False),
        sa.Column("status", WORD, nullable=False),
        sa.Column("ending", WORD),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("energy_j", REAL, nullable=False),
        sa.Column("time_s", REAL, nullable=False),
        sa.Column("metric", REAL),
        sa.Column("cost", REAL),
        sa.Column("converged", sa.Boolean),
        sa.Column("observation", sa.Integer),
        sa.Column("started_at", UTC, nullable=False),
        sa.Column("ended_at", UTC),
        sa.Column("lease_until", UTC, nullable=False),
        sa.PrimaryKeyConstraint("job_id", "number", name="trial_pkey"),
        _size_of_job("trial"),
        sqlite_with_rowid=False,
    )
    op.create_index("trial_job_size_status", "trial", ["job_id", "batch_size", "status", "number"])
    op.create_index("trial_status_lease", "trial", ["status", "lease_until"])
    op.create_index("trial_job_observation", "trial", ["job_id", "observation"], unique=True)
    explores = sa.text("type = 'Exploration'")
    op.create_index(
        "trial_exploring",
        "trial",
        ["job_id", "batch_size", "number"],
        sqlite_where=explores,
        postgresql_where=explores,
    )
    runs = sa.text("status = 'Dispatched'")
    op.create_index("trial_running", "trial", ["job_id", "lease_until"], sqlite_where=runs, postgresql_where=runs)


def _size_of_job(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["job_id", "batch_size"],
        ["batch_size.job_id", "batch_size.batch_size"],
        name=f"{table}_batch_size_fkey",
        ondelete="CASCADE",
    )

"""Tables of the service. A change here needs a migration; a test compares the two."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003  # columns are made from their annotations

from sqlalchemy import BigInteger, ForeignKey, ForeignKeyConstraint, Index, MetaData, Text, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from simulator.service.database.types import ExactInteger, ExactReal, Real, Utc, identifier, words
from simulator.service.model.job import Stage
from simulator.service.model.spec import MAX_ID, MAX_NAME
from simulator.service.model.trial import Ending, Origin, TrialStatus, TrialType

__all__ = ["ArmRow", "Base", "BatchSizeRow", "JobRow", "KeyRow", "RetiredJobRow", "RewardRow", "TrialRow"]

#: SQLite keeps the rows of such a table in the order of their key, without a second index.
CLUSTERED = {"sqlite_with_rowid": False}


class Base(DeclarativeBase):
    """All tables; columns are not null unless they say so."""

    metadata = MetaData(
        naming_convention={
            "pk": "%(table_name)s_pkey",
            "fk": "%(table_name)s_%(referred_table_name)s_fkey",
            "uq": "%(table_name)s_%(column_0_name)s_key",
        }
    )


class JobRow(Base):
    """A job: what it was registered with, where it stands, and its policy's state.

    The state's large parts lie elsewhere: arms in ``arm``, the rewards it saw in ``reward``.
    """

    __tablename__ = "job"

    job_id: Mapped[str] = mapped_column(identifier(MAX_ID), primary_key=True)
    job_id_prefix: Mapped[str] = mapped_column(identifier(MAX_NAME))
    default_batch_size: Mapped[int]
    eta: Mapped[float] = mapped_column(Real)
    beta: Mapped[float | None] = mapped_column(Real)
    target_metric: Mapped[float] = mapped_column(Real)
    higher_is_better: Mapped[bool]
    max_epochs: Mapped[int]
    num_pruning_rounds: Mapped[int]
    window_size: Mapped[int]
    prior_mean: Mapped[float] = mapped_column(Real)
    prior_precision: Mapped[float] = mapped_column(Real)
    num_exploration: Mapped[int]
    registered_seed: Mapped[int | None] = mapped_column(BigInteger)  # JobSpec.seed; None: the seed is real entropy
    max_power_w: Mapped[float] = mapped_column(Real)
    n_gpus: Mapped[int]
    gpu: Mapped[str] = mapped_column(Text)
    policy: Mapped[str] = mapped_column(Text)
    power_policy: Mapped[str | None] = mapped_column(Text)
    power_limits_w: Mapped[str] = mapped_column(Text)  # JSON list
    dataset: Mapped[str] = mapped_column(Text)
    network: Mapped[str] = mapped_column(Text)
    optimizer: Mapped[str] = mapped_column(Text)
    lease_s: Mapped[float | None] = mapped_column(Real)
    max_failures: Mapped[int]

    seed: Mapped[int] = mapped_column(ExactInteger)
    stage: Mapped[Stage] = mapped_column(words(Stage))
    min_cost: Mapped[float | None] = mapped_column(Real)
    min_cost_batch_size: Mapped[int]
    exp_default_batch_size: Mapped[int]
    last_trial_number: Mapped[int]
    n_observed: Mapped[int]
    revision: Mapped[int] = mapped_column(BigInteger)
    exhausted: Mapped[bool]
    policy_state: Mapped[str | None] = mapped_column(Text)  # JSON
    power_state: Mapped[str | None] = mapped_column(Text)  # JSON
    generator_state: Mapped[str | None] = mapped_column(Text)  # JSON
    created_at: Mapped[datetime] = mapped_column(Utc)


class BatchSizeRow(Base):
    """A batch size that a job may choose."""

    __tablename__ = "batch_size"
    __table_args__ = (CLUSTERED,)

    job_id: Mapped[str] = mapped_column(
        identifier(MAX_ID), ForeignKey("job.job_id", ondelete="CASCADE"), primary_key=True
    )
    batch_size: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)


class ArmRow(Base):
    """A bandit's belief about a batch size; its precisions may be infinite."""

    __tablename__ = "arm"
    __table_args__ = (
        ForeignKeyConstraint(
            ["job_id", "batch_size"], ["batch_size.job_id", "batch_size.batch_size"], ondelete="CASCADE"
        ),
        CLUSTERED,
    )

    job_id: Mapped[str] = mapped_column(identifier(MAX_ID), primary_key=True)
    batch_size: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    mean: Mapped[float] = mapped_column(ExactReal)
    precision: Mapped[float] = mapped_column(ExactReal)
    reward_precision: Mapped[float] = mapped_column(ExactReal)
    n_observations: Mapped[int]


class TrialRow(Base):
    """One training run; see `simulator.service.model.Trial`."""

    __tablename__ = "trial"
    __table_args__ = (
        ForeignKeyConstraint(
            ["job_id", "batch_size"], ["batch_size.job_id", "batch_size.batch_size"], ondelete="CASCADE"
        ),
        Index("trial_job_size_status", "job_id", "batch_size", "status", "number"),
        Index("trial_status_lease", "status", "lease_until"),
        Index("trial_job_observation", "job_id", "observation", unique=True),
        # Explorations are few among the trials of a job that has run for long.
        Index(
            "trial_exploring",
            "job_id",
            "batch_size",
            "number",
            sqlite_where=text("type = 'Exploration'"),
            postgresql_where=text("type = 'Exploration'"),
        ),
        # So are those under way; each dispatch looks for silent ones.
        Index(
            "trial_running",
            "job_id",
            "lease_until",
            sqlite_where=text("status = 'Dispatched'"),
            postgresql_where=text("status = 'Dispatched'"),
        ),
        CLUSTERED,
    )

    job_id: Mapped[str] = mapped_column(identifier(MAX_ID), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    batch_size: Mapped[int]
    power_limit_w: Mapped[int | None]
    type: Mapped[TrialType] = mapped_column(words(TrialType))
    status: Mapped[TrialStatus] = mapped_column(words(TrialStatus))
    ending: Mapped[Ending | None] = mapped_column(words(Ending))
    reason: Mapped[str] = mapped_column(Text)
    epoch: Mapped[int]
    energy_j: Mapped[float] = mapped_column(Real)
    time_s: Mapped[float] = mapped_column(Real)
    metric: Mapped[float | None] = mapped_column(Real)
    cost: Mapped[float | None] = mapped_column(Real)
    converged: Mapped[bool | None]
    observation: Mapped[int | None]
    started_at: Mapped[datetime] = mapped_column(Utc)
    ended_at: Mapped[datetime | None] = mapped_column(Utc)
    lease_until: Mapped[datetime] = mapped_column(Utc)
    # The database fills it in for servers of version 0001 that still run while another migrates.
    origin: Mapped[Origin] = mapped_column(words(Origin), server_default=text("'live'"))


class RewardRow(Base):
    """A reward that the policy was told: the `at`-th, from 0 on, of the batch size at `position` of its space."""

    __tablename__ = "reward"
    __table_args__ = (CLUSTERED,)

    job_id: Mapped[str] = mapped_column(
        identifier(MAX_ID), ForeignKey("job.job_id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    value: Mapped[float] = mapped_column(Real)


class KeyRow(Base):
    """The answer that a request with an idempotency key got, to be given again."""

    __tablename__ = "idempotency_key"
    __table_args__ = (Index("idempotency_key_created", "created_at"), CLUSTERED)

    scope: Mapped[str] = mapped_column(identifier(MAX_ID + 100), primary_key=True)
    key: Mapped[str] = mapped_column(identifier(MAX_ID), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(Text)
    answer: Mapped[str] = mapped_column(Text)  # JSON
    created_at: Mapped[datetime] = mapped_column(Utc)


class RetiredJobRow(Base):
    """A job that was deleted: if its name is used again, trial numbers go on."""

    __tablename__ = "retired_job"

    job_id: Mapped[str] = mapped_column(identifier(MAX_ID), primary_key=True)
    last_trial_number: Mapped[int]

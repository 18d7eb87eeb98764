"""What a job says of itself when it is registered: checked once, here, whoever registers it."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

__all__ = ["LARGEST", "MAX_BATCH_SIZES", "MAX_ID", "MAX_NAME", "JobSpec", "is_storable"]

#: Limits on what is stored, so that no request can fill a database.
MAX_ID, MAX_NAME, MAX_BATCH_SIZES, MAX_POWER_LIMITS = 400, 300, 256, 256

#: Whole numbers that every database stores.
LARGEST = 2**31 - 1


def is_storable(text: str) -> bool:
    r"""Whether a job may be described with this text: no control characters, no halves of surrogate pairs.

    Examples
    --------
    >>> is_storable("nlp/bert"), is_storable("two\nlines"), is_storable("half a pair \ud800")
    (True, False, False)
    """
    return not any(ord(letter) < 32 or 0xD800 <= ord(letter) <= 0xDFFF for letter in text)


def _storable(text: str) -> str:
    if not is_storable(text):
        raise ValueError("control characters and lone surrogates cannot be stored; leave them out")
    return text


Text = Annotated[str, AfterValidator(_storable)]
Count = Annotated[int, Field(gt=0, le=LARGEST)]
Real = Annotated[float, Field(allow_inf_nan=False)]


class JobSpec(BaseModel):
    """A recurring job of a fleet, as the service knows it.

    Parameters
    ----------
    job_id
        Its name; None: the service makes one that begins with the prefix.
    job_id_prefix
        What the id begins with; may be empty.
    batch_sizes
        Global batch sizes to choose from, all different; kept in ascending order.
    default_batch_size
        The one that the user would have chosen, where exploration starts.
    eta
        Energy–time knob η in [0, 1]: 1 counts energy alone.
    beta
        Early stopping knob β above 0: a run is stopped once it costs more than β times the lowest cost; None: never.
    target_metric
        Validation metric at which training is done.
    higher_is_better
        Whether the metric rises while training improves the model.
    max_epochs
        Epochs after which a run is given up.
    num_pruning_rounds, window_size, prior_mean, prior_precision, num_exploration
        Options of the policy, for policies that have them; see `simulator.policy.names`.
    seed
        Seed of the job's draws; None: real entropy.
    max_power_w
        MAXPOWER [W]: largest power limit of the GPUs, added up over all that train the job.
    n_gpus
        How many GPUs train it.
    gpu
        Their model.
    policy
        Who chooses batch sizes: a registered name, options may follow as on the command line.
    power_policy
        Who chooses power limits, likewise; None: nobody.
    power_limits_w
        Power limits of one GPU to choose from [W], kept in ascending order; empty: none are chosen.
    dataset, network, optimizer
        What is trained, as traces spell it; for export, import and rehearsal.
    lease_s
        How long a trial may stay silent before it counts as lost [s]; None: the server's setting.
    max_failures
        Trials of one batch size in a row that may be lost before it counts as not converging.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    job_id: Annotated[Text, Field(min_length=1, max_length=MAX_ID)] | None = None
    job_id_prefix: Annotated[Text, Field(max_length=MAX_NAME)] = ""
    batch_sizes: Annotated[tuple[Count, ...], Field(min_length=1, max_length=MAX_BATCH_SIZES)]
    default_batch_size: Count
    eta: Annotated[Real, Field(ge=0, le=1)] = 0.5
    beta: Annotated[Real, Field(gt=0)] | None = 2.0
    target_metric: Real = 0.5
    higher_is_better: bool = True
    max_epochs: Count = 100
    num_pruning_rounds: Annotated[int, Field(ge=1, le=1000)] = 2
    window_size: Annotated[int, Field(ge=0, le=LARGEST)] = 0
    prior_mean: Real = 0.0
    prior_precision: Annotated[Real, Field(ge=0)] = 0.0
    num_exploration: Annotated[int, Field(ge=0, le=LARGEST)] = 2
    seed: Annotated[int, Field(ge=0, lt=2**63)] | None = None
    max_power_w: Annotated[Real, Field(gt=0)]
    n_gpus: Count = 1
    gpu: Annotated[Text, Field(min_length=1, max_length=MAX_NAME)]
    policy: Annotated[Text, Field(min_length=1, max_length=MAX_NAME)] = "pruning-gts"
    power_policy: Annotated[Text, Field(min_length=1, max_length=MAX_NAME)] | None = None
    power_limits_w: Annotated[tuple[Count, ...], Field(max_length=MAX_POWER_LIMITS)] = ()
    dataset: Annotated[Text, Field(max_length=MAX_NAME)] = ""
    network: Annotated[Text, Field(max_length=MAX_NAME)] = ""
    optimizer: Annotated[Text, Field(max_length=MAX_NAME)] = ""
    lease_s: Annotated[Real, Field(ge=1, le=30 * 86400)] | None = None
    max_failures: Annotated[int, Field(ge=1, le=1000)] = 3

    @model_validator(mode="after")
    def _check_whole(self) -> JobSpec:
        if len(set(self.batch_sizes)) < len(self.batch_sizes):
            raise ValueError(f"batch_sizes {list(self.batch_sizes)} has one twice; list each once")
        if self.default_batch_size not in self.batch_sizes:
            raise ValueError(
                f"default_batch_size {self.default_batch_size} is not among batch_sizes {sorted(self.batch_sizes)}"
            )
        if len(set(self.power_limits_w)) < len(self.power_limits_w):
            raise ValueError(f"power_limits_w {list(self.power_limits_w)} has one twice; list each once")
        if (self.power_policy is None) != (not self.power_limits_w):
            raise ValueError("power_policy and power_limits_w go together: give both, or neither")
        if self.job_id in (".", ".."):
            raise ValueError(
                f"job_id {self.job_id!r} means another place in the address of a request; take another one"
            )
        if self.job_id is not None and not self.job_id.startswith(self.job_id_prefix):
            raise ValueError(f"job_id {self.job_id!r} does not start with job_id_prefix {self.job_id_prefix!r}")
        object.__setattr__(self, "batch_sizes", tuple(sorted(self.batch_sizes)))
        object.__setattr__(self, "power_limits_w", tuple(sorted(self.power_limits_w)))
        return self

    def plain(self) -> dict[str, Any]:
        """All fields as plain data for ``json.dumps``.

        Examples
        --------
        >>> JobSpec(batch_sizes=[64, 32], default_batch_size=32, max_power_w=300, gpu="a40").plain()["batch_sizes"]
        [32, 64]
        """
        return self.model_dump(mode="json")

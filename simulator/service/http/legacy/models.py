"""Bodies of the published protocol, field by field in the order in which the published server writes them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, Strict, ValidationError

from simulator.service.http.legacy.coercion import TEXT, WHOLE, Count
from simulator.service.model import JobSpec
from simulator.service.model.spec import LARGEST, MAX_BATCH_SIZES, MAX_ID, MAX_NAME, Real
from simulator.service.model.trial import LARGEST_AMOUNT

__all__ = ["Detail", "LegacyJob", "Message", "ReportAnswer", "TrainingResult", "TrialId"]

#: Ours for its names of the same things.
NAMES = {
    "max_power": "max_power_w",
    "number_of_gpus": "n_gpus",
    "gpu_model": "gpu",
    "eta_knob": "eta",
    "beta_knob": "beta",
    "higher_is_better_metric": "higher_is_better",
    "mab_prior_mean": "prior_mean",
    "mab_prior_precision": "prior_precision",
    "mab_num_explorations": "num_exploration",
    "mab_seed": "seed",
}

_THEIRS = {ours: theirs for theirs, ours in NAMES.items()}


class LegacyJob(BaseModel):
    """A job as the published client registers it, and as it is echoed."""

    model_config = ConfigDict(extra="ignore")

    max_power: Annotated[Real, Field(gt=0)]
    number_of_gpus: Count
    gpu_model: Annotated[str, Field(min_length=1, max_length=MAX_NAME), TEXT]
    job_id: Annotated[str, Field(min_length=1, max_length=MAX_ID), TEXT] | None = None
    job_id_prefix: Annotated[str, Field(max_length=MAX_NAME), TEXT]
    batch_sizes: Annotated[
        list[Count], Field(min_length=1, max_length=MAX_BATCH_SIZES, json_schema_extra={"uniqueItems": True})
    ]
    default_batch_size: Count
    eta_knob: Annotated[Real, Field(ge=0, le=1)] = 0.5
    beta_knob: Annotated[Real, Field(gt=0)] | None = 2.0
    target_metric: Real = 0.5
    higher_is_better_metric: bool = True
    max_epochs: Count = 100
    num_pruning_rounds: Annotated[int, Strict(), Field(ge=1, le=1000), WHOLE] = 2
    window_size: Annotated[int, Strict(), Field(ge=-LARGEST, le=LARGEST, description="0 or less: no window"), WHOLE] = 0
    mab_prior_mean: Real = 0.0
    mab_prior_precision: Annotated[Real, Field(ge=0)] = 0.0
    mab_num_explorations: Annotated[int, Strict(), Field(ge=0, le=LARGEST), WHOLE] = 2
    mab_seed: Annotated[int, Strict(), Field(ge=0, lt=2**63), WHOLE] | None = None

    def spec(self) -> JobSpec:
        """Return the job as the service knows it.

        Raises
        ------
        RequestValidationError
            If it contradicts itself.
        """
        named = {NAMES.get(name, name): value for name, value in self.model_dump().items()}
        try:
            return JobSpec(**named | {"window_size": max(0, self.window_size)})
        except ValidationError as error:
            raise RequestValidationError([_in_their_words(one) for one in error.errors(include_url=False)]) from None

    def echo(self, job_id: str) -> dict[str, Any]:
        """Return what the published server answers a registration with."""
        return self.model_dump() | {"job_id": job_id, "batch_sizes": sorted(self.batch_sizes)}


def _in_their_words(error: Any) -> dict[str, Any]:
    loc = [_THEIRS.get(part, part) for part in error["loc"]] or ["__root__"]
    return {"loc": ["body", *loc], "msg": error["msg"], "type": error["type"]}


class TrialId(BaseModel):
    """Which trial."""

    model_config = ConfigDict(extra="ignore")

    job_id: Annotated[str, TEXT]
    batch_size: Annotated[int, Strict(), WHOLE]
    trial_number: Annotated[int, Strict(), WHOLE]


class TrainingResult(TrialId):
    """What a trial used up since it began [s, J], and its metric after an epoch."""

    time: Annotated[Real, Field(ge=0, le=LARGEST_AMOUNT)]
    energy: Annotated[Real, Field(ge=0, le=LARGEST_AMOUNT)]
    metric: float
    current_epoch: Annotated[int, Strict(), Field(ge=0, le=LARGEST), WHOLE]


class ReportAnswer(BaseModel):
    """Whether training shall stop."""

    stop_train: bool
    converged: bool
    message: str


class Message(BaseModel):
    """Why something was refused."""

    message: str


class Detail(BaseModel):
    """Why a body was not read."""

    detail: str

"""What the columns of a trace mean: types, units and limits, in one place.

Reading, validation and the documentation tables all follow from the constants below. Column names are the published
ones (Zeus, NSDI'23).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["GROUPS", "METRICS", "POWER", "TRAIN", "Column", "TableSchema", "markdown_table"]


@dataclass(frozen=True)
class Column:
    """One column of a trace table.

    Parameters
    ----------
    name
        Name in the file.
    type
        Arrow type. Integers may arrive as whole floats, and numbers as text where `numeric_text` allows it.
    unit
        Unit, empty for names and counts without one.
    description
        What it says, for people.
    required
        Whether a table without it is refused.
    nullable
        Whether a cell may be empty.
    positive
        Whether values of zero or less are refused.
    numeric_text
        Whether numbers written as text are taken as they are, as in a learning rate of ``1e-1``.
    numbered
        Whether numbers do for names, as in published groups.
    """

    name: str
    type: pa.DataType
    unit: str
    description: str
    required: bool = True
    nullable: bool = False
    positive: bool = False
    numeric_text: bool = False
    numbered: bool = False

    @property
    def arrow(self) -> pa.Field:
        """The Arrow field, with unit and description in its metadata."""
        metadata = {"unit": self.unit, "description": self.description}
        return pa.field(self.name, self.type, nullable=self.nullable, metadata=metadata)

    @property
    def rule(self) -> str:
        """What holds for its cells, in a few words."""
        required = "required" if self.required else "optional"
        return ", ".join([required, *["above 0"] * self.positive, *["may be empty"] * self.nullable])


@dataclass(frozen=True)
class TableSchema:
    """The columns of one kind of table.

    Columns that are not listed here are allowed, and kept.

    Parameters
    ----------
    name
        What the table is called in messages.
    columns
        Its columns, in the order of the published files.

    Examples
    --------
    >>> POWER.arrow.field("time_per_epoch").metadata[b"unit"]
    b's'
    >>> POWER.column("power_limit").type
    DataType(int64)
    """

    name: str
    columns: tuple[Column, ...]

    @property
    def arrow(self) -> pa.Schema:
        """The Arrow schema, with units and descriptions in the fields' metadata."""
        return pa.schema([column.arrow for column in self.columns])

    @property
    def required(self) -> tuple[str, ...]:
        """Names of the columns that no such table may lack."""
        return tuple(column.name for column in self.columns if column.required)

    def column(self, name: str) -> Column:
        """Find a column by its name; `KeyError` if the schema has none."""
        return {column.name: column for column in self.columns}[name]

    def markdown(self) -> str:
        """Write the columns as a Markdown table, for READMEs and documentation.

        Returns
        -------
        str
            The table, without a heading and without a newline at its end.

        Examples
        --------
        >>> print(GROUPS.markdown().splitlines()[2])
        | `group` | string |  | required | name or number that submissions of one recurring job share |
        """
        rows = [(f"`{c.name}`", c.type, c.unit, c.rule, c.description) for c in self.columns]
        return markdown_table(("column", "type", "unit", "cells", "meaning"), rows)


def markdown_table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Lay out a Markdown table, without a newline at its end.

    Examples
    --------
    >>> print(markdown_table(("unit", "meaning"), [("J", "joule")]))
    | unit | meaning |
    | --- | --- |
    | J | joule |
    """
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


DATASET = Column("dataset", pa.string(), "", "name of the dataset")
NETWORK = Column("network", pa.string(), "", "name of the network")
BATCH_SIZE = Column("batch_size", pa.int64(), "samples", "samples per step", positive=True)
OPTIMIZER = Column("optimizer", pa.string(), "", "name of the optimizer, as spelled in every table")
LEARNING_RATE = Column(
    "learning_rate",
    pa.float64(),
    "",
    "learning rate of the run; may be text such as `1e-1`",
    positive=True,
    numeric_text=True,
)
RUN = Column("run", pa.int64(), "", "number of the run, to tell repetitions apart")
EPOCHS = Column("epochs", pa.int64(), "epochs", "how long the run lasted", required=False, positive=True)
SLICE = Column(
    "slice", pa.int64(), "", "data slice, or recurrence, that the row belongs to, for jobs that drift", required=False
)
PREDICTED = Column(
    "predicted",
    pa.bool_(),
    "",
    "whether a model predicted the row and nobody recorded it; empty: it was recorded",
    required=False,
    nullable=True,
)

#: How many epochs recorded runs needed: one row per run and target.
TRAIN = TableSchema(
    "train",
    (
        DATASET,
        NETWORK,
        BATCH_SIZE,
        OPTIMIZER,
        LEARNING_RATE,
        RUN,
        Column("target_metric", pa.float64(), "", "value of the validation metric that counts as trained"),
        Column(
            "target_epoch",
            pa.int64(),
            "epochs",
            "first epoch, counted from 1, that reached the target; empty: the run never did",
            nullable=True,
            positive=True,
        ),
        EPOCHS,
        SLICE,
        PREDICTED,
    ),
)

#: What recorded runs reported, so that any target can be derived later: one row per run, epoch and metric.
METRICS = TableSchema(
    "metrics",
    (
        DATASET,
        NETWORK,
        BATCH_SIZE,
        OPTIMIZER,
        LEARNING_RATE,
        RUN,
        Column("epoch", pa.int64(), "epochs", "epoch, counted from 1, after which it was evaluated", positive=True),
        Column("metric", pa.string(), "", "name of the metric, as the training script reports it"),
        Column(
            "value",
            pa.float64(),
            "",
            "its value; empty: it was no finite number, as in a loss that diverged",
            nullable=True,
        ),
        EPOCHS,
        SLICE,
    ),
)

#: How long an epoch takes and how much power it draws on one GPU: one row per batch size and power limit.
POWER = TableSchema(
    "power",
    (
        DATASET,
        NETWORK,
        BATCH_SIZE,
        OPTIMIZER,
        Column("power_limit", pa.int64(), "W", "power limit of the GPU", positive=True),
        Column("time_per_epoch", pa.float64(), "s", "duration of one epoch", positive=True),
        Column("average_power", pa.float64(), "W", "average power over one epoch", positive=True),
        SLICE,
        PREDICTED,
    ),
)

#: When the recurrences of a job were submitted to a cluster: one row per submission.
GROUPS = TableSchema(
    "groups",
    (
        Column("group", pa.string(), "", "name or number that submissions of one recurring job share", numbered=True),
        Column("dataset", pa.string(), "", "dataset of the job that stands in for the group"),
        Column("start_time", pa.float64(), "s", "when it was submitted"),
        Column("end_time", pa.float64(), "s", "when it ended in the cluster's log"),
        Column(
            "runtime_ratio",
            pa.float64(),
            "",
            "its runtime over the mean runtime of all jobs with this dataset: scales energy and time",
            positive=True,
        ),
    ),
)

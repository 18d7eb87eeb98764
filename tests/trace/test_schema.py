"""The schema is the one place that says what a column is."""

from __future__ import annotations

import pytest

from simulator.trace.schema import GROUPS, METRICS, POWER, TRAIN, TableSchema

SCHEMAS = pytest.mark.parametrize("schema", [TRAIN, POWER, GROUPS, METRICS], ids=lambda schema: schema.name)


@SCHEMAS
def test_arrow_fields_carry_units(schema: TableSchema) -> None:
    """The Arrow schema says names, types, emptiness and units as the columns do."""
    for column, field in zip(schema.columns, schema.arrow, strict=True):
        assert (field.name, field.type, field.nullable) == (column.name, column.type, column.nullable)
        assert field.metadata[b"unit"].decode() == column.unit


@SCHEMAS
def test_documentation_has_a_row_per_column(schema: TableSchema) -> None:
    """The Markdown table lists every column, in order, with as many cells in each row as in its head."""
    head, rule, *rows = schema.markdown().splitlines()
    assert [row.split("|")[1].strip() for row in rows] == [f"`{column.name}`" for column in schema.columns]
    assert {row.count("|") for row in (head, rule, *rows)} == {6}


def test_published_columns_are_required() -> None:
    """What the published files have is required, and nothing else is."""
    assert " ".join(TRAIN.required) == (
        "dataset network batch_size optimizer learning_rate run target_metric target_epoch"
    )
    assert " ".join(POWER.required) == ("dataset network batch_size optimizer power_limit time_per_epoch average_power")
    assert " ".join(METRICS.required) == "dataset network batch_size optimizer learning_rate run epoch metric value"
    assert " ".join(GROUPS.required) == "group dataset start_time end_time runtime_ratio"


def test_only_an_unreached_target_may_be_empty() -> None:
    """Beside the label of predicted rows, one column is nullable; columns that measure something have a unit."""
    columns = [*TRAIN.columns, *POWER.columns, *GROUPS.columns]
    assert [column.name for column in columns if column.nullable and column.name != "predicted"] == ["target_epoch"]
    units = {column.name: column.unit for column in columns}
    assert (units["power_limit"], units["average_power"], units["time_per_epoch"]) == ("W", "W", "s")

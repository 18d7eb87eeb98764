"""What a table lacks is explained with what it has."""

from __future__ import annotations

import pandas as pd

from simulator.trace.validate import absences

TABLE = pd.DataFrame(
    [("squad", "adamw", 84.0), ("squad", "adam", 80.0), ("cifar100", "adadelta", 0.6), ("cifar100", "adam", 0.65)],
    columns=["dataset", "optimizer", "target_metric"],
)


def test_nothing_lacks() -> None:
    """A row that has all wanted values leaves nothing to say."""
    assert absences(TABLE, {"dataset": "squad", "optimizer": "adamw", "target_metric": 84.0}) == {}


def test_spelling_is_offered() -> None:
    """The nearest name among those of the rows found so far is offered."""
    assert absences(TABLE, {"dataset": "cifar100", "optimizer": "Adadelta"}) == {
        "optimizer": "no row of cifar100 has 'Adadelta'; there are 'adadelta', 'adam'; did you mean 'adadelta'?"
    }


def test_each_value_exists_but_not_together() -> None:
    """Values are looked for in the rows that the columns before left over."""
    assert list(absences(TABLE, {"dataset": "squad", "optimizer": "adadelta"})) == ["optimizer"]


def test_the_nearest_number_is_offered() -> None:
    """A float that matches nothing is answered with the nearest one, whatever the order."""
    reason = absences(TABLE, {"dataset": "cifar100", "target_metric": 0.61})["target_metric"]
    assert reason == "no row of cifar100 has 0.61; there are 0.6, 0.65; the nearest is 0.6"


def test_all_that_is_wrong_is_found() -> None:
    """A value that nothing has does not hide the next one."""
    assert list(absences(TABLE, {"dataset": "sqad", "optimizer": "sgd", "target_metric": 0.7})) == [
        "dataset",
        "optimizer",
        "target_metric",
    ]


def test_an_empty_table() -> None:
    """A table without rows is called that."""
    assert "the table has no rows" in absences(TABLE.iloc[:0], {"dataset": "squad"})["dataset"]

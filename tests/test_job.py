"""A job says and does what the published class says and does, character for character."""

from __future__ import annotations

import dataclasses
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from zeus._legacy.job import Job as PublishedJob

from simulator import Job
from simulator.errors import JobError, UnsupportedOptimizerError

NAMES = st.text(string.ascii_letters + string.digits + "-_+, é", min_size=1, max_size=12)
PLACEHOLDERS = ["{bs}", "{batch_size}", "{lr}", "{learning_rate}", "{seed}", "{epoch}", "{epochs}"]
PLACEHOLDERS += ["{slice_number}", "{target_metric}", "{unknown}", "--lr={lr}", "$HOME; true", ""]
FIELDS = st.fixed_dictionaries(
    {
        "dataset": NAMES,
        "network": NAMES,
        "optimizer": st.sampled_from(["adam", "AdamW", "Adadelta", "SGD", "sgd", "lamb"]),
        "target_metric": st.floats(allow_nan=False),
        "max_epochs": st.integers(1, 1000),
        "default_bs": st.none() | st.integers(1, 4096),
        "default_lr": st.none() | st.floats(1e-6, 10),
        "workdir": st.none() | st.just("/tmp"),  # noqa: S108  (never opened)
        "command": st.none() | st.lists(st.sampled_from(PLACEHOLDERS), min_size=1),
    }
)


@given(FIELDS)
def test_text_forms_are_the_published_ones(fields):
    """str() and to_logdir() are the published ones."""
    ours, published = Job(**fields), PublishedJob(**fields)
    assert str(ours) == str(published)
    assert ours.to_logdir() == published.to_logdir()


@given(FIELDS, st.integers(1, 4096), st.floats(1e-6, 10), st.integers(0, 2**32), st.integers(0, 99))
def test_commands_are_the_published_ones(fields, batch_size, learning_rate, seed, recurrence):
    """Placeholders are whole items; unknown ones pass through; no command is a typed error where an assert was."""
    ours, published = Job(**fields), PublishedJob(**fields)
    if fields["command"] is None:
        with pytest.raises(JobError, match="command"):
            ours.gen_command(batch_size, learning_rate, seed, recurrence)
        with pytest.raises(AssertionError):
            published.gen_command(batch_size, learning_rate, seed, recurrence)
        return
    assert ours.gen_command(batch_size, learning_rate, seed, recurrence) == published.gen_command(
        batch_size, learning_rate, seed, recurrence
    )


@given(FIELDS, st.integers(1, 100_000))
def test_learning_rates_are_the_published_ones(fields, batch_size):
    """Scaled learning rates are equal to the last bit, and where the published class fails, ours fails with a type."""
    ours, published = Job(**fields), PublishedJob(**fields)
    try:
        expected = published.scale_lr(batch_size)
    except NotImplementedError:
        with pytest.raises(UnsupportedOptimizerError, match=r"adadelta, adam, adamw .*sgd"):
            ours.scale_lr(batch_size)
    except AssertionError:
        with pytest.raises(JobError, match=r"default_(bs|lr)"):
            ours.scale_lr(batch_size)
    else:
        assert ours.scale_lr(batch_size) == expected


def test_rows_of_a_job_are_the_published_ones(published_traces):
    """filter_df keeps the same rows in the same order."""
    import pandas as pd

    train = pd.read_csv(published_traces / "summary_train.csv")
    fields = ("librispeech", "deepspeech2", "adamw", 40.0, 16)
    pd.testing.assert_frame_equal(Job(*fields).filter_df(train), PublishedJob(*fields).filter_df(train))
    assert len(Job(*fields).filter_df(train)) == 74


@given(FIELDS, st.lists(st.text(), min_size=1))
def test_the_command_is_not_identity(fields, command):
    """Two jobs that differ in their command alone are one dictionary key."""
    job = Job(**fields)
    other = dataclasses.replace(job, command=command)
    assert job == other
    assert len({job, other}) == 1


def test_any_other_field_is_identity():
    """A job that differs in any field but the command is another key, metric direction included."""
    job = Job("d", "n", "adam", 0.5, 10, 8, 0.1, "w", ["c"])
    changes = {"dataset": "e", "network": "m", "optimizer": "sgd", "target_metric": 0.6, "max_epochs": 11}
    changes |= {"default_bs": 16, "default_lr": 0.2, "workdir": "v", "higher_is_better": False}
    assert set(changes) | {"command"} == {field.name for field in dataclasses.fields(Job)}
    for name, value in changes.items():
        assert dataclasses.replace(job, **{name: value}) != job, name


def test_metric_direction_changes_no_published_behaviour():
    """A falling metric has the same texts, commands and learning rates."""
    rising = Job("d", "n", "adam", 0.5, 10, 8, 0.1, command=["{bs}"])
    falling = dataclasses.replace(rising, higher_is_better=False)
    assert str(falling) == str(rising)
    assert falling.to_logdir() == rising.to_logdir()
    assert falling.gen_command(1, 2.0, 3, 4) == rising.gen_command(1, 2.0, 3, 4)
    assert falling.scale_lr(32) == rising.scale_lr(32)


def test_a_job_cannot_be_changed():
    """A job is frozen: it is a dictionary key."""
    with pytest.raises(dataclasses.FrozenInstanceError):
        Job("d", "n", "adam", 0.5, 10).dataset = "e"  # type: ignore[misc]

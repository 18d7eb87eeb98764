"""What a scheduler is told."""

from __future__ import annotations

import json

import pytest

from simulator.errors import GridError
from simulator.explore import Settings


def test_settings_are_plain_data():
    """What is set, as JSON can hold it; the rest is up to the cluster."""
    settings = Settings(
        mem_gb=0.5, setup=["module load x"], additional_parameters={"mail-type": "END"}, gpus_per_node=0
    )
    assert json.loads(json.dumps(settings.plain())) == {
        "mem_gb": 0.5,
        "gpus_per_node": 0,
        "setup": ["module load x"],
        "additional_parameters": {"mail-type": "END"},
    }
    assert Settings().plain() == {}
    assert settings == Settings().changed(**settings.plain())
    assert hash(settings) == hash(Settings().changed(**settings.plain()))


def test_setting_none_leaves_it_to_the_cluster_again():
    """What was set can be taken back."""
    assert Settings(partition="gpu").changed(partition=None) == Settings()


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("time_min", "1:00", "the setting time_min of Slurm is '1:00'; it has to be a whole number"),
        ("time_min", 1.5, "it has to be a whole number"),
        ("cpus_per_task", True, "it has to be a whole number"),
        ("cpus_per_task", 0, "it has to be above 0"),
        ("mem_gb", float("nan"), "it has to be above 0"),
        ("mem_gb", "4GB", "it has to be a number"),
        ("partition", 3, "it has to be a text"),
        ("setup", "module load x", "it has to be a list of texts"),
        ("setup", [1], "it has to be a list of texts"),
        ("exclusive", "yes", "it has to be True or False"),
        ("additional_parameters", "x", "it has to be a dictionary"),
    ],
)
def test_a_setting_that_cannot_be_is_refused(name, value, message):
    """When the plan says it, and not hours later by the cluster."""
    with pytest.raises(GridError, match=message):
        Settings().changed(**{name: value})

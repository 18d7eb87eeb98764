"""What sensors a GPU has, and what it does not tell."""

from __future__ import annotations

import json

import pytest
from nvml_stub import ManualClock

from simulator.collect.live import look_at_sensors
from simulator.collect.nvml import find_gpus, nvml


def test_sensors_are_found_with_their_periods(make_gpus):
    """Under load; with the period that a collection would choose, and with facts."""
    gpus = make_gpus(manual=True, update_ms=20, noise_w=1)
    gpus.set_demand(200)
    with nvml():
        (view,) = look_at_sensors(find_gpus(), seconds=1, clock=ManualClock(gpus))
    assert view.probe.energy_period_ms == pytest.approx(20, rel=0.05)
    assert view.period_ms == 17
    assert view.facts["name"] == "NVIDIA H100 80GB HBM3 (simulated)"
    assert view.facts["scope"] == "gpu"
    assert view.answers["energy_mj"]
    assert json.loads(json.dumps(view.to_json()))["facts"]["limits"]["max_mw"] == 400_000


def test_what_a_gpu_does_not_tell_is_named(make_gpus):
    """A GPU without mean power and without a counter."""
    gpus = make_gpus(manual=True, noise_w=1)
    gpus.fault("field_failing", field=185)
    gpus.fault("field_failing", field=83)
    gpus.fault("not_supported", groups="energy")
    with nvml():
        (view,) = look_at_sensors(find_gpus(), seconds=1, clock=ManualClock(gpus))
    assert {"power_average_mw", "energy_mj"} <= {name for name, told in view.answers.items() if not told}
    assert view.answers["power_instant_mw"]

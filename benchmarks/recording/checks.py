"""Checks on one GPU what is only read about sensors, and not measured; nothing is set."""

from __future__ import annotations

import statistics
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pynvml

from simulator.collect.energy import Meter
from simulator.collect.live import look_at_sensors
from simulator.collect.nvml.codes import FIELD_POWER_CAPPED_NS, THERMAL_FIELDS
from simulator.collect.nvml.library import ask
from simulator.collect.nvml.reader import FieldReader
from simulator.collect.sampling import Sampler, periods, read_samples

__all__ = ["check"]

#: ``NVML_TOTAL_POWER_SAMPLES`` and ``NVML_PERF_POLICY_POWER`` of nvml.h.
_POWER_SAMPLES, _POLICY_POWER = 0, 0

#: Readings without a pause, to see whether sensors bear it.
_FAST_READS = 2000


def check(device, *, seconds):
    """Check a GPU that is busy.

    Parameters
    ----------
    device
        The GPU.
    seconds
        How long to sample for the comparison of counter and power [s]; 20 or more compares the 1 s mean as well.

    Returns
    -------
    dict
        JSON-able, a part for each check.
    """
    handle = pynvml.nvmlDeviceGetHandleByUUID(device.uuid)
    (view,) = look_at_sensors([device], seconds=3.0)
    return {
        "sensors": view.to_json(),
        "latency": latency(device),
        "agreement": agreement(device, view.probe, seconds),
        "power_samples": power_samples(handle),
        "capped_counter": capped_counter(handle, min(seconds, 5.0)),
        "thermal_counters": thermal_counters(handle),
    }


def latency(device):
    """How long readings take [us], and whether any is zero or fails when they follow each other without a pause."""
    reader = device.fast_reader()
    fast_us, values = _timed(reader.read, _FAST_READS)
    slow_us, _ = _timed(device.read_slow, 50)
    return {
        "fast_us": _spread(fast_us),
        "slow_us": _spread(slow_us),
        "reads_without_pause": _FAST_READS,
        "zero_reads": sum(0 in (v.power_instant_mw, v.power_average_mw, v.energy_mj) for v in values),
        "failed_reads": sum(v.power_instant_mw is None or v.energy_mj is None for v in values),
    }


def agreement(device, probe, seconds):
    """Sample a while: whether the energy counter agrees with the power readings; update periods in the samples."""
    with tempfile.TemporaryDirectory(prefix="checks-") as folder, Sampler([device.uuid]) as sampler:
        sampler.open(Path(folder))
        time.sleep(1.5)
        start_ns = time.monotonic_ns()
        time.sleep(seconds)
        end_ns = time.monotonic_ns()
        time.sleep(1.5)
        summary = sampler.close()
        samples = read_samples(folder)
    period_s = probe.energy_period_ms and probe.energy_period_ms / 1e3
    window = Meter(samples, update_period_s=[period_s]).window(start_ns, end_ns)
    shares = {name: _ratio(value, window.energy_j) for name, value in _held(window).items()}
    late_ms = np.diff(samples["before_ns"].to_numpy()) / 1e6 - summary["period_ms"]
    return {
        "seconds": window.time_s,
        "energy_j": window.energy_j,
        "uncertainty_j": window.uncertainty_j,
        "average_power_w": window.average_power_w,
        "source": window.source,
        "flags": list(window.flags),
        **shares,
        "periods": asdict(periods(samples)[0]),
        "sampled_every_ms": summary["period_ms"],
        "missed": summary["missed"],
        "late_ms": _spread(np.maximum(late_ms, 0).tolist()),
    }


def power_samples(handle):
    """Whether ``nvmlDeviceGetSamples`` tells what power was between readings, how far back and how densely."""
    found, code = ask("nvmlDeviceGetSamples", handle, _POWER_SAMPLES, 0)
    if code or found is None or len(found[1]) < 2:
        return {"supported": False, "code": code}
    stamps_us = sorted(sample.timeStamp for sample in found[1])
    gaps_ms = np.diff(stamps_us) / 1e3
    span_s = (stamps_us[-1] - stamps_us[0]) / 1e6
    return {"supported": True, "code": code, "samples": len(stamps_us), "span_s": span_s, "gap_ms": _spread(gaps_ms)}


def capped_counter(handle, seconds):
    """Compare field 74 with the time that passed, and with the older function: in ns, it grows by 1e9 a second."""
    before_s, before, old = time.monotonic(), _field(handle, FIELD_POWER_CAPPED_NS), _violation_ns(handle)
    time.sleep(seconds)
    passed_s = time.monotonic() - before_s
    after, new = _field(handle, FIELD_POWER_CAPPED_NS), _violation_ns(handle)
    grown = None if None in (before["value"], after["value"]) else after["value"] - before["value"]
    return {
        **after,
        "passed_s": passed_s,
        "grown": grown,
        "grown_per_s": None if grown is None else grown / passed_s,
        "violation_grown_ns": None if None in (old, new) else new - old,
        "unit": _unit(grown, passed_s, None if None in (old, new) else new - old),
    }


def thermal_counters(handle):
    """Ask for both triples of fields that count the time of thermal slowdowns and of the power brake."""
    return {"/".join(map(str, fields)): [_field(handle, field) for field in fields] for fields in THERMAL_FIELDS}


def _unit(grown, passed_s, violation_ns):
    """Judge field 74's unit from how far it went."""
    if not grown:
        return "not seen: the power limit did not hold the GPU down meanwhile" if grown == 0 else "not told"
    if violation_ns:
        return f"{grown / violation_ns:.4g} of what GetViolationStatus counts in ns"
    for unit, per_s in (("ms", 1e3), ("us", 1e6), ("ns", 1e9)):
        if grown <= 1.1 * per_s * passed_s:
            return f"at most {unit}: it grew by {grown / passed_s:.4g} a second"
    return f"finer than ns, or none of time: it grew by {grown / passed_s:.4g} a second"


def _violation_ns(handle):
    found, code = ask("nvmlDeviceGetViolationStatus", handle, _POLICY_POWER)
    return None if code else int(found.violationTime)


def _field(handle, field):
    ((value, code, wide),) = FieldReader(handle, [(field, 0)]).values()
    return {"field": field, "value": value, "code": code, "64_bits": wide}


def _held(window):
    return {"instant_over_counter": window.instant_j, "average_over_counter": window.average_j}


def _ratio(value, whole):
    return None if value is None or not whole else value / whole


def _timed(read, times):
    """Call something again and again; how long each took [us], and what it gave."""
    took_us, values = [], []
    for _ in range(times):
        before_ns = time.perf_counter_ns()
        values.append(read())
        took_us.append((time.perf_counter_ns() - before_ns) / 1e3)
    return took_us, values


def _spread(values):
    values = list(map(float, values))
    p99 = float(np.percentile(values, 99))
    return {"median": statistics.median(values), "p99": p99, "max": max(values), "number": len(values)}

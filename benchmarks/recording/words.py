"""The checks of a GPU in words."""

from __future__ import annotations

__all__ = ["in_words"]


def in_words(found):
    """Say what was found, a line each.

    Parameters
    ----------
    found
        What `recording.checks.check` gave, with ``name``, ``simulated`` and ``load``.

    Returns
    -------
    list of str
        The lines.
    """
    probe, latency, agreement = found["sensors"], found["latency"], found["agreement"]
    facts = probe["facts"]
    lines = [
        f"{found['name']}{', SIMULATED' if found['simulated'] else ''}; driver {facts['driver']}, "
        f"NVML {facts['nvml']}, CUDA {facts['cuda']}; load: {found['load']}",
        f"energy counter: {_every(probe['energy_period_ms'])}; power over tens of ms ({probe['instant_source']}): "
        f"{_every(probe['instant_period_ms'])}; 1 s mean: {_every(probe['average_period_ms'])}",
        f"one reading of all fast values: {_spread(latency['fast_us'], 'us')}; of all slow values: "
        f"{_spread(latency['slow_us'], 'us')}",
        f"{latency['reads_without_pause']} readings without a pause: {latency['zero_reads']} zero, "
        f"{latency['failed_reads']} failed",
        _agreement(agreement),
        f"sampled every {agreement['sampled_every_ms']:g} ms: later by {_spread(agreement['late_ms'], 'ms')}; "
        f"{agreement['missed']} deadlines missed",
        _power_samples(found["power_samples"]),
        _capped(found["capped_counter"]),
    ]
    return [*lines, *_thermal(found["thermal_counters"])]


def _every(period_ms):
    return "no period found" if period_ms is None else f"new every {period_ms:.1f} ms"


def _spread(spread, unit):
    return f"median {spread['median']:.3g} {unit}, 99th percentile {spread['p99']:.3g}, largest {spread['max']:.3g}"


def _agreement(agreement):
    if agreement["energy_j"] is None:
        return "energy: unknown, for no sensor told it"
    shares = [
        f"{words} {100 * (agreement[key] - 1):+.2f} %"
        for key, words in (("instant_over_counter", "power held"), ("average_over_counter", "1 s mean held"))
        if agreement[key] is not None
    ]
    return (
        f"{agreement['seconds']:.1f} s at {agreement['average_power_w']:.1f} W by {agreement['source']}: "
        f"{agreement['energy_j']:.1f} J ± {agreement['uncertainty_j']:.2f} J; against it: "
        f"{', '.join(shares) or 'nothing to compare with'}; flags: {', '.join(agreement['flags']) or 'none'}"
    )


def _power_samples(samples):
    if not samples["supported"]:
        return f"nvmlDeviceGetSamples of power: not supported (code {samples['code']})"
    gaps = _spread(samples["gap_ms"], "ms")
    return f"nvmlDeviceGetSamples of power: {samples['samples']} over {samples['span_s']:.2f} s, apart by {gaps}"


def _capped(counter):
    if counter["grown"] is None:
        return f"field 74 (time capped): not told (code {counter['code']})"
    return f"field 74 (time capped): grew by {counter['grown']} in {counter['passed_s']:.2f} s; unit: {counter['unit']}"


def _thermal(triples):
    return [
        f"fields {fields} (thermal slowdowns, power brake): "
        + ", ".join(
            f"code {f['code']}" if f["code"] else f"{f['value']} ({64 if f['64_bits'] else 32} bits)" for f in of
        )
        for fields, of in triples.items()
    ]

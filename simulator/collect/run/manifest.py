"""What a collection says of itself before its first run, and again each time it is continued."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from simulator.collect.result import MANIFEST, Manifest, read_manifest, write_manifest
from simulator.collect.run.clocks import CLOCKS
from simulator.collect.run.machine import machine_facts, script_facts, versions
from simulator.errors import CollectError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from simulator.collect.nvml import Device
    from simulator.collect.plan import Plan, RunSpec

__all__ = ["Session", "begin_session"]

#: Lists of a plan that may grow from one session to the next.
_MAY_GROW = {"grid.batch_sizes", "grid.seeds", "grid.slices", "grid.power_limits_w"}


class Session:
    """The manifest while a controller works on its collection.

    Parameters
    ----------
    out
        The collection's folder.
    manifest
        What it says.
    """

    def __init__(self, out: Path, manifest: Manifest) -> None:
        self._out = out
        self._manifest = manifest

    def add(self, **facts: Any) -> None:
        """Add facts to this session."""
        self._manifest.metadata["sessions"][-1].update(facts)

    def write(self) -> None:
        """Write the manifest, whole."""
        write_manifest(self._out, self._manifest)


def begin_session(
    plan: Plan, out: Path, specs: tuple[RunSpec, ...], devices: Sequence[Device], *, sets_limits: bool
) -> Session:
    """Make the manifest of a new collection, or add this session to the one that is continued; nothing is written yet.

    Parameters
    ----------
    plan
        The plan.
    out
        The collection's folder.
    specs
        All runs of the plan.
    devices
        The GPUs; none if only times are recorded.
    sets_limits
        Whether power limits are set.

    Returns
    -------
    Session
        What is to be written.

    Raises
    ------
    CollectError
        If the folder's collection is of another plan, or of other GPUs.
    """
    mode = "limits" if sets_limits else "observe" if devices else "time-only"
    gpus = tuple({"uuid": device.uuid, "name": device.name} for device in devices)
    metadata: dict[str, Any] = {"mode": mode, "clocks": CLOCKS, "sessions": []}
    if (out / MANIFEST).exists():
        earlier = read_manifest(out)
        _check_same(earlier, Manifest(plan=plan, runs=specs, gpus=gpus, metadata=metadata), out)
        metadata = earlier.metadata
    metadata["sessions"].append(
        {
            "started": datetime.now(UTC).isoformat(timespec="seconds"),
            "versions": versions(),
            "machine": machine_facts(),
            "script": script_facts(plan),
            "gpus": [device.facts() for device in devices],
        }
    )
    return Session(out, Manifest(plan=plan, runs=specs, gpus=gpus, metadata=metadata))


def _check_same(earlier: Manifest, now: Manifest, out: Path) -> None:
    """Refuse to mix what cannot be compared. A grid may have grown: its earlier runs are still part of it."""
    differing = []
    if earlier.plan.hash != now.plan.hash:
        differing += _differences(earlier.plan.to_dict(), now.plan.to_dict())
    if earlier.metadata.get("mode") != now.metadata["mode"]:
        differing.append(f"mode: {earlier.metadata.get('mode')} there, {now.metadata['mode']} now")
    if earlier.gpus != now.gpus:
        there, here = ([gpu["uuid"] for gpu in each.gpus] for each in (earlier, now))
        differing.append(f"GPUs: {', '.join(there) or 'none'} there, {', '.join(here) or 'none'} now")
    elif earlier.plan.grid.power_limits_w == now.plan.grid.power_limits_w:  # whatever limit is set, may be measured
        limits = [sorted({str(spec.power_limit_w) for spec in each.runs}) for each in (earlier, now)]
        if limits[0] != limits[1]:
            differing.append(f"power limits [W]: {', '.join(limits[0])} there, {', '.join(limits[1])} now")
    if differing:
        raise CollectError(
            "\n".join([f"{out} holds another collection; name another --out, or undo what differs:", *differing])
        )


def _differences(there: Any, now: Any, path: str = "") -> list[str]:
    """Say where two plans differ."""
    if isinstance(there, dict) and isinstance(now, dict):
        names = dict.fromkeys([*there, *now])
        return [
            line
            for name in names
            for line in _differences(there.get(name), now.get(name), f"{path}.{name}" if path else name)
        ]
    grown = path in _MAY_GROW and isinstance(there, list) and isinstance(now, list) and set(there) <= set(now)
    return [] if there == now or grown else [f"{path}: {json.dumps(there)} there, {json.dumps(now)} now"]

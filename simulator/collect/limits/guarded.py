"""Around everything that sets limits: the lock, the journal, the guardian, and giving back in the end."""

from __future__ import annotations

import logging
import os
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from simulator.collect.limits.folder import find_journals, limits_dir
from simulator.collect.limits.guard import Guard
from simulator.collect.limits.journal import Journal, Original
from simulator.collect.limits.limiter import Limiter, Safety
from simulator.collect.limits.locks import locked
from simulator.collect.limits.setting import Setter, check_command
from simulator.errors import CollectError
from simulator.state_dir import boot_id

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from simulator.collect.clock import Clock
    from simulator.collect.nvml import Device

__all__ = ["guarded"]

_logger = logging.getLogger("simulator.collect")

#: How long to wait for the guardian of a controller that died just now [s].
_WAIT_S = 2.0


@contextmanager
def guarded(
    devices: Sequence[Device],
    *,
    observe: bool = False,
    state_dir: str | os.PathLike[str] | None = None,
    command: Sequence[str] | None = None,
    clock: Clock | None = None,
) -> Iterator[Limiter]:
    """Offer to set the power limits of GPUs, and give back in the end what was found.

    Limits and persistence modes are given back on a normal end, on an exception and on Ctrl-C by this process, and by
    its guardian where this process is killed, by SIGTERM too unless something turns that into an exception. Where both
    are killed, the journal stays, and `restore` does it.

    Parameters
    ----------
    devices
        The job's GPUs.
    observe
        Whether nothing may be set; then nothing is written or started either.
    state_dir
        Where journals are kept; None means ``SIMULATOR_STATE_DIR``, or else this user's folder for such things.
    command
        What sets a limit where NVML would refuse, for example ``["sudo", "-n", "nvidia-smi", "-i", "{uuid}", "-pl",
        "{watts}"]``. It runs without a shell, and without a terminal.
    clock
        What to wait by until limits hold; None means the system's.

    Yields
    ------
    Limiter
        Sets limits.

    Raises
    ------
    PlanError
        If the command cannot set limits.
    CollectError
        If another collection uses a GPU, an earlier one left it at its limit, or there can be no journal or guardian:
        nothing was set then. In the end: if something could not be given back; the journal still has it.
    """
    helper = check_command(command)
    originals, refusal = ({}, "observing only") if observe else _originals(devices)
    if refusal is not None:
        yield Limiter(devices, None, refusal=refusal, clock=clock)
        return
    folder = limits_dir(state_dir)
    with ExitStack() as stack:
        journal, locks = _prepare(stack, folder, originals, helper)
        try:
            guard = Guard(journal.path, locks)
        except BaseException:
            journal.settle({})
            raise
        limiter = Limiter(devices, Safety(journal, guard, Setter(folder, helper)), clock=clock)
        try:
            yield limiter
        except BaseException:
            try:
                _end(limiter, journal, guard)
            except CollectError as error:  # what led here is the one to raise
                _logger.error("%s", error)  # noqa: TRY400 - its message says all
            raise
        _end(limiter, journal, guard)


def _originals(devices: Sequence[Device]) -> tuple[dict[str, Original], str | None]:
    """Note what the GPUs are set to; or say why none of them can be set."""
    found = {}
    for device in devices:
        limit_mw = device.limits().requested_mw
        if limit_mw is None:
            return {}, f"{device.uuid} has no power limit that can be read"
        found[device.uuid] = Original(limit_mw, device.persistence())
    return found, None


def _prepare(
    stack: ExitStack, folder: Path, originals: Mapping[str, Original], command: Sequence[str] | None
) -> tuple[Journal, tuple[int, ...]]:
    """Lock the GPUs and write the journal."""
    try:
        locks = stack.enter_context(locked(folder, originals, wait_s=_WAIT_S))
        _refuse_stale(folder, originals)
        journal = Journal.new(folder, originals, command)
        journal.write()
    except OSError as error:
        if isinstance(error, CollectError):
            raise
        raise CollectError(
            f"the earlier power limits cannot be kept in {folder} ({error.strerror}), so nothing was set: make room "
            "there, or name another folder, SIMULATOR_STATE_DIR"
        ) from error
    return journal, locks


def _refuse_stale(folder: Path, originals: Mapping[str, Original]) -> None:
    """Refuse GPUs that an earlier collection left at its limit: that is not the one to give back.

    The GPUs are locked, so whoever wrote about them is dead. A journal that says only what is set goes: its controller
    was killed before it set anything, or after it had given back.
    """
    for path in find_journals(folder):
        try:
            journal = Journal.read(path)
        except FileNotFoundError:
            continue  # given back meanwhile
        if journal.boot_id != boot_id():
            continue  # no limit outlives a start of the machine
        left = [uuid for uuid, each in originals.items() if not _same(each, journal.gpus.get(uuid, each))]
        if left:
            raise CollectError(
                f"an earlier collection (process {journal.pid}, {journal.started}) was killed and left "
                f"{', '.join(left)} at its power limit: run `simulator collect restore` first"
            )
        if set(journal.gpus) <= set(originals):
            journal.settle({})


def _same(one: Original, other: Original) -> bool:
    return (one.limit_mw, one.persistence) == (other.limit_mw, other.persistence)


def _end(limiter: Limiter, journal: Journal, guard: Guard) -> None:
    """Give back; what this process cannot, its guardian tries again for a while."""
    if os.getpid() != journal.pid:
        return  # a forked child leaves the block too; the GPUs are still its parent's
    try:
        limiter.restore()
    except CollectError as error:
        _logger.warning("power limits could not be given back at once, trying again: %s", error)
        guard.leave()
        _tell_rest(journal)
        return
    except BaseException:
        guard.leave()
        raise
    try:
        journal.settle({})
    finally:
        guard.dismiss()


def _tell_rest(journal: Journal) -> None:
    """Say what the guardian could not give back either."""
    try:
        rest = Journal.read(journal.path)
    except FileNotFoundError:
        return
    reasons = "; ".join(f"{uuid}: {each.failure or 'its guardian was killed'}" for uuid, each in rest.gpus.items())
    raise CollectError(
        f"power limits could not be given back: {reasons}. Once that is mended, run `simulator collect restore`; "
        f"the earlier limits are kept in {journal.path}"
    )

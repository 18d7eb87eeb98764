"""Giving back what a controller and its guardian left behind that were killed together."""

from __future__ import annotations

import logging
import os
import platform
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from simulator.collect.limits.folder import find_journals, limits_dir, remove_file
from simulator.collect.limits.giving_back import failures_of, give_back
from simulator.collect.limits.journal import Journal
from simulator.collect.limits.locks import locked
from simulator.collect.nvml import find_gpus, nvml
from simulator.errors import CollectError, GpuInUseError
from simulator.state_dir import boot_id

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Outcome", "Restored", "restore", "stale_journals"]

_logger = logging.getLogger("simulator.collect")

Outcome = Literal["restored", "unchanged", "rebooted", "in use", "elsewhere", "failed", "unreadable"]


@dataclass(frozen=True)
class Restored:
    """What was found about one GPU, and done.

    Parameters
    ----------
    journal
        Path of the journal.
    outcome
        What was done. ``restored``: it has its earlier limit again; ``unchanged``: it had; ``rebooted``: the machine
        started again since, which ends every limit; ``in use``: its collection lives; ``elsewhere``: it is a GPU of
        another machine that keeps its journals in the same folder; ``failed`` and ``unreadable``: see ``reason``.
    uuid
        The GPU; None if the journal cannot be read.
    limit_mw
        Its earlier limit [mW]; None likewise.
    found_mw
        Its limit before [mW]; None if it was not looked at.
    reason
        What was in the way; None if nothing was.
    """

    journal: Path
    outcome: Outcome
    uuid: str | None = None
    limit_mw: int | None = None
    found_mw: int | None = None
    reason: str | None = None

    @property
    def ok(self) -> bool:
        """Whether nothing is left to do about it here."""
        return self.outcome not in ("failed", "unreadable")


def stale_journals(state_dir: str | os.PathLike[str] | None = None) -> list[Journal]:
    """Find journals of controllers that are dead, with their guardians.

    Parameters
    ----------
    state_dir
        Where journals are kept; None means ``SIMULATOR_STATE_DIR``, or else this user's folder for such things.

    Returns
    -------
    list of Journal
        Those that can be read and speak of this machine's present start; what cannot be read is logged.
    """
    folder, found = limits_dir(state_dir), []
    for path in find_journals(folder):
        try:
            journal = Journal.read(path)
            if journal.boot_id == boot_id():
                with locked(folder, journal.gpus):
                    found.append(Journal.read(path))
        except (FileNotFoundError, GpuInUseError):
            continue
        except CollectError as error:
            _logger.warning("%s", error)
    return found


def restore(state_dir: str | os.PathLike[str] | None = None) -> list[Restored]:
    """Give back the limits and persistence modes of all stale journals; what cannot be given back stays in them.

    Parameters
    ----------
    state_dir
        Where journals are kept; None means ``SIMULATOR_STATE_DIR``, or else this user's folder for such things.

    Returns
    -------
    list of Restored
        What was found and done, a GPU each; empty if there is no journal.
    """
    folder, done = limits_dir(state_dir), []
    for path in find_journals(folder):
        with suppress(FileNotFoundError):  # its guardian was quicker
            try:
                done += _restore_one(folder, Journal.read(path))
            except CollectError as error:
                done.append(Restored(path, "unreadable", reason=str(error)))
    return done


def _restore_one(folder: Path, journal: Journal) -> list[Restored]:
    """Do what one journal asks for."""
    if journal.boot_id != boot_id():
        return _of_another_start(journal)
    try:
        with locked(folder, journal.gpus):
            journal = Journal.read(journal.path)
            outcomes = give_back(journal, _command(journal))
            journal.settle(failures_of(outcomes))
    except GpuInUseError as error:
        return _all(journal, "in use", str(error))
    except OSError as error:
        if isinstance(error, (CollectError, FileNotFoundError)):
            raise
        return _all(journal, "failed", f"{error.filename}: {error.strerror}")
    return [
        Restored(
            journal.path,
            "failed" if each.failure is not None else "restored" if each.changed else "unchanged",
            each.uuid,
            each.limit_mw,
            each.found_mw,
            each.failure,
        )
        for each in outcomes
    ]


def _command(journal: Journal) -> tuple[str, ...] | None:
    """Use the journal's command only if this user wrote it: an administrator runs nobody else's."""
    return journal.command if journal.path.stat().st_uid == os.geteuid() else None


def _of_another_start(journal: Journal) -> list[Restored]:
    """Tell a machine that was started again from another machine: its GPUs are here."""
    if journal.host == platform.node() or any(map(_is_here, journal.gpus)):
        remove_file(journal.path)
        return _all(journal, "rebooted", None)
    return _all(journal, "elsewhere", f"it is a GPU of {journal.host}; run this there")


def _is_here(uuid: str) -> bool:
    with suppress(CollectError), nvml():
        return bool(find_gpus([uuid], allow_shared_sensor=True))
    return False


def _all(journal: Journal, outcome: Outcome, reason: str | None) -> list[Restored]:
    """Say the same of all GPUs of a journal."""
    one = Restored(journal.path, outcome, reason=reason)
    return [replace(one, uuid=uuid, limit_mw=each.limit_mw) for uuid, each in journal.gpus.items()]

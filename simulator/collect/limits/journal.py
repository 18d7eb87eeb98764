"""What a controller's GPUs were set to before it touched them, on disk until it is given back."""

from __future__ import annotations

import json
import os
import platform
import re
import time
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from simulator.collect.limits.folder import remove_file, write_whole
from simulator.errors import CollectError
from simulator.state_dir import boot_id

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

__all__ = ["Journal", "Original"]

#: Of the file's layout; another one is left alone.
_VERSION = 1

#: What UUIDs are made of; they name files too.
_UUID = re.compile(r"[\w-]+")


@dataclass(frozen=True)
class Original:
    """What one GPU was set to.

    Parameters
    ----------
    limit_mw
        Power limit that was requested of it [mW].
    persistence
        Whether its driver stayed loaded without anybody using it; None if the GPU does not say.
    failure
        Why it could not be given back; None if nobody tried yet.
    """

    limit_mw: int
    persistence: bool | None = None
    failure: str | None = None


@dataclass(frozen=True)
class Journal:
    """What one controller process has to give back.

    Parameters
    ----------
    path
        Where it lies.
    pid
        The controller.
    host
        Name of the machine, for people.
    boot_id
        The machine's start; after another one nothing is left to give back, because no limit outlives it.
    started
        When it was written, in UTC.
    gpus
        What each GPU was set to, by its UUID.
    command
        What sets a limit instead of NVML; None means NVML.
    """

    path: Path
    pid: int
    host: str
    boot_id: str
    started: str
    gpus: Mapping[str, Original]
    command: tuple[str, ...] | None = None

    @classmethod
    def new(cls, folder: Path, gpus: Mapping[str, Original], command: Sequence[str] | None = None) -> Journal:
        """Make the journal of this process; it is not written yet."""
        return cls(
            path=folder / f"{os.getpid()}-{time.time_ns()}.json",
            pid=os.getpid(),
            host=platform.node(),
            boot_id=boot_id(),
            started=datetime.now(UTC).isoformat(timespec="seconds"),
            gpus=dict(gpus),
            command=tuple(command) if command else None,
        )

    @classmethod
    def read(cls, path: Path) -> Journal:
        """Read a journal.

        Raises
        ------
        CollectError
            If it is torn, or of another version of this program. It may hold the only note of a GPU's limit.
        FileNotFoundError
            If it is gone, which means that all was given back.
        """
        try:
            data = json.loads(path.read_bytes())
            if data["version"] != _VERSION:
                raise CollectError(
                    f"the journal of power limits {path} has version {data['version']!r}, and this program reads "
                    f"{_VERSION}: run `simulator collect restore` of the version that wrote it"
                )
            return cls(path=path, **_fields(data))
        except FileNotFoundError:
            raise
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise CollectError(
                f"the journal of power limits {path} cannot be read ({type(error).__name__}: {error}): it may hold "
                "the earlier limit of a GPU; look at it and at `nvidia-smi -q -d POWER`, set the limit by hand, "
                "then remove the file"
            ) from error

    def write(self) -> None:
        """Bring it to the disk, whole.

        Raises
        ------
        OSError
            If it cannot be written; an earlier state of it stays.
        """
        data = {key: value for key, value in asdict(self).items() if key != "path"}
        temporary = self.path.with_name(f"{min(self.gpus)}.tmp")  # whoever writes holds the lock of this GPU
        write_whole(self.path, json.dumps({"version": _VERSION, **data}, indent=1) + "\n", temporary)

    def settle(self, failures: Mapping[str, str]) -> Journal:
        """Keep what could not be given back, with the reason; with nothing of that, the file goes.

        Parameters
        ----------
        failures
            Reasons by UUID.

        Returns
        -------
        Journal
            What is left of it.
        """
        left = replace(self, gpus={uuid: replace(self.gpus[uuid], failure=why) for uuid, why in failures.items()})
        if failures:
            left.write()
        else:
            remove_file(self.path)
        return left


def _fields(data: dict[str, Any]) -> dict[str, Any]:
    """Check and convert what a file holds."""
    command = data["command"]
    if command is not None and not (isinstance(command, list) and command and all(map(_is_text, command))):
        raise TypeError(f"command is {command!r}")
    texts = {name: data[name] for name in ("host", "boot_id", "started")}
    if wrong := [name for name, value in texts.items() if not _is_text(value)]:
        raise TypeError(f"{wrong[0]} is {texts[wrong[0]]!r}")
    if not data["gpus"] or not all(map(_UUID.fullmatch, data["gpus"])):
        raise ValueError(f"gpus are {list(data['gpus'])}")
    return {
        **texts,
        "pid": int(data["pid"]),
        "gpus": {uuid: _original(each) for uuid, each in data["gpus"].items()},
        "command": None if command is None else tuple(command),
    }


def _original(data: dict[str, Any]) -> Original:
    limit_mw, persistence = data["limit_mw"], data["persistence"]
    if type(limit_mw) is not int or limit_mw <= 0:
        raise ValueError(f"limit_mw is {limit_mw!r}")
    if persistence not in (True, False, None):
        raise ValueError(f"persistence is {persistence!r}")
    return Original(limit_mw, persistence, data.get("failure"))


def _is_text(value: object) -> bool:
    return isinstance(value, str)

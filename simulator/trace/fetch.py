"""Bring published traces to this machine, verified, and resumable by being repeated."""

from __future__ import annotations

import hashlib
import logging
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from simulator.errors import FetchError, TraceError, nearest
from simulator.trace.files import read_table, whole_file
from simulator.trace.published import PUBLISHED, data_directory

if TYPE_CHECKING:
    import os

__all__ = ["fetch_traces"]

_logger = logging.getLogger(__name__)

#: How long a silent server is waited for [s].
TIMEOUT_S = 30


def fetch_traces(
    name: str = "zeus-nsdi23",
    *,
    source: str | os.PathLike[str] | None = None,
    directory: str | os.PathLike[str] | None = None,
) -> Path:
    """Bring published traces to this machine.

    Files that are there already with the right checksum are not fetched again, so that an interrupted call is resumed
    by repeating it. A file appears under its name only once it is whole and verified.

    Parameters
    ----------
    name
        Name of the published traces; afterwards `read_traces` knows them by it.
    source
        A URL or a directory that holds the files; None means where they were published.
    directory
        Where to put them; None means a folder called ``name`` in the user's data directory, or in the one that the
        environment variable ``SIMULATOR_DATA_DIR`` names.

    Returns
    -------
    pathlib.Path
        The directory that holds the traces.

    Raises
    ------
    FetchError
        If the name is unknown, the source cannot be reached or lacks a file, or a file arrives damaged.
    """
    if name not in PUBLISHED:
        raise FetchError(f"no published traces {name!r}{nearest(name, PUBLISHED)}; there are {', '.join(PUBLISHED)}")
    published = PUBLISHED[name]
    base = published.url if source is None else str(source)
    target = data_directory() / name if directory is None else Path(directory)
    if "://" not in base and not Path(base).is_dir():
        raise FetchError(_explain(f"{base} is neither a URL nor a directory", name, target))
    for file, sha256 in published.sha256.items():
        if not _verified(target / file, sha256):
            try:
                _bring(base, file, sha256, target)
            except FileNotFoundError as cause:
                if file not in published.optional:
                    raise FetchError(_explain(f"{base} holds no {file}", name, target)) from cause
                _logger.warning("%s holds no %s; the other files are usable without it", base, file)
                continue
            except (OSError, ValueError) as cause:
                raise FetchError(_explain(f"{base.rstrip('/')}/{file}: {cause}", name, target)) from cause
        if sha256 is None:
            _logger.warning("the checksum of %s is not known: it is used unverified", target / file)
    return target


def _verified(file: Path, sha256: str | None) -> bool:
    return file.is_file() and sha256 in (None, _sha256(file))


def _bring(base: str, file: str, sha256: str | None, target: Path) -> None:
    with whole_file(target / file) as temporary:
        if "://" in base:
            _download(f"{base.rstrip('/')}/{file}", temporary)
        else:
            shutil.copyfile(Path(base) / file, temporary)
        _logger.info("fetched %s from %s", file, base)
        if sha256 is None:
            read_table(temporary)  # without a checksum, it can at least be seen to be a table, and whole
        elif (found := _sha256(temporary)) != sha256:
            raise TraceError(f"it arrived damaged, or is another version: its SHA-256 is {found}, not {sha256}")


def _download(url: str, file: Path) -> None:
    import pooch
    import requests

    try:
        pooch.HTTPDownloader(chunk_size=1 << 16, timeout=TIMEOUT_S)(url, str(file), None)
    except requests.HTTPError as cause:
        if cause.response is not None and cause.response.status_code == requests.codes.not_found:
            raise FileNotFoundError(url) from cause
        raise


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _explain(what: str, name: str, target: Path) -> str:
    """Add what is already there, and what to do."""
    sha256 = PUBLISHED[name].sha256
    there = [file for file in sha256 if _verified(target / file, sha256[file])]
    missing = [file for file in sha256 if file not in there]
    return (
        f"the traces {name} could not be fetched: {what}. {target} has {', '.join(there) or 'nothing yet'}; missing: "
        f"{', '.join(missing)}. Repeat the command once the network is back, it goes on where it stopped; or name "
        "another source, a URL or a directory: --from"
    )

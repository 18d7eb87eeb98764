"""Bring published traces to this machine, verified, and resumable by being repeated."""

from __future__ import annotations

import errno
import hashlib
import logging
import shutil
import socket
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import url2pathname

from simulator.errors import FetchError, TraceError, nearest
from simulator.trace.files import whole_file
from simulator.trace.published import PUBLISHED, data_directory
from simulator.trace.read import read_groups

if TYPE_CHECKING:
    import os

__all__ = ["fetch_traces"]

_logger = logging.getLogger(__name__)

#: How long a silent server is waited for [s].
TIMEOUT_S = 30
#: What the operating system says where a file cannot be written, and not: where it cannot be got.
NO_ROOM = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.ENAMETOOLONG}

#: What to do, by what went wrong.
RETRY = "Repeat the command once the network is back, it goes on where it stopped; or name another source: --from"
OTHER_SOURCE = "Name another source, a URL or a directory: --from"
OTHER_VERSION = (
    "Repeat the command; if that says the same, the source holds another version, or damaged files: name another one "
    "with --from"
)
OTHER_PLACE = "Choose a place that can be written to: --to, or the environment variable SIMULATOR_DATA_DIR"


def fetch_traces(
    name: str = "zeus-nsdi23",
    *,
    source: str | os.PathLike[str] | None = None,
    directory: str | os.PathLike[str] | None = None,
) -> Path:
    """Bring published traces to this machine.

    Files that are there already with the right checksum are not fetched again, so that an interrupted call is resumed
    by repeating it. A file appears under its name only once it is whole and verified; one without a known checksum,
    once it is seen to be a valid table of submissions. Those are optional: without them there is a warning.

    Parameters
    ----------
    name
        Name of the published traces; afterwards `read_traces` knows them by it.
    source
        A URL (http, https, file) or a directory that holds the files; None means where they were published.
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
        If the name is unknown, the source cannot be reached or lacks a file, a file arrives damaged, or nothing can be
        written to the directory.
    """
    if name not in PUBLISHED:
        raise FetchError(f"no published traces {name!r}{nearest(name, PUBLISHED)}; there are {', '.join(PUBLISHED)}")
    published = PUBLISHED[name]
    target = data_directory() / name if directory is None else Path(directory)
    try:
        base = _base(published.url if source is None else str(source))
        for file, sha256 in published.sha256.items():
            try:
                if not _verified(target / file, sha256):
                    _bring(base, file, sha256, target)
            except _CannotGetError as cause:
                if file not in published.optional:
                    raise
                _logger.warning("%s; the other files are usable without it", cause.args[0])
                continue
            if sha256 is None:
                _logger.warning("the checksum of %s is not known: it is used unverified", target / file)
    except (_CannotGetError, _CannotPutError) as cause:
        what, advice = cause.args
        raise FetchError(_explain(name, what, target, advice)) from cause
    return target


class _CannotGetError(Exception):
    """What is wrong with the source, and what to do."""


class _CannotPutError(Exception):
    """What is wrong with the target, and what to do."""


def _base(source: str) -> str | Path:
    """Tell web addresses from directories, and know a directory in a ``file://`` address."""
    address = urlsplit(source)
    if "://" in source and address.scheme in ("http", "https"):
        return source.rstrip("/")
    if "://" in source and address.scheme != "file":
        raise _CannotGetError(f"{source} is of an unknown kind; there are http://, https:// and file://", OTHER_SOURCE)
    directory = Path(url2pathname(address.path) if "://" in source else source)
    if not directory.is_dir():
        raise _CannotGetError(f"{source} is neither a URL nor a directory", OTHER_SOURCE)
    return directory


def _verified(file: Path, sha256: str | None) -> bool:
    if not file.is_file():
        return False
    if sha256 is not None:
        return sha256 == _sha256(file)
    try:
        read_groups(file)
    except TraceError:
        return False
    return True


def _bring(base: str | Path, file: str, sha256: str | None, target: Path) -> None:
    """Get a file, look at it, and only then give it its name."""
    try:
        with whole_file(target / file) as temporary:
            _get(base, file, temporary)
            _logger.info("fetched %s from %s", file, base)
            _check(temporary, sha256, f"{base}/{file}")
    except OSError as cause:
        raise _CannotPutError(f"{target} cannot be written to: {cause.strerror or cause}", OTHER_PLACE) from cause


def _get(base: str | Path, file: str, temporary: Path) -> None:
    advice = OTHER_SOURCE if isinstance(base, Path) else RETRY
    try:
        if isinstance(base, Path):
            shutil.copyfile(base / file, temporary)
        else:
            _download(f"{base}/{file}", temporary)
    except FileNotFoundError as cause:
        raise _CannotGetError(f"{base} holds no {file}", OTHER_SOURCE) from cause
    except (OSError, ValueError) as cause:
        theirs = isinstance(base, Path) and getattr(cause, "filename", None) == str(base / file)
        if not theirs and getattr(cause, "errno", None) in NO_ROOM:
            raise
        raise _CannotGetError(f"{base}/{file}: {cause}", advice) from cause


def _check(temporary: Path, sha256: str | None, origin: str) -> None:
    if sha256 is None:
        try:
            read_groups(temporary)  # without a checksum, it can at least be seen to be what it should, and whole
        except TraceError as cause:
            raise _CannotGetError(f"{origin} holds no submissions: {cause}", OTHER_SOURCE) from cause
    elif (found := _sha256(temporary)) != sha256:
        what = f"{origin} arrived damaged, or is another version: its SHA-256 is {found}, not {sha256}"
        raise _CannotGetError(what, OTHER_VERSION)


def _download(url: str, file: Path) -> None:
    import pooch
    import requests

    try:
        pooch.HTTPDownloader(chunk_size=1 << 16, timeout=TIMEOUT_S)(url, str(file), None)
    except requests.HTTPError as cause:
        if cause.response is not None and cause.response.status_code == requests.codes.not_found:
            raise FileNotFoundError(url) from cause
        raise
    except (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError) as cause:
        raise _CannotGetError(f"{_unreached(cause)} {urlsplit(url).hostname} ({url})", RETRY) from cause


def _unreached(cause: BaseException | None) -> str:
    """Say what keeps a server away, in words that its name ends; the details stay in the traceback."""
    import requests

    if isinstance(cause, requests.exceptions.ProxyError):
        return "the proxy does not connect to"
    if isinstance(cause, requests.exceptions.SSLError):
        return "no trusted certificate from"
    while cause is not None:
        if isinstance(cause, socket.gaierror):
            return "no network, or host unknown:"
        cause = cause.__context__
    return "no connection, or one that broke off, to"


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _explain(name: str, what: str, target: Path, advice: str) -> str:
    """Add what is already there, and what to do."""
    sha256 = PUBLISHED[name].sha256
    there = [file for file in sha256 if _verified(target / file, sha256[file])]
    missing = [file for file in sha256 if file not in there]
    return (
        f"the traces {name} could not be fetched: {what}. {target} has {', '.join(there) or 'nothing yet'}; missing: "
        f"{', '.join(missing)}. {advice}"
    )

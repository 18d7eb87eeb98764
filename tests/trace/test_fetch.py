"""Published traces are fetched once, verified, and a broken fetch goes on where it stopped."""

from __future__ import annotations

import errno
import hashlib
import logging
import lzma
import re
import socket
import threading
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

import pytest
import requests

from simulator.errors import FetchError
from simulator.trace import fetch as module
from simulator.trace.fetch import fetch_traces
from simulator.trace.locate import locate
from simulator.trace.published import PUBLISHED, PublishedTraces, data_directory
from simulator.trace.read import read_groups, read_traces, write_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

NAME = "zeus-nsdi23"
HOPELESS = b"group,dataset,start_time,end_time,runtime_ratio\na,squad,1,2,-1\n"
FILES = ("summary_train.csv", "summary_power_v100.csv", "alibaba_groups.csv.xz")


class Mirror(ThreadingHTTPServer):
    """A web server on loopback that serves a folder, notes what was asked for, and breaks on demand."""

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.folder = folder
        self.asked: list[str] = []
        self.breaks_on = ""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/trace"


class _Handler(BaseHTTPRequestHandler):
    server: Mirror

    def do_GET(self) -> None:
        name = self.path.removeprefix("/trace/")
        self.server.asked.append(name)
        file = self.server.folder / name
        if not file.is_file():
            self.send_error(404)
            return
        content = file.read_bytes()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[: len(content) // 2] if name == self.server.breaks_on else content)

    def log_message(self, *_: object) -> None:
        """Stay quiet."""


@pytest.fixture
def folder(
    train: pd.DataFrame, power: pd.DataFrame, groups: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A small set of traces in the published layout, which the package takes for the published one."""
    folder = tmp_path / "origin"
    for name, table in zip(FILES, (train, power, groups), strict=True):
        write_table(table, folder / name)
    sums = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in FILES[:2]}
    small = PublishedTraces("http://127.0.0.1:9/nowhere", {**sums, FILES[2]: None}, frozenset({FILES[2]}))
    monkeypatch.setattr(module, "PUBLISHED", {NAME: small})
    monkeypatch.setenv("SIMULATOR_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return folder


@pytest.fixture
def mirror(folder: Path) -> Iterator[Mirror]:
    with Mirror(folder) as server:
        thread = threading.Thread(target=partial(server.serve_forever, poll_interval=0.01))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def names(directory: Path) -> list[str]:
    return sorted(file.name for file in directory.iterdir())


def test_fetched_traces_are_known_by_name(mirror: Mirror, caplog: pytest.LogCaptureFixture) -> None:
    """After a fetch, the name reads the traces; the file that cannot be verified is warned about."""
    target = fetch_traces(NAME, source=mirror.url)
    assert names(target) == sorted(FILES)
    assert locate(NAME) == target
    assert read_traces(NAME).gpu == "v100"
    (warning,) = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert "the checksum of" in warning
    assert FILES[2] in warning


def test_a_second_fetch_fetches_nothing(mirror: Mirror, caplog: pytest.LogCaptureFixture) -> None:
    """Files that are there are not asked for again, unless they were changed; the unverified one is warned about."""
    fetch_traces(NAME, source=mirror.url)
    mirror.asked.clear()
    caplog.clear()
    fetch_traces(NAME, source=mirror.url)
    assert mirror.asked == []
    assert "checksum" in caplog.text
    (data_directory() / NAME / FILES[1]).write_text("spoiled")
    fetch_traces(NAME, source=mirror.url)
    assert mirror.asked == [FILES[1]]


def test_a_corrupted_file_is_not_kept(mirror: Mirror) -> None:
    """One wrong byte is an error with both checksums, and the file does not appear."""
    original = (mirror.folder / FILES[1]).read_bytes()
    (mirror.folder / FILES[1]).write_bytes(original.replace(b"squad", b"squat"))
    with pytest.raises(FetchError) as raised:
        fetch_traces(NAME, source=mirror.url)
    text = str(raised.value)
    for part in (
        f"{mirror.url}/{FILES[1]} arrived damaged",
        "SHA-256",
        f"has {FILES[0]}",
        f"missing: {FILES[1]}",
        "if that says the same, the source holds another version",
    ):
        assert part in text
    assert names(data_directory() / NAME) == [FILES[0]]


def test_a_connection_that_drops_is_resumed(mirror: Mirror) -> None:
    """A download cut in the middle leaves no half file; the next call fetches only what is missing."""
    mirror.breaks_on = FILES[1]
    with pytest.raises(FetchError, match="Repeat the command once the network is back"):
        fetch_traces(NAME, source=mirror.url)
    assert names(data_directory() / NAME) == [FILES[0]]
    mirror.breaks_on = FILES[2]
    fetch_traces(NAME, source=mirror.url)
    assert names(data_directory() / NAME) == sorted(FILES[:2])
    mirror.breaks_on = ""
    mirror.asked.clear()
    assert names(fetch_traces(NAME, source=mirror.url)) == sorted(FILES)
    assert mirror.asked == [FILES[2]]


def test_without_a_network(folder: Path) -> None:
    """A server that does not answer is an error that names the address and the ways on."""
    with pytest.raises(FetchError) as raised:
        fetch_traces(NAME)
    for part in (f"http://127.0.0.1:9/nowhere/{FILES[0]}", "has nothing yet", "Repeat the command", "--from"):
        assert part in str(raised.value)
    assert "HTTPConnectionPool" not in str(raised.value)


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (socket.gaierror(-2, "Name or service not known"), "no network, or host unknown: data.invalid"),
        (requests.exceptions.ProxyError("403 HTTPConnectionPool"), "the proxy does not connect to data.invalid"),
        (requests.exceptions.SSLError("HTTPConnectionPool"), "no trusted certificate from data.invalid"),
        (requests.ReadTimeout("HTTPConnectionPool"), "no connection, or one that broke off, to data.invalid"),
    ],
)
def test_what_keeps_a_server_away_is_said_first(
    folder: Path, monkeypatch: pytest.MonkeyPatch, fault: Exception, says: str
) -> None:
    """In words for people; the library's own are in the chain of causes, for who asks for a traceback."""
    where = "socket.getaddrinfo" if isinstance(fault, socket.gaierror) else "requests.get"
    monkeypatch.setenv("NO_PROXY", "data.invalid")
    monkeypatch.setattr(where, mock.Mock(side_effect=fault))
    with pytest.raises(FetchError) as raised:
        fetch_traces(NAME, source="https://data.invalid/trace")
    assert f"could not be fetched: {says} (https://data.invalid/trace/{FILES[0]}). " in str(raised.value)
    assert "HTTPConnectionPool" not in str(raised.value)
    assert raised.value.__cause__ is not None
    assert isinstance(raised.value.__cause__.__cause__, requests.RequestException)


def test_what_is_there_is_enough_without_a_network(mirror: Mirror, caplog: pytest.LogCaptureFixture) -> None:
    """With all files but the optional one verified, a repeat without a network warns, and hands them over."""
    (mirror.folder / FILES[2]).unlink()
    target = fetch_traces(NAME, source=mirror.url)
    caplog.clear()
    assert fetch_traces(NAME) == target
    assert f"no connection, or one that broke off, to 127.0.0.1 (http://127.0.0.1:9/nowhere/{FILES[2]})" in caplog.text
    assert "the other files are usable without it" in caplog.text


@pytest.mark.parametrize("content", [b"<html>please log in</html>", b"a,b\n1,2\n", HOPELESS])
def test_something_in_place_of_the_submissions(
    content: bytes, mirror: Mirror, groups: pd.DataFrame, caplog: pytest.LogCaptureFixture
) -> None:
    """Without a checksum, what arrives must at least be valid submissions; also when it lay there before."""
    wrong = lzma.compress(content)
    (mirror.folder / FILES[2]).write_bytes(wrong)
    target = fetch_traces(NAME, source=mirror.url)
    assert f"{FILES[2]} holds no submissions" in caplog.text
    assert names(target) == sorted(FILES[:2])
    (target / FILES[2]).write_bytes(wrong)
    write_table(groups, mirror.folder / FILES[2])
    fetch_traces(NAME, source=mirror.url)
    assert len(read_groups(target)) == len(groups)


def test_a_place_that_cannot_be_written_to(folder: Path, tmp_path: Path) -> None:
    """That is said of the place, with advice about places, whatever file it was about."""
    (tmp_path / "file").touch()
    for place in (tmp_path / "file" / "below", Path("/proc/nowhere")):
        with pytest.raises(FetchError) as raised:
            fetch_traces(NAME, source=folder, directory=place)
        assert re.search(f"{place} cannot be written to.*--to", str(raised.value))
        assert not re.search("network|holds no", str(raised.value))


def test_a_disk_that_is_full(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No source is blamed for it."""
    monkeypatch.setattr(module.shutil, "copyfile", mock.Mock(side_effect=OSError(errno.ENOSPC, "No space left")))
    with pytest.raises(FetchError, match="cannot be written to: No space left"):
        fetch_traces(NAME, source=folder)


def test_a_mirror_without_the_groups(mirror: Mirror, caplog: pytest.LogCaptureFixture) -> None:
    """The groups may be missing, and that is said; the other files are usable. No other file may be."""
    (mirror.folder / FILES[2]).unlink()
    target = fetch_traces(NAME, source=mirror.url + "/")
    assert names(target) == sorted(FILES[:2])
    assert f"holds no {FILES[2]}" in caplog.text
    (mirror.folder / FILES[0]).unlink()
    (target / FILES[0]).unlink()
    with pytest.raises(FetchError, match=f"holds no {FILES[0]}"):
        fetch_traces(NAME, source=mirror.url)


def test_from_a_directory(folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A local copy does as well as a server, as a path or a file:// address, with the same checks."""
    (folder / FILES[2]).unlink()
    target = fetch_traces(NAME, source=folder.as_uri(), directory=tmp_path / "elsewhere")
    assert target == fetch_traces(NAME, source=folder, directory=target) == tmp_path / "elsewhere"
    assert names(target) == sorted(FILES[:2])
    assert f"holds no {FILES[2]}" in caplog.text
    (folder / FILES[0]).write_text("spoiled")
    with pytest.raises(FetchError, match="arrived damaged"):
        fetch_traces(NAME, source=folder)


def test_sources_that_make_no_sense(folder: Path) -> None:
    """An unknown name, a folder that does not exist and an unknown protocol are told apart."""
    with pytest.raises(FetchError, match="did you mean 'zeus-nsdi23'"):
        fetch_traces("zeus-nsdi")
    with pytest.raises(FetchError, match="neither a URL nor a directory"):
        fetch_traces(NAME, source=folder / "nowhere")
    with pytest.raises(
        FetchError, match="ftq://somewhere is of an unknown kind; there are http://, https:// and file://"
    ):
        fetch_traces(NAME, source="ftq://somewhere")


def test_the_published_checksums(published_traces: Path, tmp_path: Path) -> None:
    """The copies that lie beside the repository are the published files."""
    assert set(names(fetch_traces(NAME, source=published_traces, directory=tmp_path))) >= {
        name for name, sha256 in PUBLISHED[NAME].sha256.items() if sha256
    }

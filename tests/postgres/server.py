"""Starts and stops the server, and makes databases in it."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from postgres.packages import find, servant

#: How long a server may take to answer on a loaded machine [s].
PATIENCE_S = 60.0

#: What a throw-away server may do without, and what it must not do: listen to others.
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "autovacuum": "off",
    "deadlock_timeout": "100ms",
}


class Databases:
    """A server that runs, whoever started it.

    Parameters
    ----------
    url
        Where it is and who may make databases there: ``postgresql://user:password@host:port/postgres``.
    """

    _numbers = itertools.count(1)

    def __init__(self, url):
        self.url = url

    def url_of(self, name):
        """Return the URL of a database of this server."""
        return urlunsplit(urlsplit(self.url)._replace(path=f"/{name}"))

    def create(self, *, template=None):
        """Make a database, a copy of another if one is named, and return its name."""
        name = f"tests_{os.getpid()}_{next(self._numbers)}"
        self.do(f'CREATE DATABASE "{name}"' + (f' TEMPLATE "{template}"' if template else ""))
        return name

    def drop(self, name):
        """Remove a database, whoever is connected to it."""
        self.do(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def do(self, statement, *, database=None):
        """Run a statement outside of transactions; return its rows."""

        async def work():
            connection = await asyncpg.connect(self.url_of(database) if database else self.url, timeout=PATIENCE_S)
            try:
                return await connection.fetch(statement)
            finally:
                await connection.close()

        return asyncio.run(work())


class Postgres(Databases):
    """A PostgreSQL of its own on the loopback, in a temporary folder; it asks for a password."""

    def __init__(self, **settings):
        self._folder = Path(tempfile.mkdtemp(prefix="postgres-"))
        self._settings = SETTINGS | settings
        self._servant = servant()
        self._process = None
        self.password = secrets.token_hex(8)
        self.port = free_port()
        super().__init__(f"postgresql://tests:{self.password}@127.0.0.1:{self.port}/postgres")

    def __enter__(self):
        """Make the cluster and start it."""
        try:
            self._initialize()
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    def start(self):
        """Start the server, which has what was committed when it ended, and wait until it answers."""
        options = [word for name, value in self._settings.items() for word in ("-c", f"{name}={value}")]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                self._as_servant(find("postgres"), "-D", self._data, "-p", str(self.port), *options),
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._wait()

    def kill(self):
        """End the server at once, as a crash does; connections break."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(PATIENCE_S)
            self._process = None

    @property
    def _data(self):
        return str(self._folder / "data")

    def _as_servant(self, *words):
        """Return a command that runs under an account the server accepts, and ends with us whatever ends us."""
        who = self._servant
        account = [f"--reuid={who.pw_uid}", f"--regid={who.pw_gid}", "--clear-groups"] if who else []
        return ["setpriv", *account, "--pdeathsig", "QUIT", *words]

    def _initialize(self):
        secret = self._folder / "password"
        secret.touch(mode=0o600)
        secret.write_text(self.password)
        if self._servant:
            for path in (self._folder, secret):
                os.chown(path, self._servant.pw_uid, self._servant.pw_gid)
        words = ["--username=tests", f"--pwfile={secret}", "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C"]
        subprocess.run(
            self._as_servant(find("initdb"), "-D", self._data, *words, "--no-sync"),
            cwd=self._folder,
            check=True,
            capture_output=True,
            timeout=PATIENCE_S,
        )

    def _wait(self):
        until = time.monotonic() + PATIENCE_S
        while True:
            with contextlib.suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                self.do("SELECT 1")
                return
            if self._process.poll() is not None or time.monotonic() > until:
                said = (self._folder / "log").read_text(errors="replace")[-2000:]
                raise RuntimeError(f"PostgreSQL does not answer:\n{said}")
            time.sleep(0.05)


def free_port():
    """Return a port of the loopback that nobody listens to."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]

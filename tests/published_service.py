"""The published server, run by an interpreter that has it: it needs older packages than ours does.

``make test-published`` makes such an interpreter, ``.venv-published/bin/python``; the Makefile says of which packages.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from typing import TYPE_CHECKING

from live_service import LiveService

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Published", "why_not"]

_ROUTER = "zeus.optimizer.batch_size.server.router:app"
_TRIAL = """
import numpy, uvicorn, zeus.optimizer.batch_size.server.router
if int(numpy.__version__.split(".")[0]) > 1:
    raise ImportError("it needs numpy 1 to keep its generators")
"""
#: It ships no migration; so its tables are made as its own tests make them.
_TABLES = """
import asyncio
from sqlalchemy.ext.asyncio import create_async_engine
from zeus.optimizer.batch_size.server.config import settings
from zeus.optimizer.batch_size.server.database.schema import Base

async def main():
    engine = create_async_engine(settings.database_url)
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    await engine.dispose()

asyncio.run(main())
"""


def why_not(python: str | None) -> str:
    """Say why an interpreter cannot run the published server; empty if it can."""
    if not python:
        return "no interpreter that has the published server was named"
    with tempfile.TemporaryDirectory() as folder:
        environment = _environment(f"sqlite+aiosqlite:///{folder}/none.db")
        words = [python, "-c", _TRIAL]
        try:
            done = subprocess.run(words, env=environment, cwd=folder, capture_output=True, text=True, check=False)
        except OSError as error:
            return f"{python} cannot be run: {error}"
    return f"{python} cannot serve it: {done.stderr.strip().splitlines()[-1]}" if done.returncode else ""


class Published(LiveService):
    """The published server, started and ended as ours is."""

    #: It cannot be asked how it is, but answers so once it answers at all.
    health_path = "/openapi.json"

    def __init__(self, folder: Path, python: str, *, database_url: str | None = None, workers: int = 1) -> None:
        super().__init__(folder, database_url=database_url, workers=workers)
        self._python = python
        url = self.database_url.replace("sqlite:", "sqlite+aiosqlite:").replace("postgresql:", "postgresql+asyncpg:")
        self._environment = _environment(url)

    def start(self) -> None:
        """Make its tables where there are none, and start it."""
        subprocess.run(
            [self._python, "-c", _TABLES], env=self._environment, cwd=self.folder, check=True, capture_output=True
        )
        words = ["--port", str(self.port), "--workers", str(self.workers), "--no-access-log", "--log-level", "warning"]
        with (self.folder / "said.txt").open("ab") as said:
            self.process = subprocess.Popen(
                [self._python, "-m", "uvicorn", _ROUTER, *words],
                env=self._environment,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                start_new_session=True,
            )


def _environment(url: str) -> dict[str, str]:
    words = {"ZEUS_BSO_DATABASE_URL": url, "ZEUS_BSO_LOG_LEVEL": "ERROR", "ZEUS_BSO_ECHO_SQL": "false"}
    return {key: value for key, value in os.environ.items() if key != "PYTHONPATH"} | words

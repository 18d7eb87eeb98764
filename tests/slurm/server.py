"""Starts and stops the three daemons."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import psutil

from slurm.configuration import configuration
from slurm.packages import PATH, find

#: How long a daemon may take to answer on a loaded machine [s].
PATIENCE_S = 60.0


class Slurm:
    """A Slurm of one node on the loopback, in a temporary folder.

    Parameters
    ----------
    cpus
        How many processors the node claims; as many jobs run at once.
    requeue_s
        How long a requeued job waits before it starts again, at least 5 [s].
    max_array_size
        Largest index of an array, plus one.
    remembered_s
        How long ended jobs are remembered [s].
    kill_wait_s
        How long a cancelled job has between the polite signal and the other one [s].
    """

    def __init__(self, *, cpus=8, requeue_s=5, max_array_size=1001, remembered_s=300, kill_wait_s=2):
        self._folder = Path(tempfile.mkdtemp(prefix="slurm-"))
        self._folder.chmod(0o755)  # munge wants its socket within reach of all
        self._conf = self._folder / "slurm.conf"
        self._knobs = {
            "cpus": cpus,
            "requeue_s": requeue_s,
            "max_array_size": max_array_size,
            "remembered_s": remembered_s,
            "kill_wait_s": kill_wait_s,
        }
        self._daemons = {}

    @property
    def environment(self):
        """What a process must have in its environment to use this Slurm."""
        return {"SLURM_CONF": str(self._conf), "PATH": PATH}

    def __enter__(self):
        """Start it."""
        try:
            return self.start()
        except BaseException:
            self.stop()
            raise

    def __exit__(self, *_):
        self.stop()

    def start(self):
        """Write the configuration, start the daemons, and wait until the node is ready."""
        for name in ("state", "spool"):
            (self._folder / name).mkdir()
        self._conf.write_text(configuration(self._folder, **self._knobs))
        self._start_munge()
        self.start_controller()
        self._launch("slurmd", "-D", "-N", "node", "-f", self._conf)
        self._wait(lambda: "idle" in self.ask("sinfo", "-h", "-o", "%T", check=False), "the node is not ready")
        return self

    def _start_munge(self):
        key, end = self._folder / "munge.key", self._folder / "munge.socket"
        key.touch(mode=0o600)
        key.write_bytes(secrets.token_bytes(128))
        words = [f"--socket={end}", f"--key-file={key}", f"--pid-file={self._folder / 'munged.pid'}"]
        words += [f"--log-file={self._folder / 'munged.log'}", f"--seed-file={self._folder / 'munged.seed'}"]
        self._launch("munged", "--foreground", *words)
        self._wait(end.exists, "munge does not offer its socket")

    def start_controller(self):
        """Start slurmctld, which knows the jobs that it had when it was stopped."""
        self._launch("slurmctld", "-D", "-f", self._conf)

    def stop_controller(self):
        """Stop slurmctld; jobs go on."""
        self._end("slurmctld")

    def stop(self):
        """End all jobs and the daemons, and remove the folder."""
        if "slurmctld" in self._daemons and "slurmd" in self._daemons:
            self._end_jobs()
        for name in ("slurmd", "slurmctld", "munged"):
            self._end(name)
        for process in self._left_behind():
            process.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    def ask(self, *words, check=True):
        """Run a command with this Slurm, and return what it says."""
        environment = os.environ | self.environment
        done = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=PATIENCE_S, check=check)
        return done.stdout

    def log(self, name):
        """Return what a daemon has said."""
        return (self._folder / f"{name}.out").read_text(errors="replace")

    def _launch(self, name, *words):
        """Start a daemon that ends with this process, whatever ends this one."""
        with (self._folder / f"{name}.out").open("ab") as out:
            self._daemons[name] = subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", find(name), *map(str, words)],
                env=os.environ | self.environment,
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )

    def _wait(self, ready, complaint):
        until = time.monotonic() + PATIENCE_S
        while not ready():
            ended = [name for name, process in self._daemons.items() if process.poll() is not None]
            if ended or time.monotonic() > until:
                said = "\n".join(f"{name}: {self.log(name)[-2000:]}" for name in self._daemons)
                raise RuntimeError(f"{complaint}; ended: {ended or 'none'}\n{said}")
            time.sleep(0.05)

    def _end_jobs(self):
        jobs = self.ask("squeue", "-h", "-o", "%A", check=False).split()
        if jobs:
            self.ask("scancel", *jobs, check=False)
        until = time.monotonic() + self._knobs["kill_wait_s"] + 3
        while self.ask("squeue", "-h", "-o", "%A", check=False).split() and time.monotonic() < until:
            time.sleep(0.1)

    def _end(self, name):
        process = self._daemons.pop(name, None)
        if process is None:
            return
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(5)

    def _left_behind(self):
        """Find processes of jobs that outlived their daemon: those that were started with our configuration."""
        for process in psutil.process_iter():
            try:
                if process.environ().get("SLURM_CONF") == str(self._conf) and process.pid != os.getpid():
                    yield process
            except (psutil.NoSuchProcess, psutil.AccessDenied):
                continue

"""A program that reads the ledger that it writes keeps its hold on it."""

from __future__ import annotations

import subprocess
import sys
import threading

from small_ledgers import plan

from simulator.explore.ledger import Ledger

COUNT = """
import sys
from simulator.explore.ledger import Ledger
with Ledger.open(sys.argv[1], write=False) as ledger:
    print(ledger.counts("night")["pending"])
"""


def seen_elsewhere(folder):
    """Read with another process."""
    words = [sys.executable, "-c", COUNT, str(folder)]
    return int(subprocess.run(words, check=True, capture_output=True, text=True).stdout)


def test_other_readers_see_what_is_written_after_the_driver_has_read(tmp_path):
    """As when it shows a table while it runs: nobody else takes the log away that it writes to."""
    with Ledger.open(tmp_path) as ledger:
        plan(ledger, range(5))
        with Ledger.open(tmp_path, write=False) as reader:
            assert reader.counts("night")["pending"] == 5
        assert seen_elsewhere(tmp_path) == 5
        assert (tmp_path / "ledger.db-wal").exists()
        plan(ledger, range(9))
        assert seen_elsewhere(tmp_path) == 9
    assert seen_elsewhere(tmp_path) == 9


def test_threads_may_open_and_close_it_beside_one_another(tmp_path):
    """None comes between another's look at the file and its opening."""
    with Ledger.open(tmp_path) as ledger:
        plan(ledger, range(5))
        stop = threading.Event()

        def read():
            while not stop.is_set():
                with Ledger.open(tmp_path, write=False) as reader:
                    reader.counts("night")

        threads = [threading.Thread(target=read) for _ in range(4)]
        for thread in threads:
            thread.start()
        try:
            for n in range(6, 12):
                plan(ledger, range(n))
                assert seen_elsewhere(tmp_path) == n
        finally:
            stop.set()
            for thread in threads:
                thread.join()

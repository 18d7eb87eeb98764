"""The room `simulator.replay` takes the call of its verb, and looks like it from outside."""

from __future__ import annotations

import functools
import inspect
import pickle
import subprocess
import sys

from small import JOB, TRACES

import simulator
from simulator.replay.replay import replay


def test_it_has_the_signature_and_the_documentation_of_its_verb():
    """What an editor or `help` shows is that of the function."""
    assert inspect.signature(simulator.replay) == inspect.signature(replay)
    assert simulator.replay.__doc__ == replay.__doc__


def test_it_can_be_sent_to_another_process():
    """A partial call is pickled by name, as one of a function is."""
    call = functools.partial(simulator.replay, JOB, policy="default", seeds=0, recurrences=1)
    sent = pickle.loads(pickle.dumps(call))  # noqa: S301  (our own bytes)
    assert sent(TRACES).equals(replay(JOB, TRACES, policy="default", seeds=0, recurrences=1))


def test_it_can_be_called_whatever_was_imported_before():
    """Importing a module of the room first does not take the verb away."""
    for first in ("import simulator.replay.draws", "import simulator.compare", "from simulator import replay"):
        code = f"{first}; import simulator; print(callable(simulator.replay), simulator.replay.draws.__name__)"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert done.stdout.split() == ["True", "simulator.replay.draws"]

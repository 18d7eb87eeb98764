"""No signal is lost: Ctrl-C stops a command wherever it meets it."""

from __future__ import annotations

import signal
import sys
import time
import weakref

import pytest

from simulator.cli.signals import INTERRUPTED, TERMINATED, ended_by, held, signals


class Thing:
    """Something that can be watched."""


def tidy_up(number):
    """Let a signal arrive while Python tells those who watch a thing that it is gone: no exception gets out there."""
    thing = Thing()
    watch = weakref.ref(thing, lambda _: signal.raise_signal(number))
    del thing
    assert watch() is None
    time.sleep(10)


@pytest.mark.parametrize(
    ("number", "raised"), [(signal.SIGINT, KeyboardInterrupt), (signal.SIGTERM, SystemExit)], ids=["int", "term"]
)
def test_a_signal_that_python_loses_comes_again(number, raised):
    """A little later, where it unwinds the stack as usual; whoever had a say before has it again afterwards."""
    before = sys.unraisablehook, signal.getsignal(signal.SIGTERM)
    with pytest.raises(raised) as caught, signals():
        tidy_up(number)
    assert raised is not SystemExit or caught.value.code == TERMINATED
    assert (sys.unraisablehook, signal.getsignal(signal.SIGTERM)) == before


def test_other_exceptions_that_get_lost_go_where_they_went_before(monkeypatch):
    """To whoever shows them, which is Python itself unless somebody else wants to."""
    seen = []
    monkeypatch.setattr(sys, "unraisablehook", lambda lost: seen.append(lost.exc_type))
    thing = Thing()
    with signals():
        watch = weakref.ref(thing, lambda _: 1 / 0)
        del thing
    assert watch() is None
    assert seen == [ZeroDivisionError]


@pytest.mark.parametrize(
    ("number", "raised"), [(signal.SIGINT, KeyboardInterrupt), (signal.SIGTERM, SystemExit)], ids=["int", "term"]
)
@pytest.mark.parametrize("asked", [True, False], ids=["between", "at-the-end"])
def test_a_signal_waits_for_a_figure_to_be_drawn(number, raised, asked):
    """It is let through when that is asked for, or at the end, and not before; and only once."""
    done = []

    def draw():
        with held() as let_through:
            let_through()
            signal.raise_signal(number)
            done.append("the first figure")
            if asked:
                let_through()
                done.append("the second figure")

    with signals():
        with pytest.raises(raised):
            draw()
        done.append("the rest")
    assert done == ["the first figure", "the rest"]


def test_a_signal_is_known_behind_what_was_made_of_it():
    """While a class is made, Python 3.11 raises another exception from that of a signal."""

    def made_of(cause):
        try:
            raise RuntimeError("__set_name__") from cause
        except RuntimeError as error:
            return error

    assert ended_by(made_of(KeyboardInterrupt())) == INTERRUPTED
    assert ended_by(made_of(made_of(SystemExit(TERMINATED)))) == TERMINATED
    assert ended_by(made_of(SystemExit(1))) is None
    assert ended_by(made_of(ValueError())) is None

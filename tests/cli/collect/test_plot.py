"""``simulator collect plot`` writes pictures of a collection."""

from __future__ import annotations

import pytest
from fabricated import a_plan, collect_into


@pytest.fixture
def out(tmp_path):
    """A collection; nothing of it was sampled."""
    collect_into(tmp_path / "out", a_plan())
    return "out"


def test_pictures_go_beside_the_traces(run, out, tmp_path):
    """Their names are said on stderr, and nothing on stdout."""
    result = run("collect", "plot", out)
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "Wrote out/plots/cells.png\n"
    assert (tmp_path / "out" / "plots" / "cells.png").read_bytes().startswith(b"\x89PNG")


def test_a_file_may_be_named_or_a_kind(run, out, tmp_path):
    """By its ending, or by the option for folders."""
    assert run("collect", "plot", out, "--out", "a/b.svg", "-q").stderr == ""
    assert "power limit" in (tmp_path / "a" / "b.svg").read_text()
    assert run("collect", "plot", out, "--out", "c", "--format", "svg").stderr == "Wrote c/cells.svg\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nowhere"], "holds no collection"),
        (["out", "--run", "zz"], "has no run zz"),
        (["out", "--format", "gif"], "--format"),
        ([], "missing argument OUT"),
    ],
)
def test_what_cannot_be_drawn_is_said(run, out, words, said):
    """With exit code 2."""
    result = run("collect", "plot", *words)
    assert result.exit_code == 2
    assert said in result.stderr

"""`simulator transfer`: what one GPU's best costs on another."""

from __future__ import annotations

import pytest
from small_runs import check_folder, json_rows, plain

import simulator
from simulator.compare import transfer
from simulator.trace.locate import bundled_directory


@pytest.fixture
def found():
    """The same from the library, on all GPUs."""
    traces = [simulator.read_traces(gpu=gpu) for gpu in ("a40", "p100", "rtx6000", "v100")]
    (job,) = (job for job in traces[0].jobs if job.dataset == "squad")
    return transfer(simulator.Job(**{**vars(job), "default_bs": None, "default_lr": None}), traces, eta=0.7)


def test_a_square_from_every_gpu_to_every_other(run, found):
    """Labelled; a diagonal of nothing, a dash where there is no number, and why."""
    result = run("transfer", "-j", "squad", "--eta", "0.7")
    assert result.exit_code == 0, result.stderr
    title, _, heading, _, *rows = result.stdout.splitlines()
    assert title == "squad (bert_base_uncased, adamw, target 84) – SYNTHETIC traces"
    gpus = heading.split()[3:]
    assert gpus == ["a40", "p100", "rtx6000", "v100"]
    assert [row.split()[0] for row in rows[:4]] == gpus
    assert [row.split()[3 + at] for at, row in enumerate(rows[:4])] == ["+0.0%"] * 4
    cells = [cell == "–" for row in rows[:4] for cell in row.split()[3:]]
    assert cells == (found["reason"] != "").tolist()
    for reason in set(found["reason"]) - {""}:
        assert f"–: {reason}" in result.stdout
    assert "η = 0.7" in result.stdout


def test_programs_get_the_table(run, tmp_path, found):
    """And the folder has it too."""
    rows = json_rows(run("transfer", "-j", "squad", "--eta", "0.7", "--json", "-q"))
    assert rows == plain(found)
    document, _ = check_folder(tmp_path / "transfer", "transfer", "transfer")
    assert document["options"] == {"measure": "cost", "eta": 0.7, "match": "watts"}


def test_amounts_are_those_of_the_measure(run, found):
    """Energy and time alone may be less than those of what is best for both."""
    for measure in ("energy", "time"):
        rows = run("transfer", "-j", "squad", "--eta", "0.7", "--measure", measure).stdout.splitlines()[4:8]
        signs = [cell[0] for row in rows for cell in row.split()[3:]]
        values = found[f"{measure}_pct"].round(1)
        assert signs == ["–" if value != value else "+-"[value < 0] for value in values]


@pytest.mark.parametrize("width", [60, 80, 120])
def test_every_terminal_shows_the_whole_square(run, monkeypatch, width):
    """No line is longer than the terminal is wide."""
    monkeypatch.setenv("COLUMNS", str(width))
    assert max(map(len, run("transfer").stdout.splitlines())) <= width


def test_one_gpu_is_not_enough(run, tmp_path):
    """Neither one that is named, nor the only one there is."""
    result = run("transfer", "--gpu", "v100")
    assert (result.exit_code, "give those of two GPUs at least" in result.stderr) == (2, True)
    (tmp_path / "one").mkdir()
    for name in ("train.csv", "power_p100.csv", "trace.json"):
        if (bundled_directory() / name).exists():
            (tmp_path / "one" / name).write_bytes((bundled_directory() / name).read_bytes())
    result = run("transfer", "--traces", "one")
    assert result.exit_code == 2
    assert "give those of two GPUs at least" in result.stderr
    (tmp_path / "one" / "power_p100.csv").unlink()
    result = run("transfer", "--traces", "one")
    assert result.exit_code == 2
    assert "power_" in result.stderr
    assert "Traceback" not in result.stderr
    assert not (tmp_path / "transfer").exists()

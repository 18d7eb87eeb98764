"""`simulator serve import`: live jobs that begin with recorded runs."""

from __future__ import annotations

import pytest

import simulator
from simulator.service.trip.reach.open import open_service

IMPORT = ("serve", "import", "nightly", "--data", "data")
TRACES = ("--traces", "bundled", "--gpu", "v100", "--recurrences", "6")
REGISTER = ("--register", "--job", "squad", "--seed", "3")


def history(tmp_path):
    with open_service(database=f"sqlite:///{tmp_path / 'data' / 'jobs.db'}") as service:
        return service.history("nightly")


def test_a_job_is_registered_and_begins_with_a_replay(run, tmp_path):
    """With the knobs that were given; again, nothing changes, and it says so."""
    words = (
        *IMPORT,
        *TRACES,
        *REGISTER,
        "--eta",
        "0.7",
        "--beta",
        "inf",
        "--power-policy",
        "jit",
        "--window-size",
        "9",
    )
    result = run(*words)
    assert result.exit_code == 0, result.stderr
    assert result.stdout == "6 trials of nightly, 6 of which reached the target\n"
    assert "Entered as its trials 1 to 6" in result.stderr
    found = history(tmp_path)
    spec = found.job.spec
    assert (spec.eta, spec.beta, spec.seed, spec.window_size, spec.dataset) == (0.7, None, 3, 9, "squad")
    again = run(*words)
    assert "they were entered before, and nothing has changed" in again.stdout
    assert history(tmp_path) == found


def test_a_replay_of_a_table_begins_a_job(run, tmp_path):
    """Its runs, if they are of one replay; the job must be there."""
    replayed = run(
        "replay", "--job", "squad", "-p", "pruning-gts", "--seeds", "3:5", "--recurrences", "7", "--no-plots"
    )
    assert replayed.exit_code == 0, replayed.stderr
    runs = ("--runs", "results/results.parquet")
    missing = run(*IMPORT, *runs, "--seed", "4")
    assert missing.exit_code == 2
    run(*IMPORT, *TRACES, *REGISTER, "--power-policy", "jit")
    several = run(*IMPORT, *runs)
    assert several.exit_code == 2
    assert "runs of one replay are wanted, and these are of 2; say which with" in several.stderr
    result = run(*IMPORT, *runs, "--seed", "4", "-q")
    assert (result.exit_code, result.stderr) == (0, "")
    assert len(history(tmp_path).trials) == 6 + 7


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "say where the runs come from"),
        ((*TRACES, "--runs", "x.parquet"), "say where the runs come from"),
        (("--runs", "x.parquet", "--register"), "--register goes with --traces"),
        ((*TRACES, "--eta", "1"), "--eta: a job keeps what it was registered with"),
        ((*TRACES, "--policy", "gts", "--job", "squad"), "--job, --policy: a job keeps"),
        ((*TRACES, "--register"), "which job is meant? Say --job: cifar100"),
        ((*TRACES, *REGISTER, "--policy", "gst"), "no policy is called 'gst'"),
        ((*TRACES, *REGISTER, "--policy", "oracle"), "oracle"),
        ((*TRACES, *REGISTER, "--target-metric", "12345"), "12345"),
        (("--traces", "nowhere", *REGISTER), "nowhere"),
        (("--runs", "x.parquet"), "x.parquet cannot be read as a result table"),
    ],
)
def test_what_cannot_be_imported_is_an_error(run, words, said):
    """In the words of the options, without a traceback."""
    result = run(*IMPORT, *words)
    assert result.exit_code == 2
    assert said in result.stderr
    assert "Traceback" not in result.stderr


def test_the_same_numbers_as_a_replay(run, tmp_path):
    """An import without power policy runs at the largest limit."""
    assert run(*IMPORT, *TRACES, *REGISTER).exit_code == 0
    traces = simulator.read_traces(gpu="v100")
    (job,) = (job for job in traces.jobs if job.dataset == "squad")
    table = simulator.replay(job, traces, policy="pruning-gts", power_policy="full", seeds=3, recurrences=6)
    assert [trial.energy_j for trial in history(tmp_path).trials] == table["energy_j"].tolist()

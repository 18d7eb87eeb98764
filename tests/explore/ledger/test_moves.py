"""What becomes of cells."""

import pytest
from small_ledgers import cell_id, outcome, plan, run, shard

from simulator.errors import LedgerError, UnknownCellError
from simulator.explore.ledger import Ledger


@pytest.fixture
def ledger(tmp_path):
    with Ledger.open(tmp_path / "sweep") as made:
        plan(made, range(6))
        yield made


def state(ledger, n):
    return ledger.states("night")[cell_id(n)]


def test_a_cell_runs_and_has_a_result(ledger):
    """Where it lies, how long it took, where it ran."""
    ledger.begin("c", [cell_id(0), cell_id(1)], "pool", "pid 3")
    assert ledger.attempts(cell_id(0))[0][:5] == (1, "running", "c", "pool", "pid 3")
    assert [(run.key, run.executor, run.job, len(run.ids)) for run in ledger.running()] == [("c", "pool", "pid 3", 2)]
    ended = ledger.record(*shard(ledger.folder, "c", 0, [outcome(0), outcome(1, done=False, output="said")]))
    assert ended == [cell_id(0), cell_id(1)]
    assert ledger.running() == []
    done, failed = list(ledger.cells("night"))[:2]
    assert (done.state, done.attempts, done.time_s, done.cpu_s, done.rows) == ("done", 1, 0.5, 0.25, 1)
    assert ledger.located([cell_id(0), cell_id(1)])[cell_id(0)].shard == "shards/c.0000.parquet" == done.shard
    assert (failed.state, failed.error, failed.shard) == ("failed", "ValueError: 1", None)
    assert ledger.attempts(cell_id(1))[0].output == "said"
    assert ledger.durations().by_task == {"plan.Train": 0.5}


def test_a_shard_counts_once(ledger):
    """However often it is told of."""
    told = shard(ledger.folder, "c", 0, [outcome(0)])
    assert ledger.record(*told) == [cell_id(0)]
    assert ledger.record(*told) == []
    assert len(ledger.attempts(cell_id(0))) == 1


def test_the_first_result_is_the_result(ledger):
    """A chunk that was given up and ended after all adds nothing."""
    run(ledger, [0], key="first")
    ledger.record(*shard(ledger.folder, "second", 0, [outcome(0, started_s=9.0), outcome(1)]))
    assert ledger.located([cell_id(0)])[cell_id(0)].shard == "shards/first.0000.parquet"
    assert ledger.located([cell_id(1)])[cell_id(1)].offset == 1
    assert len(ledger.attempts(cell_id(0))) == 1


def test_a_late_failure_does_not_end_a_cell_that_runs_elsewhere(ledger):
    """It is remembered, and the other attempt decides."""
    ledger.begin("first", [cell_id(0)], "slurm")
    assert ledger.lost("first", "killed by signal 9") == [cell_id(0)]
    assert state(ledger, 0) == "pending"
    ledger.begin("second", [cell_id(0)], "slurm")
    ledger.record(*shard(ledger.folder, "first", 0, [outcome(0, done=False)]))
    assert state(ledger, 0) == "running"
    ledger.record(*shard(ledger.folder, "second", 0, [outcome(0, started_s=2.0)]))
    assert state(ledger, 0) == "done"
    assert [attempt.ended for attempt in ledger.attempts(cell_id(0))] == ["lost", "failed", "done"]


def test_a_lost_chunk_gives_back_what_has_not_ended(ledger):
    """And says why."""
    ledger.begin("c", [cell_id(0), cell_id(1)], "pool")
    ledger.record(*shard(ledger.folder, "c", 0, [outcome(0)]))
    assert ledger.lost("c", "killed by signal 9") == [cell_id(1)]
    assert ledger.lost("c", "again") == []
    row = next(iter(ledger.cells("night", ids=[cell_id(1)])))
    assert (row.state, row.reason, row.error) == ("pending", "lost: killed by signal 9", "killed by signal 9")
    assert ledger.losses([cell_id(0), cell_id(1)]) == {cell_id(0): 0, cell_id(1): 1}


def test_a_cell_that_was_lost_too_often_is_given_up_without_another_attempt(ledger):
    """Until it is asked to run again; then it has all its chances."""
    for n in range(3):
        ledger.begin(f"c{n}", [cell_id(0)], "pool")
        ledger.lost(f"c{n}", "killed")
    assert ledger.fail(cell_id(0), "ended without a result 3 times (killed)")
    assert [attempt.ended for attempt in ledger.attempts(cell_id(0))] == ["lost", "lost", "failed"]
    assert ledger.retry([cell_id(0)]) == 1
    assert ledger.losses([cell_id(0)]) == {cell_id(0): 0}
    assert state(ledger, 0) == "pending"


def test_only_pending_cells_begin(ledger):
    """A cell that somebody cancelled meanwhile does not."""
    run(ledger, [0])
    ledger.set_state([cell_id(1)], "cancelled", "by hand")
    assert ledger.begin("c", [cell_id(n) for n in range(3)], "pool") == [cell_id(2)]


def test_a_result_is_kept_whatever_is_asked_for(ledger):
    """Only clearing forgets it."""
    run(ledger, [0])
    assert ledger.set_state([cell_id(0)], "cancelled", "by hand") == 0
    assert ledger.retry([cell_id(0)]) == 0
    assert not ledger.fail(cell_id(0), "no")
    assert state(ledger, 0) == "done"
    assert ledger.clear([cell_id(0)]) == 1
    assert state(ledger, 0) == "pending"
    assert ledger.located([cell_id(0)]) == {}
    ledger.begin("again", [cell_id(0)], "pool")
    assert ledger.clear([cell_id(0)]) == 0
    ledger.record(*shard(ledger.folder, "again", 0, [outcome(0)]))
    assert ledger.located([cell_id(0)])[cell_id(0)].shard == "shards/again.0000.parquet"


def test_a_result_of_a_cancelled_cell_is_taken(ledger):
    """It was there before the word reached the worker."""
    ledger.begin("c", [cell_id(0), cell_id(1)], "pool")
    ledger.set_state([cell_id(0), cell_id(1)], "cancelled", "by hand")
    ledger.record(*shard(ledger.folder, "c", 0, [outcome(0), outcome(1, done=False)]))
    assert (state(ledger, 0), state(ledger, 1)) == ("done", "cancelled")
    assert ledger.attempts(cell_id(1))[0].ended == "failed"


def test_what_a_program_said_is_kept_even_if_it_is_no_text(ledger):
    """Bytes that are none are shown as such."""
    ledger.record(*shard(ledger.folder, "c", 0, [outcome(0, done=False, error="x\udcff\x00")]))
    assert ledger.attempts(cell_id(0))[0].error == "x\\udcff\x00"


def test_several_shards_make_one_transaction(ledger):
    """All or none of it."""

    def stopped_half_way():
        with ledger.transaction():
            run(ledger, [0])
            ledger.set_state([cell_id(1)], "stopped", "dominated")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        stopped_half_way()
    assert ledger.counts("night")["pending"] == 6


def test_impossible_moves_are_refused(ledger):
    """With what is possible."""
    with pytest.raises(LedgerError, match="cells cannot be made 'done'; they can be made pending, cancelled"):
        ledger.set_state([cell_id(0)], "done", "")
    with pytest.raises(UnknownCellError, match=f"no cell {cell_id('x')}; the ledger has 6 others"):
        ledger.retry([cell_id(0), cell_id("x")])
    with pytest.raises(UnknownCellError, match="no cell"):
        ledger.attempts(cell_id("x"))


def test_a_clock_that_is_set_back_reorders_nothing(ledger):
    """Attempts are numbered."""
    for n, started_s in enumerate([1e9, 5e8, 1.0]):
        ledger.begin(f"c{n}", [cell_id(0)], "pool")
        ledger.record(*shard(ledger.folder, f"c{n}", 0, [outcome(0, done=False, started_s=started_s)]))
        ledger.retry([cell_id(0)])
    assert [attempt.started_s for attempt in ledger.attempts(cell_id(0))] == [1e9, 5e8, 1.0]
    assert [attempt.number for attempt in ledger.attempts(cell_id(0))] == [1, 2, 3]


def test_jobs_are_noted_once_they_have_a_name(ledger):
    """So that a later driver finds them."""
    ledger.begin("c", [cell_id(0)], "slurm")
    ledger.set_job("c", "17_0")
    assert ledger.running()[0].job == "17_0"


def test_what_a_cell_printed_comes_back_however_long_it_is(ledger):
    """Long texts are packed, so that chatty cells do not fill the disk."""
    printed = "epoch 3, loss 0.25 ü\n" * 3000
    told = [outcome(n)._replace(output=printed, traceback=printed) for n in range(6)]
    ledger.begin("c", [cell_id(n) for n in range(6)], "pool")
    before = (ledger.folder / "ledger.db").stat().st_size
    ledger.record(*shard(ledger.folder, "c", 0, told))
    attempt = ledger.attempts(cell_id(1))[0]
    assert (attempt.output, attempt.traceback) == (printed, printed)
    ledger.close()
    assert (ledger.folder / "ledger.db").stat().st_size - before < 2 * len(printed)

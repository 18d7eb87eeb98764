"""The ledger does what a dictionary would, whatever happens in whatever order."""

import shutil
import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from small_ledgers import cell_id, outcome, plan, shard

from simulator.explore.ledger import Ledger
from simulator.explore.shards import read_rows
from simulator.explore.states import STATES

CELLS = st.integers(0, 7)
SOME = st.lists(CELLS, min_size=1, max_size=5, unique=True)
GRIDS = st.sampled_from(["night", "day"])
UNLINKED = "unlinked"


class Against(RuleBasedStateMachine):
    """A ledger beside a model of it: state of each cell, its chunk, its result, members of each grid."""

    @initialize()
    def open(self):
        self.folder = Path(tempfile.mkdtemp())
        self.ledger = Ledger.open(self.folder)
        self.state, self.why, self.chunk, self.result, self.attempts = {}, {}, {}, {}, {}
        self.grids = {}
        self.n = 0

    def teardown(self):
        self.ledger.close()
        shutil.rmtree(self.folder)

    def known(self, numbers):
        return [n for n in numbers if n in self.state]

    @rule(grid=GRIDS, numbers=SOME)
    def plan(self, grid, numbers):
        before = self.grids.get(grid, [])
        planned = plan(self.ledger, numbers, grid=grid)
        if before != numbers:
            assert planned.new == len([n for n in numbers if n not in self.state])
            assert planned.unlinked == len(set(before) - set(numbers))
        assert planned.unchanged == (before == numbers)
        self.grids[grid] = numbers
        for n in set(before) - set(numbers):
            elsewhere = any(n in members for members in self.grids.values())
            if not elsewhere and self.state[n] in ("pending", "running", "blocked"):
                self.put(n, "cancelled", UNLINKED)
        for n in numbers:
            if self.state.get(n, UNLINKED) == UNLINKED or self.why.get(n) == UNLINKED:
                self.put(n, "pending")

    def put(self, n, state, why=None):
        self.state[n], self.why[n] = state, why
        self.chunk.pop(n, None)

    @rule(numbers=SOME)
    def begin(self, numbers):
        numbers = self.known(numbers)
        self.n += 1
        begun = self.ledger.begin(f"c{self.n}", [cell_id(n) for n in numbers], "inline")
        pending = [n for n in numbers if self.state[n] == "pending"]
        assert begun == [cell_id(n) for n in pending]
        for n in pending:
            self.state[n], self.chunk[n] = "running", f"c{self.n}"

    @rule(data=st.data(), numbers=SOME, fails=st.booleans(), twice=st.booleans())
    def record(self, data, numbers, fails, twice):
        """A chunk that runs, or one that nobody waits for any more, brings results."""
        numbers = self.known(numbers)
        self.n += 1
        key = data.draw(st.sampled_from([*dict.fromkeys(self.chunk.values()), f"c{self.n}"]))
        told = shard(
            self.folder,
            key,
            0,
            [outcome(n, done=not fails, started_s=float(self.n)) for n in numbers],
            [{"x": float(self.n)}] * len(numbers),
        )
        for _ in range(1 + twice):
            self.ledger.record(*told)
        for n in numbers:
            if self.state[n] == "done":
                continue
            self.attempts[n] = self.attempts.get(n, 0) + 1
            if not fails:
                self.put(n, "done")
                self.result[n] = float(self.n)
            elif self.state[n] in ("pending", "blocked") or self.chunk.get(n) == key:
                self.put(n, "failed")

    @precondition(lambda self: self.chunk)
    @rule(data=st.data())
    def lose(self, data):
        key = data.draw(st.sampled_from(sorted(set(self.chunk.values()))))
        lost = {n for n, chunk in self.chunk.items() if chunk == key}
        assert set(self.ledger.lost(key, "killed")) == {cell_id(n) for n in lost}
        for n in lost:
            self.attempts[n] = self.attempts.get(n, 0) + 1
            self.put(n, "pending")

    @rule(numbers=SOME, state=st.sampled_from(["pending", "cancelled", "stopped", "blocked"]))
    def set_state(self, numbers, state):
        numbers = self.known(numbers)
        self.ledger.set_state([cell_id(n) for n in numbers], state, "asked")
        for n in numbers:
            if self.state[n] != "done":
                self.put(n, state)

    @rule(numbers=SOME)
    def retry(self, numbers):
        numbers = [n for n in self.known(numbers) if self.state[n] in ("failed", "cancelled", "stopped", "blocked")]
        assert self.ledger.retry([cell_id(n) for n in numbers]) == len(numbers)
        for n in numbers:
            self.put(n, "pending")

    @rule(numbers=SOME)
    def clear(self, numbers):
        numbers = [n for n in self.known(numbers) if self.state[n] != "running"]
        assert self.ledger.clear([cell_id(n) for n in numbers]) == len(numbers)
        for n in numbers:
            self.put(n, "pending")
            self.result.pop(n, None)

    @rule()
    def compact(self):
        self.ledger.compact()

    @rule()
    def reopen(self):
        self.ledger.close()
        self.ledger = Ledger.open(self.folder)
        assert self.ledger.adopt().shards == 0

    @rule(full=st.booleans())
    def verify(self, full):
        assert self.ledger.verify(full=full).bad == []

    @rule(n=CELLS)
    def lose_a_shard(self, n):
        """A file vanishes, and all that lay in it."""
        place = self.ledger.located([cell_id(n)]).get(cell_id(n))
        if place is None:
            return
        lying = {m for m in self.result if self.ledger.located([cell_id(m)])[cell_id(m)].shard == place.shard}
        (self.folder / place.shard).unlink()
        assert set(self.ledger.verify().ids) == {cell_id(m) for m in lying}
        for m in lying:
            self.put(m, "pending")
            del self.result[m]

    @invariant()
    def agrees(self):
        for grid, numbers in self.grids.items():
            assert self.ledger.states(grid) == {cell_id(n): self.state[n] for n in numbers}
            assert self.ledger.todo(grid) == [cell_id(n) for n in numbers if self.state[n] == "pending"]
        linked = {n for numbers in self.grids.values() for n in numbers}
        counted = {state: sum(self.state[n] == state for n in linked) for state in STATES}
        assert self.ledger.counts() == counted
        running = {cell: chunk.key for chunk in self.ledger.running() for cell in chunk.ids}
        assert running == {cell_id(n): chunk for n, chunk in self.chunk.items()}

    @invariant()
    def results_are_those_that_came_first(self):
        located = self.ledger.located([cell_id(n) for n in self.state])
        assert set(located) == {cell_id(n) for n in self.result}
        df = read_rows(self.folder, list(located.values()))
        assert dict(zip(df["cell"], df.get("x", []), strict=True)) == {cell_id(n): x for n, x in self.result.items()}

    @invariant()
    def attempts_are_numbered(self):
        for n in self.state:
            numbers = [attempt.number for attempt in self.ledger.attempts(cell_id(n)) if attempt.ended != "running"]
            assert numbers == list(range(1, self.attempts.get(n, 0) + 1))


TestAgainst = Against.TestCase
TestAgainst.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)

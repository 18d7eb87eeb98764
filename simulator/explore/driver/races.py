"""The races of a grid: which rows compete, whose seeds are held back, and who is stopped."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

from simulator.errors import GridError, nearest
from simulator.explore.config.learn import spec_of
from simulator.explore.driver.comparable import kept_apart
from simulator.explore.driver.race import Contest
from simulator.explore.states import DONE, PENDING, RUNNING

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping

    from simulator.explore.config import Task
    from simulator.explore.driver.cells import Cells
    from simulator.explore.driver.race import Race
    from simulator.explore.ledger import Ledger

__all__ = ["Races"]

_logger = logging.getLogger("simulator.explore")


class Races:
    """Holds back the cells of rows that compete, and lets them go look by look.

    Parameters
    ----------
    race
        How rows are raced.
    cells
        All cells.
    ledger
        Where results are found.
    """

    def __init__(self, race: Race, cells: Cells, ledger: Ledger) -> None:
        self._race = race
        self._cells = cells
        self._ledger = ledger
        self._fresh: list[Contest] = []
        self._of: dict[int, Contest] = {}
        self._open: dict[Contest, set[int]] = {}
        self._seeds = 0

    def enter(self, positions: Iterable[int]) -> None:
        """Find the contests among cells.

        Parameters
        ----------
        positions
            Cells that were planned; those of rows that compete with no other are not held back.
        """
        contexts: dict[str, dict[str, dict[Hashable, int]]] = {}
        for position in positions:
            task = self._cells.task(position)
            context, seed = self._parted(task)
            contexts.setdefault(context, {}).setdefault(task.row_id, {})[seed] = position
        for rows in contexts.values():
            seeds = list(dict.fromkeys(seed for row in rows.values() for seed in row))
            self._seeds = max(self._seeds, len(seeds) if len(rows) > 1 else 0)
            if len(rows) > 1 and len(seeds) > self._race.least_seeds:
                self._add(Contest(self._race, rows, seeds, self._named(rows)))

    def _add(self, contest: Contest) -> None:
        self._fresh.append(contest)
        for position in contest.everyone():
            self._of[position] = contest
        self._open[contest] = set()

    def _named(self, rows: dict[str, dict[Hashable, int]]) -> Any:
        def name(row: str) -> str:
            return self._cells.name(next(iter(rows[row].values())))

        return name

    def _parted(self, task: Task) -> tuple[str, str]:
        """Tell a cell's context and its seed, as texts."""
        plain = task.plain()
        fields = plain["fields"]
        repeated = {name: fields.pop(name) for name in spec_of(type(task)).repeated if name in fields}
        among = self._race.among
        for name in [name for name in fields if not kept_apart(task, name)] if among is None else among:
            fields.pop(name, None)
        return json.dumps([plain["class"], fields], sort_keys=True), json.dumps(repeated, sort_keys=True)

    def tell_none(self) -> None:
        """Warn if nobody will be stopped, because no row competes with another, or none has seeds to be spared."""
        if self._open or not len(self._cells):
            return
        if self._seeds:
            _logger.warning(
                "no row is raced: rows have %s and the first look comes after %d; give rows more seeds, or "
                "Race(least_seeds=...) fewer than they have",
                f"{self._seeds} seed{'' if self._seeds == 1 else 's'}",
                self._race.least_seeds,
            )
            return
        differing = ", ".join(self._differing()) or "no field"
        if self._race.among is None:
            here = "no row has another of the same job, traces and whatever else makes them comparable"
        else:
            here = f"no two rows differ in {', '.join(self._race.among)} only"
        _logger.warning(
            "no row is raced: %s; rows differ in %s: name those that compete by --race-among or Race(among=...)",
            here,
            differing,
        )

    def _differing(self) -> list[str]:
        """List the fields that have more than one value, but for repetition fields."""
        values: dict[str, set[str]] = {}
        for entry in self._cells.entries:
            fields: Mapping[str, Any] = entry.task.plain()["fields"]
            for name in fields.keys() - spec_of(type(entry.task)).repeated:
                values.setdefault(name, set()).add(json.dumps(fields[name], sort_keys=True))
        return sorted(name for name, found in values.items() if len(found) > 1)

    def tell_unmeasured(self) -> None:
        """Warn if there was no race in which it would have shown that no result has the measure."""
        if self._open:
            return
        done = [position for position, state in enumerate(self._cells.states) if state == DONE]
        firsts = {type(self._cells.task(position)): position for position in reversed(done)}
        try:
            self._values(list(firsts.values()))
        except GridError as missing:
            _logger.warning("%s", missing)

    def holds(self, position: int) -> bool:
        """Say whether a cell waits for a look, or takes part in the coming one."""
        return position in self._of

    def go_on(self, ended: Iterable[int] | None = None) -> tuple[list[int], list[tuple[list[int], str]]]:
        """Take the looks that are due.

        Parameters
        ----------
        ended
            Cells that ended since the last call; None for the races that were entered since.

        Returns
        -------
        list of int
            Cells that may run now.
        list of (list of int, str)
            Cells of rows that are stopped, and why.
        """
        contests = self._fresh if ended is None else list({self._of[at]: None for at in ended if at in self._of})
        freed: list[int] = []
        stopped: list[tuple[list[int], str]] = []
        for contest in contests:
            if ended is None:
                self._open[contest] = set(contest.advance())
                freed += contest.positions()
            while self._open[contest] and not any(self._runs(position) for position in self._open[contest]):
                stopped += contest.judge(self._values(contest.positions()))
                gone = {position for positions, _ in stopped for position in positions}
                more = [position for position in contest.advance() if position not in gone]
                self._open[contest] = set(more)
                freed += more
        if ended is None:
            self._fresh = []
        gone = {position for positions, _ in stopped for position in positions}
        return [position for position in freed if position not in gone], stopped

    def _runs(self, position: int) -> bool:
        return self._cells.states[position] in (PENDING, RUNNING)

    def _values(self, positions: list[int]) -> dict[int, float]:
        from simulator.explore.shards import read_rows

        done = {self._cells.ids[at]: at for at in positions if self._cells.states[at] == DONE}
        located = self._ledger.located(list(done))
        if not located:
            return {}
        rows = read_rows(self._ledger.folder, list(located.values()))
        measure = self._race.measure
        if measure not in rows:
            there = [str(name) for name in rows.columns if name != "cell"]
            raise GridError(
                f"rows cannot be raced by {measure!r}: no result has it; there are "
                f"{', '.join(there) or 'no columns'}{nearest(measure, there)}"
            )
        if "failed" in rows:  # a replay that broke off: its numbers are not those of a whole one
            rows = rows[~rows["failed"].fillna(value=False).astype(bool)]
        last = rows.groupby("cell", sort=False)[measure].last()
        return {done[id_]: float(value) for id_, value in last.items() if value == value}

"""``simulator grid explain``: why a cell is what it is."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from simulator.cli.grid.words import cells_in, counted, folder_option, name_option
from simulator.cli.options import as_json, examples, verbose
from simulator.explore.places import shown_id

if TYPE_CHECKING:
    from pathlib import Path

    from simulator.explore.read.explain import Explained

__all__ = ["explain"]


@click.command(
    short_help="Tell what a cell is, why it ran, and in what two differ.",
    epilog=examples(
        ("simulator grid explain 3", "the first cell of a row"),
        ("simulator grid explain readme 3", "of a grid, where the folder has several"),
        ("simulator grid explain 4f2a", "a cell by the beginning of its id"),
        ("simulator grid explain 3 4", "in which fields two cells differ"),
        ("simulator grid explain 3 --json | jq .attempts", "for programs"),
    ),
)
@click.argument("words", nargs=-1, required=True, metavar="[GRID] ID [ID]")
@folder_option
@name_option
@as_json
@verbose
def explain(*, words: tuple[str, ...], folder: Path, name: str | None, as_json: bool) -> None:
    """Tell what is known about a cell: content, tags, state, why it ran or runs again, attempts, where its result lies.

    Of two cells, tell in which fields they differ. ID is the beginning of an id, the index of a row, or part of a name.
    """
    from simulator.explore.read.explain import differing, explain_cell

    name, (one, *others) = cells_in(folder, name, words, 2)
    if not others:
        found = explain_cell(folder, one, grid=name)
        click.echo(json.dumps(_plain(found)) if as_json else _said(found))
        return
    first, second, differences = differing(folder, one, others[0], grid=name)
    if as_json:
        items = [asdict(each) for each in differences]
        click.echo(json.dumps({"a": first.id, "b": second.id, "differences": items}))
        return
    click.echo(f"a: {first.name} ({shown_id(first.id)})\nb: {second.name} ({shown_id(second.id)})")
    for each in differences:
        click.echo(f"  {each}")
    if not differences:
        click.echo("  nothing differs")


def _said(found: Explained) -> str:
    from simulator.explore.read.values import word_of

    cell = found.cell
    lines = [f"{cell.name}", f"  id        {cell.id}"]
    share = f", one of {counted(found.alike, 'cell')}" if found.alike > 1 else ""
    lines.append(f"  where     row {cell.row} of {found.grid}{share}")
    lines.append(f"  task      {cell.task}")
    lines.append(f"  state     {cell.state}")
    if reason := cell.reason.removeprefix(f"{cell.state}: "):
        lines.append(f"  reason    {reason}")
    if found.alike > 1 and len(found.row) > 1:
        lines += [f"  {'' if at else 'row':8}  {text}" for at, text in enumerate(map(_share, found.row.items()))]
    for title, items in (("fields", found.fields), ("meta", found.meta), ("tags", found.tags)):
        lines += [f"  {'' if at else title:8}  {key} = {word_of(items[key])}" for at, key in enumerate(items)]
    for each in found.attempts:
        took = "" if each.time_s is None else f" after {each.time_s:.3g} s"
        by = ", ".join(word for word in (each.executor, each.job) if word)
        error = f": {each.error}" if each.error else ""
        lines.append(f"  attempt   {each.number} {each.ended}{took}{f' ({by})' if by else ''}{error}")
    if found.result is not None:
        lines.append(f"  result    {counted(cell.rows or 0, 'row')} in {found.result}, from row {cell.offset}")
    if found.jobpath is not None:
        lines.append(f"  folder    {found.jobpath}")
    return "\n".join(lines)


def _share(item: tuple[tuple[str, str], int]) -> str:
    """Say how many cells of a row are in a state, and why."""
    (state, reason), count = item
    return f"{count:,} {state}{f': {reason}' if (reason := reason.removeprefix(f'{state}: ')) else ''}"


def _plain(found: Explained) -> dict[str, Any]:
    cell = found.cell._asdict()
    cell.pop("content")
    cell.pop("tags")
    return {
        **cell,
        "grid": found.grid,
        "fields": found.fields,
        "meta": found.meta,
        "tags": found.tags,
        "attempts": [each._asdict() for each in found.attempts],
        "result": None if found.result is None else str(found.result),
        "jobpath": None if found.jobpath is None else str(found.jobpath),
        "alike": found.alike,
    }

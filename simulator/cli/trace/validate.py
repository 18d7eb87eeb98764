"""``simulator trace validate``: everything that is wrong, at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from simulator.cli.options import as_json, examples, verbose, where_argument

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pandas as pd

    from simulator.trace.validate import Report

__all__ = ["validate"]


@click.command(
    short_help="Say everything that is wrong with traces.",
    epilog=examples(
        ("simulator trace validate ./my-traces", "exit code 2 if there is an error; warnings are none"),
        ("simulator trace validate zeus-nsdi23 --json", "a problem a line"),
    ),
)
@where_argument
@as_json
@verbose
@click.pass_context
def validate(ctx: click.Context, *, where: str | None, as_json: bool) -> None:
    """Check every table of a trace directory, and whether they go together.

    DIR is a directory of traces, NAME is zeus-nsdi23 once fetched; nothing means the bundled SYNTHETIC traces.
    """
    import pandas as pd

    from simulator.cli.show import json_lines
    from simulator.trace.locate import locate

    reports = _reports(locate(where))
    problems = [(file.name, problem) for file, report in reports.items() for problem in report.problems]
    if as_json:
        rows = [
            (name, each.severity, each.table, each.column, list(each.rows), each.message) for name, each in problems
        ]
        json_lines(pd.DataFrame(rows, columns=["file", "severity", "table", "column", "rows", "message"]))
    else:
        for file, report in reports.items():
            click.echo(f"{file.name}: {report}")
    if any(problem.severity == "error" for _, problem in problems):
        ctx.exit(2)


def _reports(directory: Path) -> dict[Path, Report]:
    """Check each table by itself, and each power trace against the train trace."""
    from simulator.errors import NotInTraceError
    from simulator.trace.layout import groups_file, power_files, train_file
    from simulator.trace.validate import validate_groups, validate_power, validate_traces, validate_train

    train, train_report = _read(train_file(directory), validate_train)
    reports = {train_file(directory): train_report}
    for file in power_files(directory).values():
        power, reports[file] = _read(file, validate_power)
        if train is not None and power is not None:
            reports[file] += validate_traces(train, power)
    try:
        groups = groups_file(directory)
    except NotInTraceError:
        return reports  # not every directory has submissions
    return reports | {groups: _read(groups, validate_groups)[1]}


def _read(file: Path, check: Callable[[pd.DataFrame], Report]) -> tuple[pd.DataFrame | None, Report]:
    """Read a table and check it; a file that is no table is a problem like any other."""
    from simulator.errors import TraceError
    from simulator.trace.read import read_table
    from simulator.trace.validate import Problem, Report

    try:
        table = read_table(file)
    except TraceError as error:
        return None, Report((Problem("error", file.stem, "", (), str(error)),))
    return table, check(table)

"""``simulator trace validate``: everything that is wrong, at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from simulator.cli.options import as_json, examples, verbose, where_argument

if TYPE_CHECKING:
    from pathlib import Path

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
    from simulator.trace.load import load, load_pair
    from simulator.trace.schema import GROUPS

    train = train_file(directory)
    reports: dict[Path, Report] = {}
    for file in power_files(directory).values():
        (_, reports[train]), (_, reports[file]) = load_pair(train, file)
    try:
        groups = groups_file(directory)
    except NotInTraceError:
        return reports  # not every directory has submissions
    return reports | {groups: load(groups, GROUPS)[1]}

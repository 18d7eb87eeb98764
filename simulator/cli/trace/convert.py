"""``simulator trace convert``: the same tables in another format."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from simulator.cli.options import as_json, examples, quiet, traces_option, verbose

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["convert"]

_FORMATS = ("parquet", "csv", "csv.gz", "csv.xz", "csv.zst")


@click.command(
    short_help="Write traces in another format.",
    epilog=examples(
        ("simulator trace convert power.csv power.parquet", "one table; the names say the formats"),
        ("simulator trace convert zeus-nsdi23 ./traces", "a directory, from the published layout to ours"),
    ),
)
@click.argument("names", nargs=-1, required=True, metavar="[FILE|DIR|NAME] FILE|DIR")
@traces_option
@click.option(
    "--format", "suffix", type=click.Choice(_FORMATS), default="parquet", help="Format of a directory's files."
)
@as_json
@quiet
@verbose
def convert(*, names: tuple[str, ...], traces: str | None, suffix: str, as_json: bool, quiet: bool) -> None:
    """Convert a table, or all tables of a trace directory; values are checked and stay as they are."""
    if len(names) + bool(traces) != 2:
        raise click.UsageError("name two things: what to convert (or say --traces), and where to write it")
    source, target = traces or names[0], Path(names[-1])
    from simulator.cli.told import tell_files
    from simulator.trace.files import whole_file
    from simulator.trace.locate import locate
    from simulator.trace.metadata import FILE_NAME
    from simulator.trace.read import read_table, write_table

    about: list[Path] = []
    if Path(source).is_file():
        tables = {target: read_table(source)}
    else:
        directory = locate(source)
        about = [file for file in [directory / FILE_NAME] if file.is_file()]
        tables = {target / f"{name}.{suffix}": table for name, table in _tables(directory).items()}
    for file, table in tables.items():
        write_table(table, file)
    for file in about:  # whether the traces are synthetic must not get lost
        with whole_file(target / file.name) as temporary:
            temporary.write_bytes(file.read_bytes())
    tell_files([*tables, *(target / file.name for file in about)], as_json=as_json, quiet=quiet)


def _tables(directory: Path) -> dict[str, pd.DataFrame]:
    """Read the tables of a trace directory, by the names that they have in ours."""
    from simulator.errors import NotInTraceError
    from simulator.trace.layout import groups_file, metrics_file, power_files, train_file
    from simulator.trace.read import read_groups, read_metrics, read_power, read_train

    tables = {"train": read_train(train_file(directory))}
    tables |= {f"power_{gpu}": read_power(file) for gpu, file in power_files(directory).items()}
    with suppress(NotInTraceError):  # not every directory has submissions
        tables["groups"] = read_groups(groups_file(directory))
    with suppress(NotInTraceError):  # nor metrics
        tables["metrics"] = read_metrics(metrics_file(directory))
    return tables

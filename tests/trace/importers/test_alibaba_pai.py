"""Tables of the PAI trace become submissions of groups; the fixtures are SYNTHETIC, in the published format."""

from __future__ import annotations

import gzip
import tracemalloc
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from simulator.errors import TraceError
from simulator.trace.importers.alibaba_pai import read_alibaba_pai
from simulator.trace.importers.pai_tables import JOBS, PIECE, TAGS
from simulator.trace.read import read_groups, write_table

if TYPE_CHECKING:
    from pathlib import Path

#: Runtime of each group's submissions [s], submitted 1000 s apart.
GROUPS = {"short": [10, 20, 30], "long": [1000, 3000], "middle": [200, 200], "other": [25, 15], "once": [70_000]}


@pytest.fixture
def tables(tmp_path: Path) -> tuple[Path, Path]:
    """Job table and tag table, with jobs that failed, run on, or have no group."""
    jobs, tags = [], []
    for group, runtimes in GROUPS.items():
        for at, runtime in enumerate(runtimes):
            name = f"{group}-{at}"
            jobs.append(f"j-{name},{name},u,Terminated,{1000.0 * at},{1000.0 * at + runtime}")
            tags.append(f"{name},u,,{group},")
    jobs += ["a,short-9,u,Failed,5.0,9000.0", "b,short-8,u,Running,7.0,", "c,short-7,u,Waiting,,", ",,,,,"]
    jobs += ["d,untagged,u,Terminated,5.0,9.0", "e,long-9,u,Terminated,50.0,50.0"]
    tags += [f"{name},u,V100M32,{name.split('-')[0]},bert" for name in ("short-9", "short-8", "short-7", "long-9")]
    tags += ["nobody,u,,short,", "nogroup,u,,,", "short-0,u,,long,"]
    return write(tmp_path / "jobs.csv", jobs), write(tmp_path / "tags.csv", tags)


def write(file: Path, lines: list[str]) -> Path:
    file.write_text("".join(f"{line}\n" for line in lines))
    return file


def test_groups_by_runtime(tables: tuple[Path, Path], tmp_path: Path) -> None:
    """Groups with like runtimes share a dataset, in the order of both; ratios relate to all jobs of the dataset."""
    groups = read_alibaba_pai(*tables, datasets=["ncf", "bert", "resnet"])
    assert groups.groupby("group")["dataset"].first().to_dict() == {
        "long": "resnet",
        "middle": "bert",
        "other": "ncf",
        "short": "ncf",
    }
    assert groups.loc[groups["group"] == "short", "start_time"].tolist() == [0, 1000, 2000]
    assert groups.groupby("dataset")["runtime_ratio"].mean().to_dict() == pytest.approx(
        {"ncf": 1.0, "bert": 1.0, "resnet": 1.0}
    )
    assert groups.loc[groups["group"] == "other", "runtime_ratio"].tolist() == [1.25, 0.75]
    write_table(groups, tmp_path / "groups.csv")
    pd.testing.assert_frame_equal(read_groups(tmp_path / "groups.csv"), groups)


def test_ratios_relate_to_all_groups_of_a_dataset(tmp_path: Path) -> None:
    """A group that runs longer than the others of its cluster costs more in each submission, not as much as they do."""
    runtimes = {"quick": [10, 10], "steady": [20, 40], "slow": [1000, 1000]}
    jobs, tags = [], []
    for group, times in runtimes.items():
        jobs += [f"j,{group}{at},u,Terminated,{100.0 * at},{100.0 * at + s}" for at, s in enumerate(times)]
        tags += [f"{group}{at},u,,{group}," for at in range(len(times))]
    groups = read_alibaba_pai(write(tmp_path / "j.csv", jobs), write(tmp_path / "t.csv", tags), datasets=["a", "b"])
    ratios = groups.groupby("group")["runtime_ratio"].apply(list).to_dict()
    assert ratios == {"quick": [0.5, 0.5], "steady": [1.0, 2.0], "slow": [1.0, 1.0]}


def test_which_groups_are_kept(tables: tuple[Path, Path]) -> None:
    """Those that recur; of them, the ones with the most submissions, with ratios as if all were there."""
    everything = read_alibaba_pai(*tables, datasets=["a", "b"])
    assert set(read_alibaba_pai(*tables, datasets=["a", "b"], min_submissions=1)["group"]) == set(GROUPS)
    assert set(read_alibaba_pai(*tables, datasets=["a"], min_submissions=3)["group"]) == {"short"}
    most = read_alibaba_pai(*tables, datasets=["a", "b"], most=2)
    assert set(most["group"]) == {"short", "long"}
    kept = everything.loc[everything["group"].isin(["short", "long"])].reset_index(drop=True)
    pd.testing.assert_frame_equal(most, kept)


def test_headers_packing_and_pieces_do_not_matter(
    tables: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same table with a header, packed, or read a few lines at a time; progress ends at the end."""
    expected = read_alibaba_pai(*tables, datasets=["a", "b"])
    told: list[tuple[int, int]] = []
    with_header, packed = tmp_path / "h.csv", tmp_path / "t.csv.gz"
    with_header.write_text(",".join(JOBS) + "\n" + tables[0].read_text())
    packed.write_bytes(gzip.compress((",".join(TAGS) + "\n" + tables[1].read_text()).encode()))
    monkeypatch.setattr("simulator.trace.importers.pai_tables.PIECE", 200)
    found = read_alibaba_pai(with_header, packed, datasets=["a", "b"], progress=lambda *at: told.append(at))
    pd.testing.assert_frame_equal(found, expected)
    assert len(told) > 4
    assert told == sorted(told)
    assert told[-1] == (sum(file.stat().st_size for file in (with_header, packed)),) * 2


def test_large_files_are_streamed(tmp_path: Path) -> None:
    """Memory is a fraction of the files: pieces come and go."""
    count = 400_000
    starts = np.arange(count) * 7.0
    with (tmp_path / "jobs.csv").open("w") as jobs, (tmp_path / "tags.csv").open("w") as tags:
        for at in range(count):
            name = f"{at:060x}"
            jobs.write(f"{'j' * 24}{at},{name},{'u' * 12},Terminated,{starts[at]},{starts[at] + 50 + at % 997}\n")
            tags.write(f"{name},{'u' * 12},MISC,{at % 5000:032x},workload\n")
    size = sum((tmp_path / name).stat().st_size for name in ("jobs.csv", "tags.csv"))
    assert size > 20 * PIECE
    before, held = pa.total_allocated_bytes(), []
    tracemalloc.start()
    groups = read_alibaba_pai(
        tmp_path / "jobs.csv",
        tmp_path / "tags.csv",
        datasets=["a", "b", "c"],
        progress=lambda *_: held.append(pa.total_allocated_bytes() - before),
    )
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(groups) == count
    assert len(held) > 20
    assert max(held) < size / 3  # the reader is some pieces ahead
    assert peak < 200 * count


@pytest.mark.parametrize(
    ("which", "text", "says"),
    [
        (0, "", "is empty"),
        (1, "", "is empty"),
        (0, "a,b\n", "line 1: 2 cells where 6 are expected: job_name, inst_id"),
        (1, "a,1,u,Terminated,0,1\n", "line 1: 6 cells where 5 are expected: inst_id, user"),
        (0, "a,1,u,Terminated,0,1\nb,2,u,Termin", r"line 2: Expected 6 columns, got 4.*truncated"),
        (0, ",".join(JOBS) + "\na,1,u,Terminated,0,1\nb,2,u,T\n", "line 3: Expected 6 columns, got 4"),
        (0, "a,1,u,Terminated,0,1\nb,2,u,Terminated,soon,9\n", "line 2: .*soon"),
        (1, "1,u,,,\n", "holds no instance with a group"),
    ],
)
def test_torn_and_foreign_tables(tables: tuple[Path, Path], which: int, text: str, says: str) -> None:
    """What is wrong is said with file and line."""
    tables[which].write_text(text)
    with pytest.raises(TraceError, match=says) as refused:
        read_alibaba_pai(*tables, datasets=["a"])
    assert str(tables[which]) in str(refused.value)


def test_what_cannot_be_asked_for(tables: tuple[Path, Path], tmp_path: Path) -> None:
    """More datasets than groups, none, one twice, a missing file, an archive."""
    with pytest.raises(TraceError, match="4 groups recur, with 3 unlike mean runtimes, too few for 5 datasets"):
        read_alibaba_pai(*tables, datasets=list("abcde"))
    for datasets in ([], ["a", "a"]):
        with pytest.raises(TraceError, match="each once"):
            read_alibaba_pai(*tables, datasets=datasets)
    with pytest.raises(TraceError, match=r"nothing.csv cannot be read: No such file"):
        read_alibaba_pai(tmp_path / "nothing.csv", tables[1], datasets=["a"])
    archive = tmp_path / "pai_job_table.tar.gz"
    archive.write_bytes(gzip.compress(b"x"))
    with pytest.raises(TraceError, match=r"unpack it first: tar -xzf pai_job_table\.tar\.gz"):
        read_alibaba_pai(archive, tables[1], datasets=["a"])
    (tmp_path / "broken.csv.gz").write_bytes(gzip.compress(tables[0].read_bytes())[:-20])
    with pytest.raises(TraceError, match=r"broken.csv.gz"):
        read_alibaba_pai(tmp_path / "broken.csv.gz", tables[1], datasets=["a"])
    with pytest.raises(TraceError, match="at least one"):
        read_alibaba_pai(*tables, datasets=["a"], most=0)

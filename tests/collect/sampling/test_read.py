"""Reading what samplers left, whole or torn, one file or several."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sample_rows import fast_rows, slow_rows

from simulator.collect.sampling import read_samples
from simulator.collect.sampling.schema import FAST, KINDS, SLOW, VERSION
from simulator.collect.sampling.stream import StreamWriter
from simulator.errors import SampleError


def write(path, *batches, kind="fast", end=True, **metadata):
    """Write a file; how long it was after the schema and after each batch."""
    writer = StreamWriter(path, KINDS[kind], metadata)
    ends = [path.stat().st_size]
    for rows in batches:
        writer.write(rows)
        ends.append(path.stat().st_size)
    if end:
        writer.close()
    else:
        writer._abandon()
    return ends


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """A file of four batches of 20 rows, where each ends, and another file for the part that is left."""
    path = tmp_path_factory.mktemp("cut") / "samples.arrows"
    ends = write(path, *(fast_rows(20 * batch, 20) for batch in range(4)))
    return path, ends, path.with_name("torn.arrows")


@given(part=st.integers(0, 5), share=st.floats(0, 1))
def test_a_file_cut_anywhere_is_read_up_to_its_last_whole_batch(recorded, part, share):
    """What is left over is counted; before the end of the schema, nothing can be read."""
    whole_file, ends, torn = recorded
    content = whole_file.read_bytes()
    edges = [0, *ends, len(content)]
    cut = edges[part] + round(share * (edges[part + 1] - edges[part]))
    torn.write_bytes(content[:cut])
    if cut < ends[0]:
        with suppress(SampleError):  # unless the schema is whole, and only an empty first batch is not
            assert read_samples(torn).empty
        return
    samples = read_samples(torn)
    whole = sum(end <= cut for end in ends) - 1
    assert samples["tick"].tolist() == list(range(20 * whole))
    assert samples.attrs["collection"]["torn_bytes"] == (0 if cut == len(content) else cut - ends[whole])


@given(st.integers(1, 5000))
def test_zeros_after_the_last_batch_are_no_batch(recorded, zeros):
    """Some filesystems leave them where a machine lost power."""
    whole_file, ends, torn = recorded
    content = whole_file.read_bytes()
    torn.write_bytes(content[: ends[3]] + bytes(zeros))
    assert len(read_samples(torn)) == 60


def test_a_sampler_that_was_started_again_left_several_files(tmp_path):
    """They are read in order, the tenth after the second, and a torn end in the middle costs only itself."""
    for number in range(1, 12):
        name = "samples.arrows" if number == 1 else f"samples.{number}.arrows"
        write(tmp_path / name, fast_rows(100 * number, 10), fast_rows(100 * number + 10, 10), number=number)
    cut = tmp_path / "samples.2.arrows"
    cut.write_bytes(cut.read_bytes()[:-100])
    samples = read_samples(tmp_path)
    assert (samples["tick"] // 100).unique().tolist() == list(range(1, 12))
    assert len(samples) == 11 * 20 - 10
    about = samples.attrs["collection"]
    assert about["number"] == 1
    assert about["files"][:2] == ["samples.arrows", "samples.2.arrows"]
    assert about["torn_bytes"] > 0


def test_a_file_that_was_killed_at_birth_hides_no_other(tmp_path):
    """The first sampler wrote nothing, the second did."""
    (tmp_path / "samples.arrows").touch()
    write(tmp_path / "samples.2.arrows", fast_rows(0, 5))
    assert len(read_samples(tmp_path)) == 5


def test_missed_deadlines_are_counted_within_each_file(tmp_path):
    """Gaps in ``tick``, however many GPUs; what passed between two files is none of them."""
    write(tmp_path / "samples.arrows", fast_rows(0, 5, gpus=2), fast_rows(8, 2, gpus=2))
    write(tmp_path / "samples.2.arrows", fast_rows(0, 1, gpus=2), fast_rows(2, 1, gpus=2))
    assert read_samples(tmp_path).attrs["collection"]["missed"] == 3 + 1


@pytest.mark.parametrize("end", [True, False])
def test_nothing_recorded_is_no_rows(tmp_path, end):
    """A file with a beginning and no batch has all columns, with their types."""
    write(tmp_path / "samples.arrows", end=end)
    write(tmp_path / "slow.arrows", kind="slow", end=end)
    assert read_samples(tmp_path).columns.tolist() == FAST.arrow.names
    slow = read_samples(tmp_path, "slow")
    assert slow.columns.tolist() == SLOW.arrow.names
    assert slow["temperature_c"].dtype == "float64"
    assert slow["mono_ns"].dtype == "int64"


def test_types_do_not_depend_on_what_failed(tmp_path):
    """A column that may be empty is of floats, also where it never was; counters stay exact."""
    rows = [(0, 0, 1, 2, 1, 1, 0, 1, 0, 2**53 - 1, 0, 1, 0)]
    write(tmp_path / "samples.arrows", rows)
    samples = read_samples(tmp_path)
    assert samples["energy_mj"].dtype == "float64"
    assert int(samples["energy_mj"][0]) == 2**53 - 1
    assert samples["before_ns"].dtype == "int64"


def test_processes_are_lists(tmp_path):
    """None ran, some ran, nobody knows: three different cells."""
    rows = [(*slow_rows(0, 1)[0][:-1], pids) for pids in ([], [7, 8], None)]
    write(tmp_path / "slow.arrows", rows, kind="slow")
    none, some, unknown = read_samples(tmp_path, "slow")["pids"]
    assert list(none) == []
    assert list(some) == [7, 8]
    assert unknown is None


def test_what_cannot_be_read_says_what_to_do(tmp_path):
    """Each message names the file and the way out."""
    with pytest.raises(SampleError, match=r"no kind of samples is called 'slwo'; did you mean 'slow'\?"):
        read_samples(tmp_path, "slwo")
    with pytest.raises(SampleError, match="does not exist; give a run's directory"):
        read_samples(tmp_path / "nowhere")
    (tmp_path / "result.json").touch()
    with pytest.raises(SampleError, match=r"holds no samples\.arrows, only: result\.json"):
        read_samples(tmp_path)
    (tmp_path / "samples.arrows").write_text("tick,gpu\n0,0\n")
    with pytest.raises(SampleError, match="is no Arrow IPC stream"):
        read_samples(tmp_path)


def test_files_of_different_gpus_are_not_mixed(tmp_path):
    """Two measurements in one folder would be taken for one."""
    write(tmp_path / "samples.arrows", fast_rows(0, 5), uuids=["GPU-a"])
    write(tmp_path / "samples.2.arrows", fast_rows(0, 5), uuids=["GPU-b"])
    with pytest.raises(SampleError, match=r"samples\.2\.arrows is of other GPUs .*GPU-b.* than .*GPU-a"):
        read_samples(tmp_path)
    assert len(read_samples(tmp_path / "samples.2.arrows")) == 5


@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
@settings(max_examples=200)
def test_a_bit_that_flipped_is_an_error_of_ours_or_does_no_harm(recorded, place, bit):
    """Wherever it is: a length, a type, a text, a value."""
    whole_file, _, torn = recorded
    content = bytearray(whole_file.read_bytes())
    content[int(place * len(content))] ^= 1 << bit
    torn.write_bytes(content)
    with suppress(SampleError):
        assert len(read_samples(torn)) <= 80


@pytest.mark.parametrize("text", ["[1]", "{", '"x"', "\udcff"])
def test_a_damaged_description_is_said(tmp_path, text):
    """It is the only place that says whose samples these are."""
    path = tmp_path / "samples.arrows"
    write(path, fast_rows(0, 5), note="x" * 20)
    content = path.read_bytes()
    start = content.index(b'{"')
    end = content.index(b"}", start) + 1
    damaged = text.encode("utf-8", "surrogateescape").ljust(end - start)
    path.write_bytes(content[:start] + damaged + content[end:])
    with pytest.raises(SampleError, match="is damaged"):
        read_samples(path)


def test_files_of_another_kind_or_version_are_refused(tmp_path):
    """Slow samples are no fast ones, and a newer file may mean something else."""
    write(tmp_path / "slow.arrows", slow_rows(0, 2), kind="slow")
    with pytest.raises(SampleError, match='holds slow samples; read them with kind="slow"'):
        read_samples(tmp_path / "slow.arrows")
    write(tmp_path / "samples.arrows", fast_rows(0, 2), version=VERSION + 1)
    with pytest.raises(SampleError, match="newer simulator"):
        read_samples(tmp_path)

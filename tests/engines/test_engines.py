"""Whatever deals, spills and compares: the pairs are those of one pass over everything."""

import os

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkage import matching
from linkage.encoding import Secret
from linkage.engines import EngineError, Filters, Local, Memory, Room, Sealed, in_order, run_pass
from linkage.engines.buckets import BESIDE, BUCKETS, COPIES, cell_of, deal, plan

WIDTH = 16
FORM = pa.schema([("handle", pa.int64()), ("cell", pa.int64()), ("filter", pa.binary(WIDTH))])
CANARY = b"CANARY-OF-A-NAME"


def filters(rows, cells, seed=1, handles=None):
    """Rows in cells, every third filter nearly that of the row before it."""
    rng = np.random.default_rng(seed)
    words = rng.integers(0, 2**63, (rows, WIDTH // 8), dtype=np.uint64) & rng.integers(
        0, 2**63, (rows, WIDTH // 8), dtype=np.uint64
    )
    words[2::3] = words[1 : len(words) - 1 : 3][: len(words[2::3])] | np.uint64(5)
    cell = rng.integers(0, cells, rows)
    cell[2::3] = cell[1 : len(cell) - 1 : 3][: len(cell[2::3])]
    handle = rng.permutation(rows) if handles is None else handles
    filter_ = pa.array([row.tobytes() for row in words], pa.binary(WIDTH))
    return pa.table({"handle": handle.astype(np.int64), "cell": cell, "filter": filter_}, schema=FORM)


def streamed(table, part):
    return Filters(len(table), WIDTH, (table.slice(at, part) for at in range(0, len(table), part)))


def files(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("memory", [1 << 20, 1 << 24])
def test_pairs_are_those_of_one_pass_in_memory_and_spilled(tmp_path, workers, memory):
    table = filters(20_000, 900)
    expected = matching.run_pass(table, 0.6)
    assert plan(len(table), WIDTH, memory, workers).spill is (memory == 1 << 20)
    found = run_pass(Local(workers), streamed(table, 3_000), 0.6, Room(tmp_path, os.urandom, memory))
    assert found.pairs.equals(expected.pairs) and len(found.pairs) > 1_000
    assert (found.handles, found.compared, found.floor) == (expected.handles, expected.compared, expected.floor)
    assert not list(tmp_path.iterdir())


def test_no_rows_give_no_pairs(tmp_path):
    found = run_pass(Local(2), Filters(0, WIDTH, iter(())), 0.6, Room(tmp_path, os.urandom))
    assert (len(found.pairs), found.handles, found.compared) == (0, 0, 0)


@given(st.lists(st.integers(0, 40), max_size=60), st.integers(1, 9), st.integers(1, 7))
def test_a_cell_is_in_one_bucket_and_no_row_is_lost(cells, count, part):
    table = pa.table({"handle": np.arange(len(cells)), "cell": np.array(cells, np.int64)})
    store = Memory()
    buckets = deal((table.slice(at, part) for at in range(0, len(table), part)), count, store)
    dealt = [store.take(bucket.name, bucket.rows) for bucket in buckets]
    assert sorted(row for each in dealt for row in each["handle"].to_pylist()) == list(range(len(cells)))
    seen = [set(each["cell"].to_pylist()) for each in dealt]
    assert sum(map(len, seen)) == len(set(cells))
    assert [bucket.rows for bucket in buckets] == sorted((bucket.rows for bucket in buckets), reverse=True)


def test_cells_numbered_one_after_another_are_dealt_evenly():
    table = pa.table({"cell": np.arange(100_000)})
    sizes = np.bincount(cell_of(table, 64), minlength=64)
    assert sizes.min() > 0.9 * sizes.max()


@given(st.integers(1, 10**9), st.sampled_from([64, 128]), st.integers(1 << 20, 1 << 36), st.integers(1, 64))
def test_what_workers_hold_at_once_is_within_the_setting(rows, width, memory, workers):
    need = COPIES * width + BESIDE
    try:
        planned = plan(rows, width, memory, workers)
    except EngineError as refusal:
        assert refusal.code == "MEMORY_RANGE" and rows * need * workers > memory * BUCKETS
        return
    if planned.spill:
        assert rows * need * workers <= memory * planned.buckets
    else:
        assert rows * (need + width + BESIDE) <= memory


def test_a_setting_under_which_nothing_fits_is_refused(tmp_path):
    with pytest.raises(EngineError, match="MEMORY_RANGE"):
        run_pass(Local(1), streamed(filters(10, 2), 5), 0.5, Room(tmp_path, os.urandom, 0))


def test_rows_come_in_the_order_of_their_handles_though_they_do_not_fit(tmp_path):
    handles = np.frombuffer(os.urandom(8 * 9_000), np.int64) & np.int64(2**63 - 1)
    table = filters(9_000, 40, handles=handles)
    for memory in (1 << 19, 1 << 30):
        parts = list(in_order(streamed(table, 1_000), Room(tmp_path, os.urandom, memory), FORM))
        assert len(parts) > 1
        assert pa.concat_tables(parts).combine_chunks().equals(table.sort_by("handle").combine_chunks())
    assert not list(tmp_path.iterdir())


@pytest.fixture
def sealed(tmp_path):
    return Sealed(tmp_path, Secret(os.urandom(32)), os.urandom)


def planted(rows=50):
    return pa.table({"handle": np.arange(rows), "cell": np.zeros(rows, np.int64), "filter": [CANARY] * rows}).cast(FORM)


def test_a_sealed_file_shows_neither_rows_nor_schema_and_only_its_owner_reads_it(sealed, tmp_path):
    sealed.append("bucket", planted())
    sealed.append("bucket", planted())
    (path,) = files(tmp_path)
    content = path.read_bytes()
    assert CANARY not in content and b"filter" not in content and b"handle" not in content
    assert path.stat().st_mode & 0o077 == 0
    assert sealed.take("bucket", 100).equals(pa.concat_tables([planted(), planted()]))
    assert not files(tmp_path)


def test_the_same_search_finds_the_rows_where_nothing_is_sealed(tmp_path):
    with pa.OSFile(str(tmp_path / "open"), "wb") as file, pa.ipc.new_stream(file, FORM) as writer:
        writer.write_table(planted())
    assert CANARY in (tmp_path / "open").read_bytes()


def flip(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def cut_at_a_frame(path):
    content = path.read_bytes()
    path.write_bytes(content[: 4 + int.from_bytes(content[:4], "big")])


def turned(path):
    content = path.read_bytes()
    first = 4 + int.from_bytes(content[:4], "big")
    path.write_bytes(content[first:] + content[:first])


@pytest.mark.parametrize("harm", [flip, cut_at_a_frame, turned, lambda path: path.unlink()])
def test_a_bucket_that_was_changed_cut_turned_or_taken_away_is_refused(sealed, tmp_path, harm):
    sealed.append("bucket", planted())
    sealed.append("bucket", planted())
    harm(tmp_path / "bucket")
    with pytest.raises(EngineError, match="BUCKET_DAMAGED") as refusal:
        sealed.take("bucket", 100)
    assert CANARY.decode() not in str(refusal.value)


def test_a_bucket_under_the_name_of_another_is_refused(sealed, tmp_path):
    for name in ("one", "other"):
        sealed.append(name, planted())
    (tmp_path / "one").replace(tmp_path / "other")
    with pytest.raises(EngineError, match="BUCKET_DAMAGED"):
        sealed.take("other", 50)


def test_a_failure_in_a_worker_ends_the_pass_and_leaves_no_file(tmp_path):
    table = filters(20_000, 900)

    def spoiled():
        yield table
        (spilled,) = tmp_path.iterdir()
        for path in files(spilled):
            flip(path)

    with pytest.raises(EngineError, match="BUCKET_DAMAGED"):
        run_pass(Local(2), Filters(len(table), WIDTH, spoiled()), 0.6, Room(tmp_path, os.urandom, 1 << 20))
    assert not list(tmp_path.iterdir())

"""The passes on Spark: the same pairs, and nothing of a row or a key in what Spark keeps.

A session takes seconds to start, so the tests of one kind of session share it.
"""

import os
from contextlib import closing

import pyarrow as pa
import pytest

from linkage import matching
from linkage.encoding import Secret
from linkage.engines import Bucket, EngineError, Memory, Room, Sealed, run_pass, spark
from linkage.engines.buckets import deal
from tests.engines.conftest import fresh_machine, on_disks, spark_there
from tests.engines.test_engines import CANARY, filters, planted, streamed


def found_in(folder, needle):
    """What a thief of the disks finds."""
    return [path for path in folder.rglob("*") if path.is_file() and needle in path.read_bytes()]


@pytest.fixture(scope="module")
def disks(tmp_path_factory):
    return tmp_path_factory.mktemp("spark")


@pytest.fixture(scope="module")
def cluster(disks):
    """A cluster that somebody tried to talk out of sealing."""
    spark_there()
    fresh_machine()
    with closing(on_disks(disks, **{"spark.io.encryption.enabled": "false"})) as engine:
        yield engine


@pytest.fixture
def store(tmp_path):
    return Sealed(tmp_path, Secret(os.urandom(32)), os.urandom)


def test_pairs_are_those_of_one_pass_and_no_row_or_key_is_left(cluster, disks, tmp_path):
    table, drawn = pa.concat_tables([filters(4_000, 150), planted()]), []

    def entropy(count):
        drawn.append(os.urandom(count))
        return drawn[-1]

    found = run_pass(cluster, streamed(table, 1_000), 0.6, Room(tmp_path, entropy, 1 << 22))
    expected = matching.run_pass(table, 0.6)
    assert found.pairs.equals(expected.pairs)
    assert (found.handles, found.compared) == (len(table), expected.compared)
    assert not list(tmp_path.iterdir())
    assert found_in(disks / "events", b"SparkListenerTaskEnd")
    for needle in (CANARY, *(each for each in drawn if len(each) == 32)):
        assert not found_in(disks, needle)


def test_a_key_is_on_no_disk_while_the_workers_have_it(cluster, disks, store):
    with closing(cluster.run(store, deal(iter([planted()]), 2, store), 0.6)) as answers:
        assert next(answers).handles == 50
        assert list((disks / "disks").rglob("*"))
        assert not found_in(disks, store.key.expose())


def test_a_setting_cannot_take_the_sealing_away(cluster):
    conf = cluster._session().sparkContext.getConf()
    assert all(conf.get(name) == value for name, value in spark.SEALED.items())


def test_a_failing_worker_gives_a_code_and_no_words(cluster, store):
    with pytest.raises(EngineError, match="SPARK_FAILED") as refusal:
        next(cluster.run(store, [Bucket("bucket-of-nobody", 3)], 0.6))
    assert "nobody" not in str(refusal.value) and refusal.value.__cause__ is None


def test_rows_in_this_process_are_not_for_a_cluster():
    with pytest.raises(EngineError, match="SPARK_UNSEALED"):
        next(spark.Spark("local[1]", 1).run(Memory(), [Bucket("x", 1)], 0.6))


def test_the_same_search_finds_key_and_rows_where_spark_does_not_seal(cluster, disks, store, monkeypatch):
    cluster.close()
    sealing = spark.SEALED
    monkeypatch.setattr(spark, "SEALED", {"spark.io.encryption.enabled": "false"})
    with closing(on_disks(disks)) as engine:
        with closing(engine.run(store, deal(iter([planted()]), 2, store), 0.6)) as answers:
            next(answers)
            assert found_in(disks, store.key.expose())
        # And rows, if Spark were given them to hand around.
        rows = engine._session().createDataFrame([(CANARY,)] * 50, "filter binary").repartition(3)
        rows.collect()
        assert found_in(disks, CANARY)
        # A session that is there already and does not seal is not made use of.
        monkeypatch.setattr(spark, "SEALED", sealing)
        with pytest.raises(EngineError, match="SPARK_UNSEALED"):
            next(engine.run(store, deal(iter([planted()]), 2, store), 0.6))

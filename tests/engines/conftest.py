"""PySpark for these tests: installed, or where `make spark` put it."""

import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from linkage.engines.spark import Spark

BUILT = Path(__file__).parents[2] / "build" / "spark"


def spark_there():
    """Make PySpark importable, or skip."""
    if find_spec("pyspark") is None and BUILT.is_dir():
        sys.path.append(str(BUILT))
    if find_spec("pyspark") is None:
        pytest.skip("PySpark is not there: make spark")
    if shutil.which("java") is None:
        pytest.skip("Java is not there: apt-get install openjdk-17-jre-headless")


def fresh_machine():
    """End a Java machine that an earlier test started: it would go on to write where it was told first."""
    from pyspark import SparkContext

    if SparkContext._gateway is not None:
        SparkContext._gateway.shutdown()
        SparkContext._gateway = SparkContext._jvm = None


def on_disks(folder, **settings):
    """Two workers in this machine's Spark, whose traces are in `folder`, nothing compressed, events written down."""
    (folder / "events").mkdir(parents=True, exist_ok=True)
    plain = {f"spark.{what}.compress": "false" for what in ("shuffle", "broadcast", "eventLog")}
    events = {"spark.eventLog.enabled": "true", "spark.eventLog.dir": (folder / "events").as_uri()}
    local = {"spark.local.dir": str(folder / "disks"), "spark.driver.host": "127.0.0.1"}
    return Spark("local[2]", 2, settings=plain | events | local | settings)

"""How a person says on what a link runs."""

import argparse

import pytest

from linkage.engines import Local
from linkage.engines.spark import Spark
from linkage.errors import LapisError
from scripts import engine


def read(*arguments):
    parser = argparse.ArgumentParser()
    engine.add_options(parser)
    return parser.parse_args(arguments)


def test_without_options_it_is_this_machine_and_two_gibibytes(monkeypatch):
    monkeypatch.delenv(engine.MEMORY, raising=False)
    options = read()
    assert engine.chosen(options) == Local(options.workers) and engine.octets(options.memory) == 2 << 30


def test_the_environment_bounds_the_memory_unless_an_option_does(monkeypatch):
    monkeypatch.setenv(engine.MEMORY, "512M")
    assert engine.octets(read().memory) == 512 << 20
    assert engine.octets(read("--memory", "3G").memory) == 3 << 30


def test_another_process_that_is_given_them_reads_the_same(tmp_path):
    asked = ["--engine", "spark", "--master", "local[3]", "--workers", "3", "--memory", "1G", "--work", str(tmp_path)]
    options = read(*asked, "--spark", "spark.executor.memory=4g", "--spark", "spark.cores.max=8")
    assert vars(read(*engine.as_given(options))) == vars(options)
    settings = {"spark.executor.memory": "4g", "spark.cores.max": "8"}
    assert engine.chosen(options) == Spark("local[3]", 3, settings=settings)


@pytest.mark.parametrize("text", ["", "0", "-1G", "2X", "2 gigabytes", "1.5G", "G"])
def test_a_size_that_is_none_is_refused(text):
    with pytest.raises(LapisError, match="MEMORY_RANGE"):
        engine.octets(text)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--workers", "0"], "WORKERS_RANGE"),
        (["--engine", "spark", "--spark", "executor.memory=4g"], "SPARK_SETTING"),
        (["--engine", "spark", "--spark", "spark.executor.memory"], "SPARK_SETTING"),
    ],
)
def test_unfit_options_are_refused_with_their_code(arguments, code):
    with pytest.raises(LapisError, match=code):
        engine.chosen(read(*arguments))

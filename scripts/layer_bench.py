"""`lapis bench layer`: seconds and memory of layering by the number of persons, at once and carried forward."""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import subprocess
import sys
from typing import Any

from linkage.errors import LapisError
from scripts import layer_runs, layer_store_runs
from scripts.cli import command
from scripts.console import Answer, Sheet

PERSONS = (100_000, 300_000, 1_000_000)


def add_command(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    layer = command(commands, "layer", "layering by the number of persons", "lapis bench layer --json")
    layer.add_argument("--persons", type=int, nargs="+", default=PERSONS, help="sizes to measure")
    layer.add_argument(
        "--store", action="store_true", help="over a store of five rows a person, SQLite if none is named"
    )
    layer.add_argument(
        "--database", default="", help="an empty, migrated PostgreSQL database for --store, one size alone"
    )
    layer.set_defaults(run=run_layer)


def run_layer(options: argparse.Namespace) -> Answer:
    """Measure every size in a process of its own; the figures of the largest stand for all."""
    if min(options.persons) < 1:
        raise LapisError("BENCH_RANGE", "expected at least one person")
    if options.database and len(options.persons) > 1:
        raise LapisError("BENCH_RANGE", "a database is filled once", hint="give one --persons")
    if options.store:
        return _over_a_store(options)
    sizes = [_measure(layer_runs.__name__, count) for count in sorted(options.persons)]
    last = sizes[-1]
    data = {
        "date": dt.datetime.now(dt.UTC).date().isoformat(),
        "cores": os.cpu_count(),
        "load": os.getloadavg()[0],
        **{name: last[name] for name in ("seconds", "incremental_seconds", "peak_mb")},
        "sizes": sizes,
    }
    return Answer(data, _views(data))


def _over_a_store(options: argparse.Namespace) -> Answer:
    """Measure the layers as the service renews them: read from a store, computed, and written back."""
    more = [options.database] if options.database else []
    sizes = [_measure(layer_store_runs.__name__, count, *more) for count in sorted(options.persons)]
    data = {
        "date": dt.datetime.now(dt.UTC).date().isoformat(), "cores": os.cpu_count(), "load": os.getloadavg()[0],
        **{name: sizes[-1][name] for name in ("seconds", "incremental_seconds", "peak_mb")}, "sizes": sizes,
    }  # fmt: skip
    names = ("persons", "rows", "flags", "seconds", "cpu_seconds", "release_seconds", "renewed", "incremental_seconds",
             "incremental_cpu_seconds", "peak_mb")  # fmt: skip
    rows = [[f"{size[name]:,.1f}" if "_" in name or name == "seconds" else size[name] for name in names]
            for size in sizes]  # fmt: skip
    head = f"{data['date']} · load {data['load']:.1f} on {data['cores']} cores"
    return Answer(data, [head, Sheet(f"Layers over {sizes[-1]['store']}", names, rows)])


def _measure(program: str, count: int, *more: str) -> dict[str, Any]:
    # The program is our own file, run by our own interpreter, and no shell sees the arguments.
    arguments = [sys.executable, "-m", program, str(count), *more]
    done = subprocess.run(arguments, capture_output=True, text=True, check=False)  # noqa: S603 — fixed program, no shell
    if done.returncode:
        raise LapisError("BENCH_STOPPED", "a worker ended before its answer")
    return dict(json.loads(done.stdout))


def _views(data: dict[str, Any]) -> list[Sheet | str]:
    steps = list(data["sizes"][0]["steps"])
    rows = [
        (f"{size['persons']:,}", size["rows"], *(f"{size['steps'][step]:.2f}" for step in steps),
         f"{size['seconds']:.2f}", round(size["peak_mb"]))
        for size in data["sizes"]
    ]  # fmt: skip
    title = f"Layering, seconds a step; carry: {layer_runs.CHANGED:.0%} of persons changed"
    return [
        f"{data['date']} · load {data['load']:.1f} on {data['cores']} cores",
        Sheet(title, ("persons", "rows", *steps, "all but carry", "peak MB"), rows),
    ]

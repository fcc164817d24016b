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
from scripts import layer_runs
from scripts.cli import command
from scripts.console import Answer, Sheet

PERSONS = (100_000, 300_000, 1_000_000)


def add_command(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    layer = command(commands, "layer", "layering by the number of persons", "lapis bench layer --json")
    layer.add_argument("--persons", type=int, nargs="+", default=PERSONS, help="sizes to measure")
    layer.set_defaults(run=run_layer)


def run_layer(options: argparse.Namespace) -> Answer:
    """Measure every size in a process of its own; the figures of the largest stand for all."""
    if min(options.persons) < 1:
        raise LapisError("BENCH_RANGE", "expected at least one person")
    sizes = [_measure(count) for count in sorted(options.persons)]
    last = sizes[-1]
    data = {
        "date": dt.datetime.now(dt.UTC).date().isoformat(),
        "cores": os.cpu_count(),
        "load": os.getloadavg()[0],
        **{name: last[name] for name in ("seconds", "incremental_seconds", "peak_mb")},
        "sizes": sizes,
    }
    return Answer(data, _views(data))


def _measure(count: int) -> dict[str, Any]:
    # The program is our own file, run by our own interpreter, and no shell sees the arguments.
    arguments = [sys.executable, "-m", layer_runs.__name__, str(count)]
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

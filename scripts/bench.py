"""`lapis bench encode`: our encoder beside clkhash, on the same rows and the same core, runs taken in turn.

A figure alone says little about a machine that does other things too; the ratio of neighbouring runs is what counts.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from linkage.errors import LapisError
from linkage.synth import generate, load_dials
from scripts import encoder_runs, peers
from scripts.cli import command
from scripts.console import Answer, Sheet

CELLS = (1, 7, 100)
CHOSEN = 7
"""Rows a cell at which the ratio stands for all: about what a birth date and sex has in a list of a regency."""
LAYERED = 100
ROWS = 16_384
GROWTH = (16_384, 65_536, 262_144)
RUNS = 5
SEED = 1
FLAGS = ("avx2", "avx512_vpopcntdq")


@dataclass(slots=True)
class Worker:
    """A process that answers each line with a line; its first line says what it is."""

    process: subprocess.Popen[str]
    about: dict[str, Any]

    def ask(self, **asked: Any) -> dict[str, Any]:
        """Have it run once; raises LapisError BENCH_STOPPED."""
        if self.process.stdin is None or self.process.stdout is None:
            raise LapisError("BENCH_STOPPED", "the worker has no pipes")
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.write(json.dumps(asked) + "\n")
            self.process.stdin.flush()
        return _line(self.process)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the group's commands."""
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    encode = command(commands, "encode", "our encoder beside clkhash", "lapis bench encode --json")
    encode.add_argument("--rows", type=int, default=ROWS, help=f"rows a run (default {ROWS})")
    encode.add_argument("--runs", type=int, default=RUNS, help=f"runs each, in turn (default {RUNS})")
    encode.add_argument("--growth", type=int, nargs="*", default=GROWTH, help="sizes for growth and memory")
    encode.add_argument("--anchors", type=Path, default=peers.ANCHORS, help="where `make anchors` put the peers")
    encode.set_defaults(run=run_encode)


def run_encode(options: argparse.Namespace) -> Answer:
    """Measure our encoder beside clkhash."""
    if min(options.rows, options.runs, *options.growth, 1) < 1:
        raise LapisError("BENCH_RANGE", "expected at least one row and one run")
    result = measure(options.rows, options.runs, tuple(options.growth), options.anchors)
    return Answer(result, views(result))


def measure(rows: int, runs: int, growth: tuple[int, ...], anchors: Path) -> dict[str, Any]:
    """Return every figure of the bench; `ratio` and `ratios` are None where clkhash is absent."""
    core = max(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory(prefix="lapis-") as folder, contextlib.ExitStack() as stack:
        path = Path(folder) / "names.parquet"
        pq.write_table(names(max(rows, *growth, 1)), path)
        small = Path(folder) / "few.parquet"
        pq.write_table(pq.read_table(path).slice(0, rows), small)
        ours = [sys.executable, str(Path(encoder_runs.__file__)), str(path), str(core)]
        team = {"numba": stack.enter_context(work(ours))}
        team["numpy"] = stack.enter_context(work([*ours, encoder_runs.WITHOUT_NUMBA]))
        if python := peers.interpreter(anchors, "anonlink"):
            program = str(peers.PROGRAMS / "clkhash_rows.py")
            team["clkhash"] = stack.enter_context(work([str(python), program, str(small), str(core)]))
        return {**_about(team), "rows": rows, "runs": runs, **_figures(team, rows, runs, growth)}


def names(count: int) -> pa.Table:
    """Return names of synthetic people, as lists write them: name string[count]."""
    blocks = [block.people["name"] for block in generate(count + 1000, SEED, load_dials())]
    return pa.table({"name": pa.concat_arrays([chunk for block in blocks for chunk in block.chunks]).slice(0, count)})


def _figures(team: dict[str, Worker], rows: int, runs: int, growth: tuple[int, ...]) -> dict[str, Any]:
    times = {
        what: {str(cell): _in_turn(team, what, rows, cell, runs) for cell in CELLS} for what in ("names", "filters")
    }
    layers = _in_turn({who: team[who] for who in ("numba", "numpy")}, "layer", rows, LAYERED, runs)
    per_s = {who: rows / statistics.median(taken) for who, taken in layers.items()}
    ratios = {who: _ratios(times["names"], who) for who in ("numba", "numpy")}
    return {
        "ratio": ratios["numba"].get(str(CHOSEN)),
        "ratios": ratios["numba"],
        "ratios_numpy": ratios["numpy"],
        "ratios_normalised": _ratios(times["filters"], "numba"),
        "ratios_normalised_numpy": _ratios(times["filters"], "numpy"),
        "layer_per_s": per_s["numba"],
        "layer_per_s_numpy": per_s["numpy"],
        "seconds": times,
        "seconds_layer": layers,
        "growth": [_grow(team["numba"], size) for size in growth],
    }


def _in_turn(team: dict[str, Worker], what: str, rows: int, cell: int, runs: int) -> dict[str, list[float]]:
    """Take runs in turn, one warm-up first: seconds by worker."""
    taken: dict[str, list[float]] = {who: [] for who in team}
    for turn in range(runs + 1):
        for who, worker in team.items():
            answer = worker.ask(what=what, rows=rows, rows_a_cell=cell)
            if turn:
                taken[who].append(answer["seconds"])
    return taken


def _ratios(times: dict[str, dict[str, list[float]]], who: str) -> dict[str, float | None]:
    """Return the median over turns of their time by ours, by rows a cell."""
    return {
        cell: statistics.median(b / a for a, b in zip(taken[who], taken["clkhash"], strict=True))
        if "clkhash" in taken
        else None
        for cell, taken in times.items()
    }


def _grow(worker: Worker, size: int) -> dict[str, float]:
    """Measure one size twice and keep the better; memory is the worker's peak so far."""
    answers = [worker.ask(what="names", rows=size, rows_a_cell=CHOSEN) for _ in range(2)]
    seconds = min(answer["seconds"] for answer in answers)
    return {"rows": size, "seconds": seconds, "per_s": size / seconds, "peak_mb": answers[-1]["peak_mb"]}


@contextlib.contextmanager
def work(arguments: list[str]) -> Iterator[Worker]:
    """Start a worker and end it afterwards."""
    # The programs are our own files, run by interpreters of ours, and no shell sees the arguments.
    process = subprocess.Popen(  # noqa: S603
        arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        yield Worker(process, _line(process))
    finally:
        process.kill()
        process.communicate()


def _line(process: subprocess.Popen[str]) -> dict[str, Any]:
    line = process.stdout.readline() if process.stdout else ""
    if not line:
        raise LapisError("BENCH_STOPPED", "a worker ended before its answer")
    return dict(json.loads(line))


def _about(team: dict[str, Worker]) -> dict[str, Any]:
    return {
        "date": dt.datetime.now(dt.UTC).date().isoformat(),
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "load": os.getloadavg()[0],
        "versions": {**{who: worker.about for who, worker in team.items()}, "cryptography": version("cryptography")},
    }


def _cpu() -> dict[str, Any]:
    """Return the processor's name and which of the wanted instructions it has, where the system tells."""
    known: dict[str, str] = {}
    with contextlib.suppress(OSError):
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        known = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
    flags = known.get("flags", "").split()
    return {"model": known.get("model name", "unknown"), **{flag: flag in flags for flag in FLAGS}}


def views(result: dict[str, Any]) -> list[Sheet | str]:
    """Show the tables for a person."""
    cpu = result["cpu"]
    has = ", ".join(flag for flag in FLAGS if cpu[flag])
    rows = []
    for what, title in (("names", "names as listed"), ("filters", "normalised names")):
        for cell, taken in result["seconds"][what].items():
            rates = {who: round(result["rows"] / statistics.median(each)) for who, each in taken.items()}
            by = [result[f"ratios{'' if what == 'names' else '_normalised'}{who}"][cell] for who in ("", "_numpy")]
            shown = [f"{ratio:.1f}" if ratio else None for ratio in by]
            rows.append((f"{title}, {cell} a cell", *(rates.get(who) for who in WHO), *shown))
    layers = [(f"{LAYERED} rows a cell", round(result["layer_per_s"]), round(result["layer_per_s_numpy"]))]
    grown = [(f"{each['rows']:,}", f"{each['seconds']:.2f}", round(each["per_s"]), round(each["peak_mb"]))
             for each in result["growth"]]  # fmt: skip
    return [
        f"{result['date']} · {cpu['model']} · {has} · load {result['load']:.1f} on {result['cores']} cores",
        Sheet("Filters a second on one core", ("from", *WHO, "×, numba", "×, NumPy"), rows),
        Sheet("Layered filters a second on one core", ("", "numba", "NumPy"), layers),
        Sheet("Growth, from names as listed", ("rows", "seconds", "a second", "peak MB"), grown),
    ]


WHO = ("numba", "numpy", "clkhash")

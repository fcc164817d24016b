"""`lapis bench`, and `lapis bench encode`: our encoder beside clkhash, on the same rows and core, runs taken in turn.

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

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from linkage.errors import LapisError
from linkage.synth import Block, generate, load_dials
from scripts import encoder_runs, peers
from scripts.cli import command
from scripts.console import Answer, Sheet

CELLS = (1, 7, 100)
CHOSEN = 7
"""Rows a cell at which the ratio stands for all: about what a birth date and sex has in a list of a regency."""
LAYERED = 100
LAYERS = {"layer": "majorities of the policy that ships", "layer_three": "three majorities"}
ROWS = 16_384
GROWTH = (16_384, 65_536, 262_144)
RUNS = 5
SEED = 1
ENOUGH = 4
"""So many people are made for one that is on a list; what is not needed is not made."""
FIRST_DAY = np.datetime64("1900-01-01", "D")
OURS = ("numba", "numpy")
NAME, RECORD = ("name",), ("name", "birth", "sex", "village", "nik", "kk")
"""What clkhash encodes into one filter: all that a row of ours stands for, or the name alone, as our filter does."""
SHOWN = (*OURS, "clkhash", "clkhash_name")
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
    # Here: it builds on this file.
    from scripts import agency_bench, kernel_bench, layer_bench, link_bench, log_bench, pages_bench

    agency_bench.add_command(commands)
    kernel_bench.add_commands(commands)
    link_bench.add_command(commands)
    layer_bench.add_command(commands)
    log_bench.add_command(commands)
    pages_bench.add_command(commands)


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
        pq.write_table(people(max(rows, *growth, 1)), path)
        ours = [sys.executable, "-m", encoder_runs.__name__, str(path), str(core)]
        team = {"numba": stack.enter_context(work(ours))}
        team["numpy"] = stack.enter_context(work([*ours, encoder_runs.WITHOUT_NUMBA]))
        if python := peers.interpreter(anchors, "anonlink"):
            program = str(peers.PROGRAMS / "clkhash_rows.py")
            team["clkhash"] = stack.enter_context(work([str(python), program, str(path), str(core)]))
        return {**about(team), "rows": rows, "runs": runs, **_figures(team, rows, runs, growth)}


def people(count: int) -> pa.Table:
    """Return synthetic rows, one a person: name as a list writes it; sex, village, nik, kk; birth dates by cell size.

    A birth date is made up so that, with a sex, it makes a cell of so many rows (`birth_7`: seven), one after another.
    """
    tables, found = [], 0
    for block in generate(ENOUGH * count, SEED, load_dials()):
        tables.append(_listed(block))
        found += len(tables[-1])
        if found >= count:
            break
    table = pa.concat_tables(tables).slice(0, count).combine_chunks()
    women = np.asarray(pc.equal(table["sex"], "P"))
    rank = np.where(women, np.cumsum(women), np.cumsum(~women)) - 1
    for cell in CELLS:
        table = table.append_column(f"birth_{cell}", pa.array(FIRST_DAY + rank // cell))
    return table


def _listed(block: Block) -> pa.Table:
    """Return the people of a block that are on a list, each under the name of the first."""
    persons, names = [], []
    for batch in block.batches:
        roles = [role for _, role in batch.layout.columns]
        persons.append(batch.truth["person"].combine_chunks())
        names.append(pa.array(batch.columns[roles.index("name")], pa.string()))
    rows = pa.table({"person": pa.concat_arrays(persons), "listed": pa.concat_arrays(names)})
    first = (
        rows.filter(pc.is_valid(rows["listed"])).group_by("person", use_threads=False).aggregate([("listed", "first")])
    )
    both = block.people.join(first, "person", join_type="inner", use_threads=False).sort_by("person")
    return both.select(["listed_first", "sex", "village", "nik", "kk"]).rename_columns(
        ["name", "sex", "village", "nik", "kk"]
    )


def _figures(team: dict[str, Worker], rows: int, runs: int, growth: tuple[int, ...]) -> dict[str, Any]:
    times = {
        what: {str(cell): _in_turn(team, what, rows, cell, runs) for cell in CELLS} for what in ("names", "filters")
    }
    alone = {who: team[who] for who in OURS}
    layers = {what: _in_turn(alone, what, rows, LAYERED, runs) for what in LAYERS}
    ratios = {
        f"ratios{suffix}{'' if who == 'numba' else '_numpy'}": _ratios(times[what], who, against)
        for who in OURS
        for suffix, what, against in (
            ("", "names", "clkhash"),
            ("_normalised", "filters", "clkhash"),
            ("_name", "names", "clkhash_name"),
        )
    }
    return {
        "ratio": ratios["ratios"][str(CHOSEN)],
        **ratios,
        **{
            f"{what}_per_s{'' if who == 'numba' else '_numpy'}": rows / statistics.median(taken)
            for what, both in layers.items()
            for who, taken in both.items()
        },
        "seconds": times | {what: {str(LAYERED): taken} for what, taken in layers.items()},
        "growth": [_grow(team["numba"], size) for size in growth],
    }


def _in_turn(team: dict[str, Worker], what: str, rows: int, cell: int, runs: int) -> dict[str, list[float]]:
    """Take runs in turn, one warm-up first: seconds by who ran."""
    asked: dict[str, tuple[Worker, dict[str, Any]]] = {
        who: (team[who], {"what": what, "rows": rows, "rows_a_cell": cell}) for who in OURS
    }
    if "clkhash" in team:
        for who, fields in (("clkhash", RECORD), ("clkhash_name", NAME)):
            columns = [f"birth_{cell}" if field == "birth" else field for field in fields]
            asked[who] = (team["clkhash"], {"fields": columns, "rows": rows})
    taken: dict[str, list[float]] = {who: [] for who in asked}
    for turn in range(runs + 1):
        for who, (worker, question) in asked.items():
            seconds = worker.ask(**question)["seconds"]
            if turn:
                taken[who].append(seconds)
    return taken


def _ratios(times: dict[str, dict[str, list[float]]], who: str, against: str) -> dict[str, float | None]:
    """Return the median over turns of their time by ours, by rows a cell; None without them."""
    return {
        cell: statistics.median(theirs / ours for ours, theirs in zip(taken[who], taken[against], strict=True))
        if against in taken
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
    process = subprocess.Popen(  # noqa: S603 — fixed programs, no shell
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


def about(team: dict[str, Worker]) -> dict[str, Any]:
    """Return when, on what, and with which versions was measured."""
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
        suffix = "" if what == "names" else "_normalised"
        for cell, taken in result["seconds"][what].items():
            rates = [round(result["rows"] / statistics.median(taken[who])) if who in taken else None for who in SHOWN]
            ratios = [result[f"ratios{suffix}{who}"][cell] for who in ("", "_numpy")]
            rows.append((f"{title}, {cell} a cell", *rates, *(ratio and f"{ratio:.1f}" for ratio in ratios)))
    layers = [(title, round(result[f"{what}_per_s"]), round(result[f"{what}_per_s_numpy"]))
              for what, title in LAYERS.items()]  # fmt: skip
    grown = [(f"{each['rows']:,}", f"{each['seconds']:.2f}", round(each["per_s"]), round(each["peak_mb"]))
             for each in result["growth"]]  # fmt: skip
    return [
        f"{result['date']} · {cpu['model']} · {has} · load {result['load']:.1f} on {result['cores']} cores",
        Sheet("Rows a second on one core", ("from", *SHOWN, "× by numba", "× by NumPy"), rows),
        Sheet(f"Layered filters a second on one core, {LAYERED} rows a cell", ("", "numba", "NumPy"), layers),
        Sheet("Growth, from names as listed", ("rows", "seconds", "a second", "peak MB"), grown),
    ]

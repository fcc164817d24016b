"""`lapis bench kernel` and `blocks`: our similarity kernel beside anonlink's, on the same filters and the same core.

Both find every pair of Dice .80 and more, exactly. anonlink compares two lists, each pair twice over when they are the
same one; ours compares inside a cell, each pair once: rates are of pairs that each had to settle.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from linkage.encoding import bloom, qgrams
from linkage.encoding.keys import KEY_BYTES, Secret
from linkage.errors import LapisError
from scripts import bench, encoder_runs, kernel_runs, peers
from scripts.bench import FLAGS, Worker
from scripts.cli import command
from scripts.console import Answer, Sheet

FLOOR = 0.80
BITS, HASHES = 1024, 12
ROWS, BLOCK_ROWS, RUNS = 10_000, 200_000, 5
SIDES = (5, 10, 20)
GROWTH = (5_000, 10_000, 20_000)
OURS = ("numba", "numpy")


def add_commands(commands: Any) -> None:
    """Add both commands to the group."""
    kernel = command(commands, "kernel", "our kernel beside anonlink's, one large cell", "lapis bench kernel --json")
    kernel.add_argument("--growth", type=int, nargs="*", default=GROWTH, help="sizes for growth and memory")
    blocks = command(commands, "blocks", "our kernel beside anonlink's, tiny cells", "lapis bench blocks --json")
    for each, run, rows in ((kernel, run_kernel, ROWS), (blocks, run_blocks, BLOCK_ROWS)):
        each.add_argument("--rows", type=int, default=rows, help=f"rows a run (default {rows})")
        each.add_argument("--runs", type=int, default=RUNS, help=f"runs each, in turn (default {RUNS})")
        each.add_argument("--anchors", type=Path, default=peers.ANCHORS, help="where `make anchors` put the peers")
        each.set_defaults(run=run)


def run_kernel(options: argparse.Namespace) -> Answer:
    """Compare one large cell."""
    _check(options)
    with _team(max(options.rows, *options.growth, 1), options.anchors) as team:
        taken = _in_turn(team, {"rows": options.rows}, options.runs)
        grown = [_grow(team["numba"], rows) for rows in options.growth]
        result = {**bench.about(team), "rows": options.rows, "floor": FLOOR, **_figures(taken, _pairs(options.rows, 1))}
    return Answer({**result, "growth": grown}, views({**result, "growth": grown}))


def run_blocks(options: argparse.Namespace) -> Answer:
    """Compare many tiny cells."""
    _check(options)
    with _team(options.rows, options.anchors) as team:
        sides = {}
        for side in SIDES:
            cells = max(1, options.rows // side)
            sides[str(side)] = _figures(
                _in_turn(team, {"cells": cells, "side": side}, options.runs), _pairs(side, cells)
            )
        result = {**bench.about(team), "rows": options.rows, "floor": FLOOR}
    ratios = {side: each["ratio"] for side, each in sides.items()}
    result |= {"ratio": min((each for each in ratios.values() if each), default=None), "ratios": ratios, "sides": sides}
    return Answer(result, views(result))


def filters(count: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Return unsalted filters of synthetic names, uint8[count, 128]: what a peer would store."""
    names = encoder_runs.normalise(bench.people(count)["name"].combine_chunks())
    encoded = names.fill_null("").dictionary_encode()
    at = np.asarray(encoded.indices).astype(np.int64)
    return bloom.encode(
        qgrams.grams(pa.array(encoded.dictionary)), at, np.zeros((count, bloom.SALT_BYTES), np.uint8),
        Secret(bytes(KEY_BYTES)), bits=BITS, hashes=HASHES,
    )  # fmt: skip


@contextlib.contextmanager
def _team(rows: int, anchors: Path) -> Any:
    core = max(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory(prefix="lapis-") as folder, contextlib.ExitStack() as stack:
        path = Path(folder) / "filters.npy"
        np.save(path, filters(rows))
        ours = [sys.executable, "-m", kernel_runs.__name__, str(path), str(core)]
        team = {"numba": stack.enter_context(bench.work(ours))}
        team["numpy"] = stack.enter_context(bench.work([*ours, kernel_runs.WITHOUT_NUMBA]))
        if python := peers.interpreter(anchors, "anonlink"):
            program = str(peers.PROGRAMS / "anonlink_dice.py")
            team["anonlink"] = stack.enter_context(bench.work([str(python), program, str(path), str(core)]))
        yield team


def _in_turn(team: dict[str, Worker], asked: dict[str, Any], runs: int) -> dict[str, list[dict[str, Any]]]:
    taken: dict[str, list[dict[str, Any]]] = {who: [] for who in team}
    for turn in range(runs + 1):
        for who, worker in team.items():
            answer = worker.ask(floor=FLOOR, **asked)
            if turn:
                taken[who].append(answer)
    return taken


def _pairs(side: int, cells: int) -> dict[str, int]:
    """Return the comparisons of each: every pair once, or every row with every row."""
    return {**dict.fromkeys(OURS, cells * side * (side - 1) // 2), "anonlink": cells * side * side}


def _figures(taken: dict[str, list[dict[str, Any]]], pairs: dict[str, int]) -> dict[str, Any]:
    seconds = {who: [each["seconds"] for each in answers] for who, answers in taken.items()}
    rates = {who: [pairs[who] / each for each in times] for who, times in seconds.items()}
    ratios = {
        who: statistics.median(ours / theirs for ours, theirs in zip(rates[who], rates["anonlink"], strict=True))
        if "anonlink" in rates
        else None
        for who in OURS
    }
    return {
        "ratio": ratios["numba"],
        "ratio_numpy": ratios["numpy"],
        "per_s": {who: statistics.median(each) for who, each in rates.items()},
        "kept": {who: answers[0]["kept"] for who, answers in taken.items()},
        "seconds": seconds,
    }


def _grow(worker: Worker, rows: int) -> dict[str, float]:
    answers = [worker.ask(floor=FLOOR, rows=rows) for _ in range(2)]
    seconds = min(answer["seconds"] for answer in answers)
    return {
        "rows": rows,
        "seconds": seconds,
        "per_s": rows * (rows - 1) / 2 / seconds,
        "peak_mb": answers[-1]["peak_mb"],
    }


def _check(options: argparse.Namespace) -> None:
    if min(options.rows, options.runs, *getattr(options, "growth", ()), 1) < 1:
        raise LapisError("BENCH_RANGE", "expected at least one row and one run")


def views(result: dict[str, Any]) -> list[Sheet | str]:
    """Show the tables for a person."""
    cpu = result["cpu"]
    has = ", ".join(flag for flag in FLAGS if cpu[flag])
    sides = result.get("sides", {f"{result['rows']:,} rows": result})
    shown = [*OURS, "anonlink"]
    rows = [
        (title, *(round(each["per_s"][who] / 1e6, 1) if who in each["per_s"] else None for who in shown),
         *(each[name] and f"{each[name]:.1f}" for name in ("ratio", "ratio_numpy")))
        for title, each in sides.items()
    ]  # fmt: skip
    tables: list[Sheet | str] = [
        f"{result['date']} · {cpu['model']} · {has} · load {result['load']:.1f} on {result['cores']} cores",
        Sheet(
            f"Million pairs a second on one core, Dice {FLOOR}", ("cells of", *shown, "× by numba", "× by NumPy"), rows
        ),
    ]
    if "growth" in result:
        grown = [(f"{each['rows']:,}", f"{each['seconds']:.3f}", round(each["per_s"] / 1e6), round(each["peak_mb"]))
                 for each in result["growth"]]  # fmt: skip
        tables.append(Sheet("Growth", ("rows", "seconds", "million pairs a second", "peak MB"), grown))
    return tables

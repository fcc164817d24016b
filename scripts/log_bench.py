"""`lapis bench log`: how fast the access log grows, proves an entry, and is verified as a whole."""

from __future__ import annotations

import argparse
import os
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from linkage.errors import LapisError
from scripts import bench, console
from scripts.cli import command
from scripts.console import Answer, Sheet

if TYPE_CHECKING:
    from argparse import _SubParsersAction

ENTRIES = 1_000_000
LEAST = 100_000
STEPS = (100, 10, 1)
"""The log is measured at a hundredth, a tenth and the whole of its size."""
GOALS = {"appended_per_s": 5_000, "proof_ms": 5, "verify_s": 30}
"""At the whole size: at least the first, at most the others."""


def add_command(commands: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    log = command(commands, "log", "the access log: append, prove, verify", "lapis bench log --entries 100000 --json")
    log.add_argument("--entries", type=int, default=ENTRIES, help=f"at the end (default {ENTRIES:,})")
    log.add_argument("--database", metavar="URL", help="a scratch PostgreSQL, migrated, its log empty: it stays full")
    log.set_defaults(run=run_log)


def run_log(options: argparse.Namespace) -> Answer:
    """Measure the log on an SQLite file that goes away, or on a database made for it; raises LapisError BENCH_RANGE."""
    # Here, not above: the other benches need no store.
    from api.services import log_speed
    from api.store import open_store

    if options.entries < LEAST:
        raise LapisError("BENCH_RANGE", f"expected at least {LEAST:,} entries", place="--entries")
    with tempfile.TemporaryDirectory(prefix="lapis-") as folder, console.progress("log") as track:
        store = open_store(options.database or Path(folder) / "store.sqlite")
        try:
            sizes = [options.entries // step for step in STEPS]
            grown = [asdict(each) for each in log_speed.grow(store, Path(folder), sizes, track)]
        finally:
            store.dispose()
    result = {**bench.about({}), "database": "PostgreSQL" if options.database else "SQLite", "growth": grown,
              "met": _met(grown[-1])}  # fmt: skip
    return Answer(result, views(result))


def _met(whole: dict[str, Any]) -> dict[str, bool]:
    """Say which goals hold at the whole size."""
    return {
        name: whole[name] >= goal if name.endswith("per_s") else whole[name] <= goal for name, goal in GOALS.items()
    }


def views(result: dict[str, Any]) -> list[Sheet | str]:
    """Show the growth for a person."""
    rates = ("appended_per_s", "appended_per_cpu_s", "written_per_s", "placed_per_s", "single_per_s")
    times = ("proof_ms", "proof_cpu_ms", "worst_proof_ms", "export_s", "verify_s", "verify_cpu_s")
    head = ("entries", *rates, *times, "peak_mb")
    rows = [
        (
            f"{each['entries']:,}",
            *(f"{each[name]:,.0f}" for name in rates),
            *(f"{each[name]:.2f}" for name in times),
            f"{each['peak_mb']:.0f}",
        )
        for each in result["growth"]
    ]
    missed = [name for name, held in result["met"].items() if not held]
    return [
        f"{result['date']} · {result['cpu']['model']} · load {result['load']:.1f} on {os.cpu_count()} cores",
        Sheet(f"The access log on {result['database']}", [name.replace("_", " ") for name in head], rows),
        f"missed: {', '.join(missed)}" if missed else "every goal is met",
    ]

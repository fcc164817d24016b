"""On what the passes of a link run: the options that say so, and the engine they choose. It links nothing itself."""

from __future__ import annotations

import argparse
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from linkage.errors import LapisError

if TYPE_CHECKING:
    from linkage.engines import Engine

MEMORY = "LAPIS_MEMORY"
USUAL = "2G"
UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what chooses an engine and bounds its memory."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    parser.add_argument("--engine", choices=("local", "spark"), default="local", help="threads here, or a cluster")
    parser.add_argument("--master", default="local[2]", help="with spark: its master (default local[2])")
    parser.add_argument(
        "--spark", action="append", default=[], metavar="NAME=VALUE", help="with spark: a setting of its own"
    )
    parser.add_argument(
        "--workers", type=int, default=cores, help=f"buckets compared at once on one machine (default {cores})"
    )
    parser.add_argument(
        "--memory",
        default=os.environ.get(MEMORY, USUAL),
        help=f"what a pass may take on one machine, such as 512M; also {MEMORY} (default {USUAL})",
    )
    parser.add_argument("--work", type=Path, help="where sealed rows wait; a cluster's machines share it")


def chosen(options: argparse.Namespace) -> Engine:
    """Return the engine that the options ask for; raises LapisError WORKERS_RANGE or SPARK_SETTING."""
    # Here, not above: what links takes longer to load than all the rest.
    from linkage.engines import Local
    from linkage.engines.spark import Spark

    if options.workers < 1:
        raise LapisError("WORKERS_RANGE", f"expected at least one worker, got {options.workers}")
    if options.engine == "local":
        return Local(options.workers)
    settings = dict(setting.partition("=")[::2] for setting in options.spark)
    if not all(name.startswith("spark.") and value for name, value in settings.items()):
        raise LapisError("SPARK_SETTING", "expected spark.NAME=VALUE", place="--spark")
    return Spark(options.master, options.workers, settings=settings)


def as_given(options: argparse.Namespace) -> list[str]:
    """Return the options as another process takes them."""
    given = ["--engine", options.engine, "--master", options.master, "--workers", str(options.workers)]
    given += ["--memory", options.memory, *(f"--spark={setting}" for setting in options.spark)]
    return given + (["--work", str(options.work)] if options.work else [])


def octets(text: str) -> int:
    """Read a size such as 512M or 4G; raises LapisError MEMORY_RANGE."""
    read = re.fullmatch(r"(\d+)([KMGT]?)B?", text.strip().upper())
    if not read or not int(read[1]):
        raise LapisError("MEMORY_RANGE", "expected a size such as 512M or 4G", place="--memory")
    return int(read[1]) * UNITS[read[2]]

"""`lapis attack`: attack a linkage policy's encodings on synthetic people, and say which bars hold.

Exit status 0 if all do, 3 if one falls or the run is void. Reads no list and no store, and needs no vault.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from linkage.attacks import FULL, LEAST_SEEDS, QUICK, Result, Spread, report, run
from linkage.encoding import LinkagePolicy
from policies.errors import PolicyError
from policies.linkage_policies import load_linkage_policy, parse_linkage_policy
from scripts import console
from scripts.cli import REFUSED, finish
from scripts.console import Answer, Sheet

THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "--policy", default="lampung", metavar="FILE_OR_NAME", help="a TOML file, or a policy that ships (lampung)"
    )
    parser.add_argument("--quick", action="store_true", help="smaller cells and samples: under three minutes")
    parser.add_argument("--seeds", type=int, default=LEAST_SEEDS, metavar="N", help=f"at least {LEAST_SEEDS}")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1, metavar="N", help="default: one a core")
    parser.add_argument("--report", type=Path, metavar="DIR", help="write report.md, report.html and plots there")
    finish(parser, "lapis attack --policy lampung --quick --report build/attack")
    parser.set_defaults(run=run_attack)


def run_attack(options: argparse.Namespace) -> Answer:
    """Attack, report and answer."""
    policy = read_policy(options.policy)
    for sentence in policy.unprotected:
        console.ERR.print(f"unsafe: {sentence}", soft_wrap=True)
    with processes(options.processes) as spread:
        result = run(policy, QUICK if options.quick else FULL, options.seeds, _tell, spread=spread)
    if options.report:
        options.report.mkdir(parents=True, exist_ok=True)
        for name, text in report.compose(result, policy, datetime.now(UTC).date()).items():
            (options.report / name).write_text(text, encoding="utf-8")
    return Answer(describe(result), _views(result), 0 if result.holds else REFUSED)


@contextmanager
def processes(count: int) -> Iterator[Spread]:
    """Spread work over processes, each with one thread for linear algebra; about 2 GB each in the full plan."""
    if count < 2:
        yield map
        return
    kind = multiprocessing.get_context("spawn")
    before = {name: os.environ.get(name) for name in THREADS}
    os.environ.update(dict.fromkeys(THREADS, "1"))
    try:
        with ProcessPoolExecutor(count, mp_context=kind) as pool:
            yield pool.map
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


def read_policy(given: str) -> LinkagePolicy:
    """Return the policy in a TOML file, or the shipped one of that name; raises PolicyError or EncodingError."""
    path = Path(given)
    if path.suffix != ".toml":
        return load_linkage_policy(given)
    if not path.is_file():
        raise PolicyError("POLICY_MISSING", "no such policy file", place=path.name)
    return parse_linkage_policy(path.read_text(encoding="utf-8"))


def describe(result: Result) -> dict[str, object]:
    """Return a result for programs."""
    bars = [
        {
            "attack": bar.attack,
            "setting": bar.setting,
            "rate": bar.rate,
            "upper": bar.upper,
            "bar": bar.bar,
            "holds": bar.holds,
            "tried": bar.tried,
            "note": bar.note,
            "stated": bar.stated or None,
        }
        for bar in result.bars
    ]
    return {
        "void": result.void,
        "baseline": result.baseline.rate,
        "bars": bars,
        "policy": {"name": result.policy, "hash": result.hash},
        "plan": result.plan,
        "seeds": list(result.seeds),
        "seconds": round(result.seconds, 1),
        "versions": result.versions,
    }


def _views(result: Result) -> list[Sheet | str]:
    rows = [
        (f"{bar.attack}: {bar.setting}", bar.rate, bar.upper, bar.bar, bar.holds, bool(bar.stated))
        for bar in result.bars
    ]
    columns = ("attack", "rate", "95 % upper", "bar", "holds", "stated")
    return [
        Sheet(f"{result.policy} under attack, {result.plan}, {len(result.seeds)} seeds", columns, rows),
        report.verdict(result),
    ]


def _tell(line: str) -> None:
    console.ERR.print(line, soft_wrap=True)

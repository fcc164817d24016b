"""The peers, each in an environment of its own: hand them a table, take pairs back, and score those ourselves.

They get the columns that our encoder gets and never the truth; where a threshold is chosen with truth, it is here.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from linkage.errors import LapisError
from linkage.evaluation import Dataset, score_pairs

ANCHORS = Path("build/anchors")
PROGRAMS = Path(__file__).parent / "anchors"
PATIENCE = 1800
"""Seconds until a peer is given up."""


@dataclass(frozen=True, slots=True)
class Peer:
    """A peer: its environment's name, the program that runs in it, what it works on, and its own threshold if any.

    `own`: it has an environment of its own; else Lapis's has it.
    """

    name: str
    program: str
    works_on: str
    threshold: float | None
    own: bool = True


PEERS = (
    Peer("anonlink", "anonlink_pairs.py", "one filter a record over name and birth date", None),
    Peer("splink", "splink_pairs.py", "clear text", 0.5),
    Peer("recordlinkage", "recordlinkage_pairs.py", "clear text, agree or not", 0.5, own=False),
)
WITH_TRUTH, WITHOUT_TRUTH = "the best one, chosen with the truth", "without truth: a probability of one half"


def interpreter(anchors: Path, name: str) -> Path | None:
    """Return the Python of an anchor's environment, or None where it was not made."""
    for place in ("bin/python", "Scripts/python.exe"):
        if (anchors / name / place).exists():
            return (anchors / name / place).absolute()
    return None


def compare(data: Dataset, anchors: Path) -> list[dict[str, Any]]:
    """Run every peer on a dataset; one whose environment is absent, or that fails, says so instead of its scores."""
    return [_compare(peer, data, anchors) for peer in PEERS]


def _compare(peer: Peer, data: Dataset, anchors: Path) -> dict[str, Any]:
    python = interpreter(anchors, peer.name) if peer.own else Path(sys.executable)
    if python is None:
        return {"name": peer.name, "absent": "no environment: run `make anchors`"}
    with tempfile.TemporaryDirectory(prefix="lapis-") as folder:
        given, taken = Path(folder) / "records.parquet", Path(folder) / "pairs.json"
        pq.write_table(table(data), given)
        try:
            call(python, peer.program, str(given), str(taken))
        except LapisError as error:
            return {"name": peer.name, "absent": error.message}
        answer = json.loads(taken.read_text())
    return {"name": peer.name, "version": answer["version"], "works_on": peer.works_on, **_score(peer, answer, data)}


def _score(peer: Peer, answer: dict[str, Any], data: Dataset) -> dict[str, Any]:
    """Score by the peer's own threshold, and by the best one, which needs the truth."""
    found = np.array(answer["pairs"], np.float64).reshape(-1, 3)
    best = score(found, data, choose=True)
    if peer.threshold is None:
        return {**best, "threshold_chosen": WITH_TRUTH, "best": best}
    own = score(found[found[:, 2] >= peer.threshold], data, choose=False)
    return {**own, "threshold": peer.threshold, "threshold_chosen": WITHOUT_TRUTH, "best": best}


def score(found: NDArray[np.float64], data: Dataset, *, choose: bool) -> dict[str, float]:
    """Score pairs, float64[n, 3] of left, right and score; `choose` the threshold of the best F1."""
    ends = found[:, :2].astype(np.int64)
    best = score_pairs(ends[:, 0], ends[:, 1], found[:, 2], data, choose)
    pairs = best.pairs
    return {"precision": pairs.precision, "recall": pairs.recall, "f1": pairs.f1, "threshold": best.threshold}


def call(python: Path, program: str, *arguments: str) -> None:
    """Run a peer's program; raises LapisError PEER_FAILED, without what it printed: that may hold values."""
    # The interpreter is the one that `make anchors` installed, the program is ours, and no shell sees the arguments.
    command = [str(python), str(PROGRAMS / program), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, timeout=PATIENCE, check=False)  # noqa: S603 — fixed programs, no shell
    except subprocess.TimeoutExpired:
        raise LapisError("PEER_FAILED", f"gave no answer within {PATIENCE} s", place=program) from None
    if done.returncode:
        raise LapisError("PEER_FAILED", f"ended with status {done.returncode}", place=program)


def table(data: Dataset) -> pa.Table:
    """Return what peers see: id, name, birth_date as yyyymmdd, sex, village, side; never the person."""
    records = data.records
    count = len(records)
    return pa.table(
        {
            "id": np.arange(count),
            "name": records["name"],
            "birth_date": pc.strftime(records["birth_date"], format="%Y%m%d"),
            "sex": records["sex"],
            "village": records["village"],
            "side": pa.nulls(count, pa.int8()) if data.side is None else pa.array(data.side),
        }
    )

"""`lapis bench link`: from stored encodings to persons, in a process of its own, and how good they are.

Synthetic Lampung is written as agencies' files, read, encoded, layered and split into compartments once and kept; what
is timed is reading those, every pass, and the merge. Keys are thrown away, and nothing is encrypted: what Parquet's
encryption costs is `lapis centre link`'s to tell.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from linkage.encoding import LinkagePolicy, Secret, bloom, layer, tokeniser
from linkage.encoding.compartments import Layered, Peppered, split
from linkage.encoding.keys import KEY_BYTES
from linkage.encoding.submission import AID
from linkage.encoding.tokeniser import AgencySecrets
from linkage.errors import LapisError
from linkage.evaluation import Dataset
from policies.linkage_policies import load_linkage_policy
from scripts import bench, console, engine, lampung, link_runs
from scripts.cli import command
from scripts.console import Answer, Sheet

PEOPLE = (20_000, 60_000, 200_000)
SEED = 1
PART = 100_000
"""Rows that are encoded and layered at once."""


def add_command(commands: Any) -> None:
    """Add the command to the group."""
    link = command(
        commands, "link", "from stored encodings to persons", "lapis bench link --people 1000000 --memory 1G"
    )
    link.add_argument(
        "--people", type=int, nargs="+", default=PEOPLE, help="sizes of synthetic Lampung, one after another"
    )
    link.add_argument("--store", type=Path, default=Path("build/bench"), help="where encodings are kept")
    engine.add_options(link)
    link.set_defaults(run=run)


def run(options: argparse.Namespace) -> Answer:
    """Prepare what is not there, then link each size."""
    if min(options.people) < 1:
        raise LapisError("BENCH_RANGE", "expected at least one person")
    policy = load_linkage_policy("lampung")
    chosen = engine.as_given(options)
    sizes = [_measure(_prepare(options.store, people, policy), people, chosen) for people in sorted(options.people)]
    result = {
        **bench.about({}),
        "policy": policy.name,
        "engine": options.engine,
        **sizes[-1],
        "growth": sizes,
        "exponent": _exponent(sizes),
    }
    return Answer(result, views(result))


def _measure(store: Path, people: int, chosen: list[str]) -> dict[str, Any]:
    # A process of its own: what came before must not count as its memory.
    program = [sys.executable, "-m", link_runs.__name__, str(store), *chosen]
    done = subprocess.run(program, capture_output=True, text=True, check=False)  # noqa: S603 — our own program
    if done.returncode:
        raise LapisError("BENCH_STOPPED", f"the worker ended with status {done.returncode}")
    return {"people": people, **json.loads(done.stdout)}


def _exponent(sizes: list[dict[str, Any]]) -> float | None:
    """Return the slope of log processor seconds over log rows, first size to last."""
    first, last = sizes[0], sizes[-1]
    if first["rows"] == last["rows"]:
        return None
    return float(np.log(last["cpu_seconds"] / first["cpu_seconds"]) / np.log(last["rows"] / first["rows"]))


def _prepare(store: Path, people: int, policy: LinkagePolicy) -> Path:
    folder = store / f"link-{people}-{SEED}-{policy.hash[:12]}"
    if (folder / "ready").exists():
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    with console.progress(f"{people:,} people") as track:
        track("lists", 0, 1)
        data = lampung.load(people, SEED, numbers=True)
        _encode(data, policy, folder, track)
    (folder / "ready").touch()
    return folder


def _encode(data: Dataset, policy: LinkagePolicy, folder: Path, track: Any) -> None:
    """Write each compartment as the centre would store it, and the truth beside, by record."""
    secrets = AgencySecrets(Secret(os.urandom(KEY_BYTES)), Secret(os.urandom(KEY_BYTES)))
    cells = {anchor.name: _Cells() for anchor in policy.anchors}
    made = []
    for start in range(0, len(data.records), PART):
        records = data.records.slice(start, PART)
        refs = pa.array([bytes(32)] * len(records), pa.binary(32))
        sent = pa.concat_tables(list(tokeniser.encode(records, refs, policy, secrets))).combine_chunks()
        made.append(_split(sent, policy, cells, data.person[start : start + PART]))
        track("encode", start + len(records), len(data.records))
    for name in made[0]:
        pq.write_table(pa.concat_tables([each[name] for each in made]).unify_dictionaries(), folder / f"{name}.parquet")


class _Cells:
    """Numbers an anchor's tokens, and draws each cell's layer key; what the vault would do."""

    def __init__(self) -> None:
        self._numbers: dict[bytes, int] = {}
        self._keys: list[Secret] = []

    def layer(self, tokens: pa.Array, filters: Any, majorities: int) -> tuple[Any, Any]:
        encoded = tokens.dictionary_encode()
        numbers = []
        for token in encoded.dictionary.to_pylist():
            numbers.append(self._numbers.setdefault(token, len(self._numbers)))
            if len(self._keys) < len(self._numbers):
                self._keys.append(Secret(os.urandom(KEY_BYTES)))
        cells = np.array(numbers, np.int64)[encoded.indices.to_numpy(zero_copy_only=False)]
        keys = {cell: self._keys[cell] for cell in np.unique(cells).tolist()}
        return cells, layer.harden(filters, cells, keys, majorities)


def _split(sent: pa.Table, policy: LinkagePolicy, cells: dict[str, _Cells], person: Any) -> dict[str, pa.Table]:
    anchors = {}
    for anchor in policy.anchors:
        meetings = sent[f"anchor_{anchor.name}"].combine_chunks()
        flat = meetings.flatten()
        filters = bloom.from_arrow(flat.field("filter"))
        numbers, filters = cells[anchor.name].layer(flat.field("token"), filters, policy.majorities(anchor))
        rows = pc.list_parent_indices(meetings).to_numpy(zero_copy_only=False).astype(np.int64)
        anchors[anchor.name] = Layered(rows, numbers, filters)
    nothing = pa.array([bytes(32)] * len(sent), pa.binary(32))
    peppered = Peppered(sent["nik"].combine_chunks(), sent["kk"].combine_chunks(), nothing, nothing, anchors)
    # Who is who goes through the split as if it were an aid column: the record's id is drawn inside.
    parts = split(sent.select(AID.names), peppered, os.urandom)
    truth = _truth(parts.handle_map, sent, person, parts.tokens)
    named = {f"filters-{name}": table for name, table in parts.filters.items()}
    return {"tokens": parts.tokens, "handles": parts.handle_map, "truth": truth, **named}


def _truth(handle_map: pa.Table, sent: pa.Table, person: Any, tokens: pa.Table) -> pa.Table:
    """Return record, person: a part's records stand in the handle map in the order of its rows."""
    mine = handle_map.filter(pc.equal(pc.cast(handle_map["compartment"], pa.string()), "token"))
    if len(mine) != len(sent) or len(tokens) != len(sent):
        raise LapisError("BENCH_STOPPED", "expected one row of tokens a record")
    return pa.table({"record": mine["record"], "person": pa.array(person, pa.int64())})


def views(result: dict[str, Any]) -> list[Sheet | str]:
    """Show the table for a person."""
    rows = [
        (f"{each['people']:,}", f"{each['rows']:,}", f"{each['seconds']:.1f}",
         f"{each['cpu_seconds']:.1f}", round(each["peak_mb"]),
         f"{each['candidates']:,}", f"{each['precision']:.4f}", f"{each['recall']:.4f}")
        for each in result["growth"]
    ]  # fmt: skip
    columns = ("people", "rows", "seconds", "of the processor", "peak MB", "candidate pairs", "precision", "recall")
    stages = [(name, f"{seconds:.1f}") for name, seconds in result["stages"].items()]
    lines: list[Sheet | str] = [
        f"{result['date']} · {result['cpu']['model']} · load {result['load']:.1f} on {result['cores']} cores",
        Sheet("From stored encodings to persons", columns, rows),
        Sheet(f"Where the time goes, {result['people']:,} people", ("stage", "seconds"), stages),
    ]
    if result["exponent"] is not None:
        lines.append(f"processor seconds grow with rows to the power of {result['exponent']:.2f}")
    return lines

"""`lapis bench link`: from stored encodings to persons, in a process of its own, and how good they are.

Synthetic Lampung is written as agencies' files, read, encoded, layered and split into compartments once and kept; what
is timed is reading those, every pass, and the merge. Above a million people, further ones are those of a smaller world
moved to other villages and years (`moved_worlds`), with numbers of their own. Keys are fixed, for nobody in there
exists, and nothing is encrypted: what Parquet's encryption costs is `lapis centre link`'s to tell.
"""

from __future__ import annotations

import argparse
import hashlib
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
from linkage.encoding.submission import AID
from linkage.encoding.tokeniser import AgencySecrets
from linkage.errors import LapisError
from linkage.evaluation import Dataset
from policies.linkage_policies import load_linkage_policy
from scripts import bench, console, engine, lampung, link_runs, moved_worlds
from scripts.cli import command
from scripts.console import Answer, Sheet

PEOPLE = (20_000, 60_000, 200_000)
SEED = 1
WORLD = 1_000_000
"""People of a world at most."""
PART = 1_000_000
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
    link_runs.add_options(link)
    engine.add_options(link)
    link.set_defaults(run=run)


def run(options: argparse.Namespace) -> Answer:
    """Prepare what is not there, then link each size."""
    if min(options.people) < 1:
        raise LapisError("BENCH_RANGE", "expected at least one person")
    policy = load_linkage_policy("lampung")
    chosen = [*engine.as_given(options), f"--new={options.new}", *(["--missed"] if options.missed else [])]
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


def _measure(worlds: list[Path], people: int, chosen: list[str]) -> dict[str, Any]:
    # A process of its own: what came before must not count as its memory.
    program = [sys.executable, "-m", link_runs.__name__, *map(str, worlds), *chosen]
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


def _prepare(store: Path, people: int, policy: LinkagePolicy) -> list[Path]:
    parts = [(start, min(WORLD, people - start)) for start in range(0, people, WORLD)]
    return [_world(store, start, size, policy) for start, size in parts]


def _world(store: Path, start: int, people: int, policy: LinkagePolicy) -> Path:
    folder = store / f"link-{f'{start}-' if start else ''}{people}-{SEED}-{policy.hash[:12]}"
    if (folder / "ready").exists():
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    with console.progress(f"{people:,} people") as track:
        track("lists", 0, 1)
        moved = start and moved_worlds.load(store, SEED, start, people)
        _encode(moved or lampung.load(people, SEED, numbers=True), policy, folder, track)
    (folder / "ready").touch()
    return folder


def _encode(data: Dataset, policy: LinkagePolicy, folder: Path, track: Any) -> None:
    """Write each compartment as the centre would store it, and the truth beside, by record."""
    secrets = AgencySecrets(Secret(_drawn(b"epoch")), Secret(_drawn(b"refs")))
    made = []
    for start in range(0, len(data.records), PART):
        records = data.records.slice(start, PART)
        refs = pa.array([bytes(32)] * len(records), pa.binary(32))
        sent = pa.concat_tables(list(tokeniser.encode(records, refs, policy, secrets))).combine_chunks()
        made.append(_split(sent, policy, data.person[start : start + PART]))
        track("encode", start + len(records), len(data.records))
    for name in made[0]:
        pq.write_table(pa.concat_tables([each[name] for each in made]).unify_dictionaries(), folder / f"{name}.parquet")


def _drawn(of: bytes) -> bytes:
    """Return 32 bytes that look drawn, the same in every world."""
    return hashlib.sha256(b"bench link" + of).digest()


def _layered(tokens: pa.Array, filters: Any, majorities: int) -> tuple[Any, Any]:
    """Give an anchor's tokens numbers, and layer each cell under its key; what the vault would do."""
    encoded = tokens.dictionary_encode()
    keys = {}
    for token in encoded.dictionary.to_pylist():
        key = _drawn(token)
        keys[int.from_bytes(key[:8], "big") >> 1] = Secret(key)
    cells = np.array(list(keys), np.int64)[encoded.indices.to_numpy(zero_copy_only=False)]
    return cells, layer.harden(filters, cells, keys, majorities)


def _of_move(tokens: pa.Array, move: Any) -> pa.Array:
    """Make tokens of numbers those of a move, uint8[n]: moved people have numbers of their own."""
    if not move.any():
        return tokens
    octets = np.zeros((len(tokens), 32), np.uint8)
    known = tokens.is_valid().to_numpy(zero_copy_only=False)
    octets[known] = bloom.from_arrow(tokens.drop_null())
    octets[:, 0] ^= move
    return pc.if_else(tokens.is_valid(), bloom.to_arrow(octets), None)


def _split(sent: pa.Table, policy: LinkagePolicy, person: Any) -> dict[str, pa.Table]:
    anchors, move = {}, (person // moved_worlds.APART).astype(np.uint8)
    for anchor in policy.anchors:
        meetings = sent[f"anchor_{anchor.name}"].combine_chunks()
        flat = meetings.flatten()
        rows = pc.list_parent_indices(meetings).to_numpy(zero_copy_only=False).astype(np.int64)
        tokens = _of_move(flat.field("token"), move[rows]) if "nik" in anchor.parts else flat.field("token")
        layered = _layered(tokens, bloom.from_arrow(flat.field("filter")), policy.majorities(anchor))
        anchors[anchor.name] = Layered(rows, *layered)
    nothing = pa.array([bytes(32)] * len(sent), pa.binary(32))
    nik, kk = (_of_move(sent[name].combine_chunks(), move) for name in ("nik", "kk"))
    # Who is who goes through the split as if it were an aid column: the record's id is drawn inside.
    parts = split(sent.select(AID.names), Peppered(nik, kk, nothing, nothing, anchors), os.urandom)
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
    if "new" in result:
        lines.append(f"{result['new']:,} new rows against the rest: {result['new_seconds']:.1f} seconds")
    if "missed" in result:
        causes = [(cause, f"{pairs:,}") for cause, pairs in result["missed"].items()]
        lines.append(Sheet("Why matches were missed", ("cause", "pairs"), causes))
    if result["exponent"] is not None:
        lines.append(f"processor seconds grow with rows to the power of {result['exponent']:.2f}")
    return lines

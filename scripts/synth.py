"""`lapis synth`: write synthetic Lampung as agencies' files, with the truth apart.

Touches nothing but the directory it is given; reads no real list.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from linkage.synth import (
    PEOPLE_SCHEMA,
    PERIOD,
    REGISTER,
    ROWS_SCHEMA,
    Batch,
    SynthError,
    generate,
    load_dials,
    treasury,
)
from linkage.synth.rupiah import Rupiah
from scripts import console
from scripts.cli import finish
from scripts.console import Answer, Sheet
from scripts.workbooks import ListFile, open_list

Report = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class SynthSummary:
    """What was written: people in the world, those on any list, rows and files by agency."""

    people: int
    listed: int
    rows: dict[str, int]
    files: dict[str, int]


@dataclass(slots=True)
class _Desk:
    """The files in writing: those open, and what `sources.json` will say of every one."""

    out: Path
    sources: dict[str, dict[str, Any]] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    open_files: dict[str, ListFile] = field(default_factory=dict)
    current: dict[str, str] = field(default_factory=dict)
    ledger: treasury.Ledger = field(default_factory=treasury.Ledger)

    def write(self, batch: Batch) -> None:
        """Write a batch to its file; a roll's earlier file is finished when the next one begins."""
        if batch.file not in self.open_files:
            earlier = self.current.get(batch.roll.key)
            if earlier is not None:
                self.open_files.pop(earlier).close()
            self.open_files[batch.file] = open_list(self.out / batch.file, batch)
            self.current[batch.roll.key] = batch.file
            self._note(batch)
        self.open_files[batch.file].add(batch)
        self.ledger.add(batch)
        self.rows[batch.roll.agency] = self.rows.get(batch.roll.agency, 0) + len(batch.truth)

    def close(self) -> None:
        """Finish every file."""
        for file in self.open_files.values():
            file.close()
        self.open_files.clear()

    def _note(self, batch: Batch) -> None:
        """Note what an operator knows of a file: its programme and period, and its regency where it is of one."""
        defaults: dict[str, Any] = {"programme": batch.roll.programme, "period": PERIOD}
        if batch.roll is REGISTER:
            defaults = {"register": True}
        if batch.regency:
            defaults["regency"] = batch.regency
        agency, kind = batch.roll.agency, "xlsx" if batch.layout.is_workbook else "csv"
        entry = {"agency": agency, "name": batch.layout.agency_name, "kind": kind, "files": []}
        self.sources.setdefault(agency, entry)["files"].append({"path": batch.file, "defaults": defaults})


def run(people: int, seed: int, out: Path, report: Report | None = None) -> SynthSummary:
    """Write a world of `people` people to `out`: files by agency, `sources.json`, `treasury/`, and `truth/` apart.

    `report` is called with (people done, people in all) after each block. Raise `OUT_NOT_EMPTY` unless `out` is new or
    empty.
    """
    if out.exists() and any(out.iterdir()):
        raise SynthError(
            "OUT_NOT_EMPTY", "expected an empty or new directory", place=out.name, hint="give another --out"
        )
    blocks = generate(people, seed, load_dials())
    (out / "truth").mkdir(parents=True, exist_ok=True)
    desk, done, listed = _Desk(out), 0, 0
    with ExitStack() as stack:
        stack.callback(desk.close)
        rows_truth = stack.enter_context(pq.ParquetWriter(out / "truth" / "rows.parquet", ROWS_SCHEMA))
        people_truth = stack.enter_context(pq.ParquetWriter(out / "truth" / "people.parquet", PEOPLE_SCHEMA))
        for block in blocks:
            seen: set[int] = set()
            for batch in block.batches:
                desk.write(batch)
                rows_truth.write_table(batch.truth)
                seen.update(batch.truth["person"].to_pylist())
            people_truth.write_table(block.people)
            done, listed = done + len(block.people), listed + len(seen)
            if report is not None:
                report(done, people)
    _write_treasury(out, desk.ledger.close(seed))
    sources = [desk.sources[agency] for agency in sorted(desk.sources)]
    (out / "sources.json").write_text(json.dumps(sources, indent=1) + "\n", encoding="utf-8")
    return SynthSummary(done, listed, desk.rows, {entry["agency"]: len(entry["files"]) for entry in sources})


def _write_treasury(out: Path, rupiah: Rupiah) -> None:
    """Write what the treasury has, and the truth about it."""
    sheets = (
        ("anggaran.csv", treasury.FUNDS, treasury.fund_rows(rupiah)),
        ("sp2d.csv", treasury.ORDERS, treasury.order_rows(rupiah)),
    )
    (out / "treasury").mkdir()
    for name, header, rows in sheets:
        with (out / "treasury" / name).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\r\n").writerows([header, *rows])
    pq.write_table(rupiah.lines, out / "truth" / "rupiah.parquet")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "--people", type=int, required=True, metavar="N", help="people in the world (20000 for a trial)"
    )
    parser.add_argument(
        "--seed", type=int, default=1, metavar="S", help="the same seed makes the same files (default 1)"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="a new or empty directory")
    parser.set_defaults(run=answer)
    finish(parser, "lapis synth --people 20000 --seed 1 --out build/lampung")


def answer(options: argparse.Namespace) -> Answer:
    """Write the files and say what was written."""
    with console.progress("synth") as track:
        summary = run(options.people, options.seed, options.out, lambda done, total: track("people", done, total))
    rows = [(agency, summary.files[agency], count) for agency, count in summary.rows.items()]
    title = f"{summary.people:,} people, {summary.listed:,} of them on the lists"
    return Answer(asdict(summary), [Sheet(title, ("source", "files", "rows"), rows)])

"""`lapis bench agency`: from an operator's workbook to a sealed submission and her workbook back, on one core.

The list is written once and kept. What is timed is the whole command, in a process of its own with nothing of the
centre in it; beside it stands clkhash, which encodes the same rows and does nothing else of all that.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import xlsxwriter
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from linkage.encoding import CentreCard, cards
from linkage.errors import LapisError
from linkage.identity import gazetteer
from scripts import agency_runs, bench, cli, console, peers
from scripts.cli import command
from scripts.console import Answer, Sheet

ROWS, COLUMNS = 500_000, 12
HEADS = (
    "No", "NIK", "No KK", "Nama", "Jenis Kelamin", "Tanggal Lahir", "Desa", "Kecamatan", "Kabupaten", "RT/RW",
    "Program", "Nominal",
)  # fmt: skip
HEADER_ROW = 3
RECORD = ("name", f"birth_{bench.CHOSEN}", "sex", "village", "nik", "kk")


def add_command(commands: Any) -> None:
    """Add the command to the group."""
    agency = command(commands, "agency", "from a workbook to a sealed submission", "lapis bench agency --json")
    agency.add_argument("--rows", type=int, default=ROWS, help=f"of the list (default {ROWS})")
    agency.add_argument("--columns", type=int, default=COLUMNS, help=f"of the list, at least {COLUMNS}")
    agency.add_argument("--store", type=Path, default=Path("build/bench"), help="where lists are kept")
    agency.add_argument("--anchors", type=Path, default=peers.ANCHORS, help="where `make anchors` put the peers")
    agency.set_defaults(run=run)


def run(options: argparse.Namespace) -> Answer:
    """Write the list if it is not there, tokenise it, and let clkhash encode its rows."""
    if options.rows < 1 or options.columns < COLUMNS:
        raise LapisError("BENCH_RANGE", f"expected at least one row and {COLUMNS} columns")
    rows, path = _prepare(options.store, options.rows, options.columns)
    with tempfile.TemporaryDirectory(prefix="lapis-", dir=options.store) as folder:
        found = _tokenise(path, Path(folder))
    theirs = _clkhash(rows, options.rows, options.anchors)
    result = {
        **bench.about({}),
        "rows": options.rows,
        "columns": options.columns,
        **found,
        "clkhash_seconds": theirs,
        "ratio": theirs and theirs / found["seconds"],
    }
    return Answer(result, [_sheet(result)])


def _prepare(store: Path, count: int, columns: int) -> tuple[Path, Path]:
    """Return the rows as Parquet, and as the workbook that an agency has of them."""
    store.mkdir(parents=True, exist_ok=True)
    rows, path = store / f"agency-{count}.parquet", store / f"agency-{count}-{columns}.xlsx"
    with console.progress("list") as track:
        track("people", 0, 1)
        if not rows.exists():
            pq.write_table(bench.people(count), rows)
        track("workbook", 0, 1)
        if not path.exists():
            _write(rows, path, columns)
    return rows, path


def _write(rows: Path, path: Path, columns: int) -> None:
    part = path.with_suffix(".part")
    heads = [*HEADS, *(f"Catatan {number}" for number in range(columns - len(HEADS)))]
    with xlsxwriter.Workbook(part, {"constant_memory": True, "tmpdir": str(path.parent)}) as book:
        sheet = book.add_worksheet("Penerima")
        sheet.write_string(0, 0, "DAFTAR PENERIMA")
        for column, head in enumerate(heads):
            sheet.write_string(HEADER_ROW - 1, column, head)
        for number, cells in enumerate(_cells(rows, len(heads)), HEADER_ROW):
            for column, cell in enumerate(cells):
                if isinstance(cell, str):
                    sheet.write_string(number, column, cell)
                elif cell is not None:
                    sheet.write_number(number, column, cell)
    part.rename(path)


def _cells(rows: Path, width: int) -> Iterator[list[str | int | None]]:
    names, number = gazetteer().names, 0
    for batch in pq.ParquetFile(rows).iter_batches(columns=list(RECORD)):
        for row in batch.to_pylist():
            number += 1
            village, day = row["village"], row[RECORD[1]]
            cells = [number, row["nik"], row["kk"], row["name"], row["sex"], day.strftime("%d-%m-%Y")]
            cells += [names.get(village[:length], "") for length in (13, 8, 5)]
            cells += [f"{number % 9 + 1:03d}/{number % 7 + 1:03d}", "ZAKAT", 600_000]
            yield cells + [f"isi {column} {number % 997}" for column in range(width - len(cells))]


def _tokenise(path: Path, folder: Path) -> dict[str, Any]:
    secret = folder / "secret"
    secret.write_text("not a secret: thrown away")
    unlock, home = ["--passphrase-file", str(secret)], ["--home", str(folder / "agency")]
    _enrol(folder, unlock, home)
    core = max(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 0
    program = [sys.executable, "-m", agency_runs.__name__, str(core), str(path), "--programme", "ZAKAT"]
    given = ["--period", "2026-03", "--give-back", str(folder), *home, *unlock]
    done = subprocess.run([*program, *given], capture_output=True, text=True, check=False)  # noqa: S603 — our own program
    if done.returncode:
        raise LapisError("BENCH_STOPPED", f"the worker ended with status {done.returncode}")
    return dict(json.loads(done.stdout))


def _enrol(folder: Path, unlock: list[str], home: list[str]) -> None:
    """Make a custodian, an agency and an epoch by their commands; nobody holds the centre's key."""
    key = rsa.generate_private_key(65537, 3072).public_key()
    pem = key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    (folder / "centre.json").write_text(cards.dump(CentreCard("bench", 1, pem.decode())))
    custodian = ["--home", str(folder / "custodian"), *unlock]
    known = ["--centre", str(folder / "centre.json"), "--custodian", str(folder / "custodian" / "card.json")]
    for step in (
        ["custodian", "init", "--name", "bench", *custodian],
        ["agency", "enrol", "--id", "bench", "--name", "bench", *known, *home, *unlock],
        [
            "custodian",
            "agreement",
            f"{home[1]}/card.json",
            "--number",
            "bench",
            "--signed",
            "2026-01-01",
            "--until",
            "2100-01-01",
            "--document",
            str(folder / "centre.json"),
            "--home",
            str(folder / "custodian"),
        ],
        ["custodian", "epoch", "1", "--agency", f"{home[1]}/card.json", "--out", str(folder), *custodian],
        ["agency", "epoch", f"{folder}/1.bench.bundle", *home, *unlock],
    ):
        with contextlib.redirect_stdout(io.StringIO()):
            if cli.main([*step, "--json"]):
                raise LapisError("BENCH_STOPPED", "the agency cannot be made")


def _clkhash(rows: Path, count: int, anchors: Path) -> float | None:
    """Return the processor's seconds that clkhash takes for the same rows; None where it is not installed."""
    python = peers.interpreter(anchors, "anonlink")
    if python is None:
        return None
    core = str(max(os.sched_getaffinity(0)))
    with bench.work([str(python), str(peers.PROGRAMS / "clkhash_rows.py"), str(rows), core]) as worker:
        return float(worker.ask(fields=list(RECORD), rows=count)["seconds"])


def _sheet(result: dict[str, Any]) -> Sheet:
    shown = ("rows", "columns", "seconds", "wall", "peak_mb", "clkhash_seconds", "ratio")
    return Sheet("From a workbook to a sealed submission, on one core", shown, [[result[name] for name in shown]])

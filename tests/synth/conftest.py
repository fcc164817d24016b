"""One synthetic world for the whole suite, read back from its files as anyone would."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from python_calamine import CalamineWorkbook

from linkage.synth import LAYOUTS, REGISTER, ROLLS
from scripts.synth import run

PEOPLE = 20_000
KEYS = {roll.programme: roll.key for roll in (*ROLLS, REGISTER)}


@dataclass(frozen=True)
class Row:
    """One row of a file: the truth about it, the truth about its person, and its cells by role."""

    truth: dict[str, Any]
    person: dict[str, Any]
    cells: dict[str, Any]

    @property
    def faults(self) -> list[str]:
        return self.truth["faults"]


@dataclass(frozen=True)
class World:
    out: Path
    people: list[dict[str, Any]]
    rows: list[Row]
    register: list[Row]

    def without_damaged_file(self) -> list[Row]:
        return [row for row in self.rows if not row.truth["file"].endswith("bansos-18.06.xlsx")]


def read_sheets(path: Path) -> dict[str, list[list[Any]]]:
    """Read a file's sheets as rows of cells, row 1 first."""
    if path.suffix == ".xlsx":
        book = CalamineWorkbook.from_path(path)
        return {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}
    delimiter = ";" if path.parent.name == "csr" else ","
    with path.open(encoding="utf-8", newline="") as file:
        return {"": list(csv.reader(file, delimiter=delimiter))}


def read_world(out: Path) -> World:
    people = pq.read_table(out / "truth" / "people.parquet").to_pylist()
    by_person = {person["person"]: person for person in people}
    sheets: dict[str, dict[str, list[list[Any]]]] = {}
    rows: list[Row] = []
    for truth in pq.read_table(out / "truth" / "rows.parquet").to_pylist():
        if truth["file"] not in sheets:
            sheets[truth["file"]] = read_sheets(out / truth["file"])
        cells = sheets[truth["file"]][truth["sheet"]][truth["row"] - 1]
        roles = [role for _, role in LAYOUTS[KEYS[truth["programme"]]].columns]
        rows.append(Row(truth, by_person[truth["person"]], dict(zip(roles, cells, strict=True))))
    lists = [row for row in rows if row.truth["programme"]]
    return World(out, people, lists, [row for row in rows if not row.truth["programme"]])


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    out = tmp_path_factory.mktemp("synth") / "lampung"
    run(PEOPLE, 7, out)
    yield read_world(out)


@pytest.fixture(scope="session")
def sources(world: World) -> list[dict[str, Any]]:
    return json.loads((world.out / "sources.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session", name="read_sheets")
def read_sheets_once() -> Callable[[Path], dict[str, list[list[Any]]]]:
    return cache(read_sheets)

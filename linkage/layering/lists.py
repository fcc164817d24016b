"""The code lists of the published schema, and what is known of each programme: facts, never a value of a list."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from linkage.layering.errors import LayeringError

LISTS = (
    "needs", "lacks", "exposures", "funds", "forms", "payees", "statuses", "beneficiaries", "references",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Code:
    """One code: its words for people, its source column in P3KE and DTSEN, V (read in a source) or G (general)."""

    code: str
    id: str
    en: str
    p3ke: str
    dtsen: str
    basis: str


@dataclass(frozen=True, slots=True)
class Programme:
    """What a programme gives: its usual fund and form, the needs it meets, and what must be within reach for it."""

    code: str
    fund: str
    form: str
    needs: tuple[str, ...]
    requires: tuple[str, ...]


def _rows(name: str) -> list[dict[str, str]]:
    text = files(__package__).joinpath("data", f"{name}.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


@cache
def codes(name: str) -> dict[str, Code]:
    """Return a list of `LISTS` by code; raises LayeringError LIST_UNKNOWN."""
    if name not in LISTS:
        raise LayeringError("LIST_UNKNOWN", "no code list of that name", place="layering/data")
    return {row["code"]: Code(**row) for row in _rows(name)}


@cache
def programmes() -> dict[str, Programme]:
    """Return every programme by code, in the order of the table."""
    return {
        row["code"]: Programme(
            row["code"], row["fund"], row["form"], tuple(row["needs"].split()), tuple(row["requires"].split())
        )
        for row in _rows("programmes")
    }

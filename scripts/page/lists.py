"""A list that was put in: read, its columns seen and corrected, what was found, given back. In memory alone.

Shows headers, letters, the form of cells, places and counts; never a cell.
"""

from __future__ import annotations

import itertools
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from linkage import giveback as words
from linkage import identity
from linkage.giveback import Language, Tally
from linkage.identity import Candidate, Choices, Code, Defaults, IdentityError, Reading
from scripts import giveback
from scripts.giveback import Wish

SURE, FAIR = 0.9, 0.6
_HEAD = 15
_LOOKED = 40
_WIDEST = 60
_FORM = 18
_PLACES = 12
_VILLAGES = 200
NOT_SENT = "-"

Rows = Sequence[Sequence[identity.Cell]]


@dataclass(frozen=True, slots=True)
class ColumnHead:
    """A column of a sheet: its letters, its header, what chooses it, and the form of its first cell."""

    letters: str
    header: str
    choice: str
    form: str


@dataclass(frozen=True, slots=True)
class Told:
    """How a role's column was found: its choice, how surely, and by what: `you`, `sure`, `fair`, `doubt`, `none`."""

    role: str
    choice: str
    confidence: float
    how: str
    findings: tuple[str, ...]


@dataclass(slots=True, repr=False)
class OpenList:
    """One list: its octets, what the operator said about it, and what was read. Does not print.

    `single`: it is of one person, from the form. `sealed`: the digest of its submission, once there is one.
    """

    number: int
    name: str
    data: bytes
    defaults: Defaults
    single: bool = False
    choices: dict[str, str] = field(default_factory=dict)
    encoding: str | None = None
    reading: Reading | None = None
    doubts: dict[str, tuple[Candidate, ...]] = field(default_factory=dict)
    sealed: str | None = None
    found: dict[str, Findings] = field(default_factory=dict)

    def read(self) -> None:
        """Read it by what was said; raises IdentityError. Where two columns fit equally, neither is taken."""
        self.reading, self.doubts, self.sealed, self.found = None, {}, None, {}

        def ask(role: str, _place: str, candidates: Sequence[Candidate]) -> Candidate | None:
            self.doubts[role] = tuple(candidates)
            return None

        choices = Choices(self.choices, self.encoding)
        self.reading = identity.read_records(self.data, self.name, self.defaults, choices=choices, ask=ask)

    def read_as(self, kept: dict[str, str]) -> None:
        """Read it by columns that were kept from another list; those that this one lacks are left out."""
        self.choices = dict(kept)
        try:
            self.read()
        except IdentityError as error:
            if error.code != "MAPPING_COLUMN":
                raise
            self.choices = {}
            self.read()
            heads = {head.choice.casefold(): head.choice for head in self.columns()[1]} | {NOT_SENT: NOT_SENT}
            found = {role: heads.get(" ".join(choice.split()).casefold()) for role, choice in kept.items()}
            self.choices = {role: choice for role, choice in found.items() if choice}
            self.read()

    def columns(self) -> tuple[str, list[ColumnHead]]:
        """Return the name of the first sheet with a list, or with anything, and its columns."""
        mappings = self.reading.mappings if self.reading else {}
        for sheet in identity.read_sheets(self.data, self.name, self.encoding):
            if sheet.hidden or (mappings and sheet.name not in mappings):
                continue
            rows = [list(row) for row in itertools.islice(sheet.rows(), _HEAD + _LOOKED)]
            if any(cell not in {None, ""} for row in rows for cell in row):
                mapping = mappings.get(sheet.name)
                head = rows[mapping.header_row - 1 : mapping.first_row - 1] if mapping else []
                return sheet.name, _heads(head, rows[mapping.first_row - 1 :] if mapping else rows)
        return "", []

    def told(self, sheet: str, heads: Sequence[ColumnHead]) -> list[Told]:
        """Return what was found for each role in a sheet."""
        mapping = self.reading.mappings.get(sheet) if self.reading else None
        return [_told(role, mapping, heads, self.choices, self.doubts) for role in identity.ROLES]

    def given_back(self, folder: Path, language: Language) -> tuple[str, bytes]:
        """Return the workbook with its verdicts, and its name; `folder` holds it for a moment and no longer."""
        assert self.reading is not None  # noqa: S101 - the pages lead here after reading alone
        with tempfile.TemporaryDirectory(dir=folder) as own:
            given = giveback.give(Path(self.name), self.data, self.reading, Wish(Path(own), language), self.encoding)
            return given.path.name, given.path.read_bytes()

    def findings(self, language: Language) -> Findings:
        """Return what was found, counted once."""
        assert self.reading is not None  # noqa: S101 - likewise
        if language not in self.found:
            self.found[language] = findings(self.reading, language)
        return self.found[language]


def _heads(head: Rows, body: Rows) -> list[ColumnHead]:
    width = min(max(map(len, (*head, *body)), default=0), _WIDEST)
    titles = [_title(head, column) for column in range(width)]
    counts = Counter(title.casefold() for title in titles)
    heads = []
    for column, title in enumerate(titles):
        letters = identity.letters(column)
        lasting = title if title and counts[title.casefold()] == 1 else letters
        cells = (row[column] for row in body if column < len(row))
        first = next((cell for cell in cells if cell not in {None, ""}), None)
        heads.append(ColumnHead(letters, title, lasting, shape(first)))
    return heads


def _title(head: Rows, column: int) -> str:
    """Return a column's header: the lower one where there are two."""
    cells = (row[column] for row in reversed(head) if column < len(row))
    return next((" ".join(cell.split()) for cell in cells if isinstance(cell, str) and cell.strip()), "")


def shape(cell: identity.Cell) -> str:
    """Return the form of a cell and nothing of it: 9 for a digit, A and a for letters, other signs as they are."""
    if cell is None:
        return ""
    text = str(cell)
    signs = ["9" if sign.isdigit() else "A" if sign.isupper() else "a" if sign.isalpha() else sign for sign in text]
    return "".join(signs[:_FORM]) + ("…" if len(signs) > _FORM else "")


def _told(
    role: str,
    mapping: identity.Mapping | None,
    heads: Sequence[ColumnHead],
    choices: dict[str, str],
    doubts: dict[str, tuple[Candidate, ...]],
) -> Told:
    said = tuple(one.code for one in mapping.findings if one.role == role) if mapping else ()
    if mapping is None or role not in mapping.columns:
        how = "you" if choices.get(role) == "-" else "doubt" if role in doubts else "none"
        return Told(role, "-", 0.0, how, said)
    column, confidence = mapping.columns[role], mapping.confidence[role]
    choice = heads[column].choice if column < len(heads) else identity.letters(column)
    how = (
        "you" if role in mapping.chosen else "sure" if confidence >= SURE else "fair" if confidence >= FAIR else "doubt"
    )
    return Told(role, choice, confidence, how, said)


@dataclass(frozen=True, slots=True)
class Cause:
    """A verdict code, how many rows it meets, and the places of the first of them."""

    code: Code
    rows: int
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Village:
    """A village: its name, counts of rows by status, and what was found there, the worst first."""

    name: str
    rows: int
    statuses: dict[str, int]
    causes: tuple[Cause, ...]


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found in a list: its counts, everything by cause, and the villages with most to do first."""

    tally: Tally
    causes: tuple[Cause, ...]
    villages: tuple[Village, ...]
    left_out: int


def findings(reading: Reading, language: Language) -> Findings:
    """Count what was found; of many villages only the first are told, and how many are left out."""
    tally = words.tally(reading, words.judge(reading))
    met = _met(reading)
    by_village = _causes(met, met.village, reading)
    every = _causes(met, np.zeros(len(met.code), np.int64), reading)
    found = [
        Village(words.village_name(code, language), sum(counts.values()), counts, by_village.get(met.number(code), ()))
        for code, counts in tally.villages.items()
    ]
    found.sort(key=lambda one: ([-one.statuses.get(status, 0) for status in words.STATUSES[:3]], one.name))
    return Findings(tally, every.get(0, ()), tuple(found[:_VILLAGES]), max(0, len(found) - _VILLAGES))


@dataclass(frozen=True, slots=True, repr=False)
class _Met:
    """Verdicts of rows in the order of the list: int64 numbers of village and code, sheet and row of each."""

    village: NDArray[np.int64]
    code: NDArray[np.int64]
    sheets: pa.Array
    rows: NDArray[np.int32]
    villages: list[str]
    codes: list[str]

    def number(self, village: str) -> int:
        """Return the number of a village, -1 if nothing was found there."""
        return self.villages.index(village) if village in self.villages else -1


def _met(reading: Reading) -> _Met:
    """Return each verdict code once for each row that it meets, with the village of the row."""
    rows = reading.records.select(["sheet", "row", "village"])
    rejects = reading.verdicts.filter(pc.equal(reading.verdicts["severity"], "reject")).select(["sheet", "row"])
    gone = rejects.group_by(["sheet", "row"]).aggregate([])
    gone = gone.append_column("village", pa.array([NOT_SENT] * len(gone), pa.string()))
    listed = pa.concat_tables([rows, gone.select(["sheet", "row", "village"]).cast(rows.schema)])
    told = reading.verdicts.select(["sheet", "row", "code"]).group_by(["sheet", "row", "code"]).aggregate([])
    met = told.join(listed, ["sheet", "row"], join_type="inner").sort_by([("sheet", "ascending"), ("row", "ascending")])
    met = met.combine_chunks()
    village, code = (pc.dictionary_encode(_one(pc.fill_null(met[name], ""))) for name in ("village", "code"))
    return _Met(
        village.indices.to_numpy().astype(np.int64),
        code.indices.to_numpy().astype(np.int64),
        _one(met["sheet"]),
        met["row"].to_numpy(),
        village.dictionary.to_pylist(),
        code.dictionary.to_pylist(),
    )


def _one(column: pa.ChunkedArray) -> pa.Array:
    return pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)


def _causes(met: _Met, group: NDArray[np.int64], reading: Reading) -> dict[int, tuple[Cause, ...]]:
    """Return the causes in each group of verdicts, the worst first."""
    several = len(reading.mappings) > 1
    keys = group * max(1, len(met.codes)) + met.code
    order = np.argsort(keys, kind="stable")
    distinct, starts, counts = np.unique(keys[order], return_index=True, return_counts=True)
    found: dict[int, list[Cause]] = {}
    for key, start, count in zip(distinct.tolist(), starts.tolist(), counts.tolist(), strict=True):
        where = order[start : start + min(count, _PLACES)].tolist()
        places = tuple(f"{met.sheets[at]} {met.rows[at]}" if several else str(met.rows[at]) for at in where)
        number, code = divmod(key, len(met.codes))
        found.setdefault(number, []).append(Cause(identity.codes()[met.codes[code]], count, places))
    return {number: tuple(sorted(every, key=_weight)) for number, every in found.items()}


def _weight(one: Cause) -> tuple[int, int]:
    return words.STATUSES.index(one.code.severity), -one.rows

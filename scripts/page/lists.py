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

import pyarrow as pa
import pyarrow.compute as pc

from linkage import giveback as words
from linkage import identity
from linkage.giveback import Language, Tally
from linkage.identity import Candidate, Choices, Code, Defaults, Reading
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

    def read(self) -> None:
        """Read it by what was said; raises IdentityError. Where two columns fit equally, neither is taken."""
        self.reading, self.doubts, self.sealed = None, {}, None

        def ask(role: str, _place: str, candidates: Sequence[Candidate]) -> Candidate | None:
            self.doubts[role] = tuple(candidates)
            return None

        choices = Choices(self.choices, self.encoding)
        self.reading = identity.read_records(self.data, self.name, self.defaults, choices=choices, ask=ask)

    def columns(self) -> tuple[str, list[ColumnHead]]:
        """Return the name of the first sheet with a list, or with anything, and its columns."""
        mappings = self.reading.mappings if self.reading else {}
        for sheet in identity.read_sheets(self.data, self.name, self.encoding):
            if sheet.hidden or (mappings and sheet.name not in mappings):
                continue
            rows = [list(row) for row in itertools.islice(sheet.rows(), _HEAD + _LOOKED)]
            if any(cell not in {None, ""} for row in rows for cell in row):
                mapping = mappings.get(sheet.name)
                return sheet.name, _heads(rows, mapping.header_row if mapping else 0)
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

    def tally(self) -> Tally:
        """Count what was found."""
        assert self.reading is not None  # noqa: S101 - likewise
        return words.tally(self.reading, words.judge(self.reading))


def _heads(rows: Sequence[Sequence[identity.Cell]], header_row: int) -> list[ColumnHead]:
    width = min(max(map(len, rows), default=0), _WIDEST)
    titles = [_title(rows, header_row, column) for column in range(width)]
    counts = Counter(title.casefold() for title in titles)
    heads = []
    for column, title in enumerate(titles):
        letters = identity.letters(column)
        lasting = title if title and counts[title.casefold()] == 1 else letters
        cells = (row[column] for row in rows[header_row:] if column < len(row))
        first = next((cell for cell in cells if cell not in {None, ""}), None)
        heads.append(ColumnHead(letters, title, lasting, shape(first)))
    return heads


def _title(rows: Sequence[Sequence[identity.Cell]], header_row: int, column: int) -> str:
    row = rows[header_row - 1] if header_row else ()
    cell = row[column] if column < len(row) else None
    return " ".join(cell.split()) if isinstance(cell, str) else ""


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


def villages(reading: Reading, tally: Tally, language: Language) -> tuple[list[Village], int]:
    """Return the villages with most to do first, and how many are left out."""
    said = _by_village(reading)
    found = [
        Village(words.village_name(code, language), sum(counts.values()), counts, _causes(said.get(code, {})))
        for code, counts in tally.villages.items()
    ]
    found.sort(key=lambda one: ([-one.statuses.get(status, 0) for status in words.STATUSES[:3]], one.name))
    return found[:_VILLAGES], max(0, len(found) - _VILLAGES)


def causes(reading: Reading) -> tuple[Cause, ...]:
    """Return everything that was found in the rows of a list, the worst first."""
    found: dict[str, list[str]] = {}
    for rows in _by_village(reading).values():
        for code, places in rows.items():
            found.setdefault(code, []).extend(places)
    return _causes(found)


def _causes(said: dict[str, list[str]]) -> tuple[Cause, ...]:
    known = identity.codes()
    found = [Cause(known[code], len(places), tuple(places[:_PLACES])) for code, places in said.items()]
    return tuple(sorted(found, key=lambda one: (words.STATUSES.index(one.code.severity), -one.rows)))


def _by_village(reading: Reading) -> dict[str, dict[str, list[str]]]:
    """Return the rows of each verdict code in each village, as places."""
    rows = reading.records.select(["sheet", "row", "village"])
    rejects = reading.verdicts.filter(pc.equal(reading.verdicts["severity"], "reject")).select(["sheet", "row"])
    gone = rejects.group_by(["sheet", "row"]).aggregate([])
    gone = gone.append_column("village", pa.array([NOT_SENT] * len(gone), pa.string()))
    listed = pa.concat_tables([rows, gone.select(["sheet", "row", "village"]).cast(rows.schema)])
    told = reading.verdicts.select(["sheet", "row", "code"]).group_by(["sheet", "row", "code"]).aggregate([])
    found: dict[str, dict[str, list[str]]] = {}
    several = len(reading.mappings) > 1
    for each in (
        told.join(listed, ["sheet", "row"], join_type="inner")
        .sort_by([("sheet", "ascending"), ("row", "ascending")])
        .to_pylist()
    ):
        place = f"{each['sheet']} {each['row']}" if several else str(each["row"])
        found.setdefault(each["village"] or "", {}).setdefault(each["code"], []).append(place)
    return found

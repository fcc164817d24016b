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

from linkage import identity
from linkage.giveback import Language
from linkage.identity import Candidate, Choices, Defaults, IdentityError, Reading
from scripts import giveback
from scripts.giveback import Wish
from scripts.page.findings import Findings, findings

SURE, FAIR = 0.9, 0.6
_HEAD = 15
_LOOKED = 40
_WIDEST = 60
_FORM = 18
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
                if mapping is None:
                    return sheet.name, _heads([], [], rows)
                top, first = mapping.header_row - 1, mapping.first_row - 1
                return sheet.name, _heads(rows[max(0, top - 1) : top], rows[top:first], rows[first:])
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


def _heads(above: Rows, head: Rows, body: Rows) -> list[ColumnHead]:
    """Return the columns; `above` is the row over the header: of two merged rows the upper one holds the text."""
    width = min(max(map(len, (*head, *body)), default=0), _WIDEST)
    titles = [_title(head, column) for column in range(width)]
    counts = Counter(title.casefold() for title in titles)
    heads = []
    for column, title in enumerate(titles):
        letters = identity.letters(column)
        lasting = title if title and counts[title.casefold()] == 1 else letters
        cells = (row[column] for row in body if column < len(row))
        first = next((cell for cell in cells if cell not in {None, ""}), None)
        heads.append(ColumnHead(letters, title or _title(above, column), lasting, shape(first)))
    return heads


def _title(head: Rows, column: int) -> str:
    """Return a column's header: the lower one where there are two."""
    cells = (row[column] for row in reversed(head) if column < len(row))
    return next((" ".join(cell.split()) for cell in cells if isinstance(cell, str) and cell.strip()), "")


def shape(cell: identity.Cell) -> str:
    """Return the form of a cell and nothing of it: 9 for a digit, A and a for letters, other signs as they are."""
    if cell is None:
        return ""
    text = str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)
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


EXPECTED = (("nik",), ("name",), ("village",), ("programme",), ("period",), ("amount",), ("sex",),
            ("birth_date", "birth_place_date"))  # fmt: skip
"""Roles that a list of recipients has as a rule: of each group one."""


def absent(told: Sequence[Told], defaults: Defaults) -> list[str]:
    """Return the roles that neither a column nor the operator says, in the order in which they matter."""
    said = {each.role for each in told if each.how != "none"}
    said |= {name for name in ("programme", "period", "village") if getattr(defaults, name)}
    return [group[0] for group in EXPECTED if not said & set(group)]

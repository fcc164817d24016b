"""Read a cell that should hold the 16 digits of a NIK or a KK. Never guesses a digit, never turns a number into one."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from functools import cache

from linkage.identity.cells import Cell, as_text
from linkage.identity.labels import fold
from linkage.identity.tables import load_toml

_SIXTEEN = re.compile(r"[0-9]{16}")
_DIGITS = re.compile(r"[0-9]+")
_REPEATED = re.compile(r"([0-9])\1+")
_SCIENTIFIC = re.compile(r"[0-9]([.,][0-9]*)?E\+?[0-9]{1,2}", re.IGNORECASE)
# What a number becomes when a program writes it as text: a decimal tail, or thousands in groups.
_NUMBER_AS_TEXT = re.compile(
    r"[0-9]{15,16}[.,]0+|[0-9]{1,3}(?:[.][0-9]{3}){5}(?:,0+)?|[0-9]{1,3}(?:,[0-9]{3}){5}(?:[.]0+)?"
)
_LONGEST_EXACT = 1e15


@dataclass(frozen=True, slots=True, repr=False)
class Digits:
    """Say what a cell holds: `status` is sixteen, none, dummy, invalid or damaged; `reason` the code's ending.

    `text` has 16 digits if sixteen; `proposal` has the repair of look-alike letters, for the operator to confirm;
    `lane` says why there is none: unregistered, pending, lost, or unstated.
    """

    status: str
    text: str | None = None
    reason: str | None = None
    proposal: str | None = None
    lane: str | None = None


@cache
def _stripper() -> dict[int, None]:
    return dict.fromkeys(map(ord, load_toml("numbers")["strip"]))


@cache
def _words(name: str) -> frozenset[str]:
    return frozenset(load_toml("numbers")[name])


@cache
def _lanes() -> dict[str, str]:
    return {word: lane for lane, words in load_toml("numbers")["lane"].items() for word in words}


@cache
def _lookalikes() -> dict[int, str]:
    return str.maketrans(load_toml("numbers")["lookalikes"])


def read(cell: Cell) -> Digits:
    """Read one cell; see `Digits`."""
    if isinstance(cell, str):
        return _read_text(cell)
    if isinstance(cell, (bool, dt.date, dt.time, dt.timedelta)):
        return Digits("invalid", reason="CHARACTERS")
    if cell is None or cell == 0:
        return Digits("none", reason="NONE", lane="unstated")
    # A spreadsheet keeps 15 digits of a number: from there on the last ones are gone.
    if abs(cell) >= _LONGEST_EXACT:
        return _dummy(as_text(cell)) or Digits("damaged", reason="NUMERIC")
    return _dummy(as_text(cell)) or Digits("invalid", reason="LENGTH")


def _read_text(cell: str) -> Digits:
    if _SIXTEEN.fullmatch(cell):
        return _dummy(cell) or Digits("sixteen", cell)
    if _NUMBER_AS_TEXT.fullmatch(cell.strip()):
        return Digits("damaged", reason="NUMERIC")
    bare = cell.translate(_stripper())
    if _SIXTEEN.fullmatch(bare):
        return _dummy(bare) or Digits("sixteen", bare)
    return _read_damaged_text(cell, bare)


def _read_damaged_text(cell: str, bare: str) -> Digits:
    if fold(cell) in _words("none"):
        return Digits("none", reason="NONE", lane=_lanes().get(fold(cell), "unstated"))
    if _SCIENTIFIC.fullmatch(cell.strip()):
        return Digits("damaged", reason="SCIENTIFIC")
    if _DIGITS.fullmatch(bare):
        return _dummy(bare) or Digits("invalid", reason="LENGTH")
    repaired = bare.translate(_lookalikes())
    if _SIXTEEN.fullmatch(repaired):
        return Digits("invalid", reason="LETTERS", proposal=repaired)
    return Digits("invalid", reason="CHARACTERS")


def _dummy(text: str) -> Digits | None:
    if _REPEATED.fullmatch(text):
        return Digits("dummy", reason="REPEATED")
    return Digits("dummy", reason="DUMMY") if text in _words("dummy") else None


def provinces() -> frozenset[str]:
    """Return the first two digits of all that issue numbers."""
    return _words("provinces")


def dummies() -> frozenset[str]:
    """Return the numbers of 16 digits that people type when a form insists."""
    return frozenset([word for word in _words("dummy") if _SIXTEEN.fullmatch(word)] + [d * 16 for d in "0123456789"])


def region_fault(text: str) -> str | None:
    """Return PROVINCE or REGION if the first six of 16 digits name no place that can be."""
    if text[:2] not in _words("provinces"):
        return "PROVINCE"
    return "REGION" if text[2:4] == "00" or text[4:6] == "00" else None


def short_date(day: int, month: int, year: int, as_of: dt.date) -> dt.date | None:
    """Return the date of a two-digit year: in this century unless that lies after `as_of`; None if impossible."""
    for century in (2000, 1900):
        try:
            date = dt.date(century + year, month, day)
        except ValueError:
            continue
        if date <= as_of:
            return date
    return None

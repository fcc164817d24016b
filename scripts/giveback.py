"""`lapis agency check`, and what tokenise gives back: the operator's own workbook with what was found in each row.

It is written beside the list, never beside a submission: whoever carries a folder of submissions to the centre must
find no list in it. No file is ever replaced: she may be correcting it.
"""

from __future__ import annotations

import argparse
import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import BinaryIO

from linkage import giveback, identity
from linkage.errors import LapisError
from linkage.giveback import GivebackError, Language, Tally
from linkage.identity import Defaults, Reading
from scripts import files
from scripts.console import Answer, Sheet

_OURS = re.compile(r"\.lapis(?:\.[0-9]+)?$")
_WORKBOOKS = {".xlsx", ".xlsm"}


@dataclass(frozen=True, slots=True)
class Given:
    """What was given back for one list: the workbook, and the counts of its rows."""

    path: Path
    tally: Tally


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add where the workbook goes and in which language it speaks."""
    parser.add_argument(
        "--give-back", type=Path, help="folder for the list with its verdicts (default: beside the list)"
    )
    parser.add_argument("--language", choices=giveback.LANGUAGES, default="id", help="of the verdicts (default id)")


def run_check(options: argparse.Namespace) -> Answer:
    """Check each list and give it back; needs no keys, and makes no submission."""
    defaults = Defaults(options.programme, options.period, options.regency, options.district, options.village)
    found = {}
    for path in options.file:
        data = files.read(path)
        reading = identity.read_records(data, path.name, defaults)
        found[path.name] = give(path, data, reading, options.give_back, options.language)
    rows = [
        (name, each.tally.rows, *(each.tally.statuses.get(status, 0) for status in giveback.STATUSES), each.path.name)
        for name, each in found.items()
    ]
    heads = [giveback.status(options.language, status) for status in giveback.STATUSES]
    said = {
        name: {"given_back": str(each.path), "rows": each.tally.rows, "statuses": each.tally.statuses}
        for name, each in found.items()
    }
    return Answer({"files": said}, [Sheet("Checked", ("file", "rows", *heads, "given back as"), rows)])


def give(path: Path, data: bytes, reading: Reading, folder: Path | None, language: Language) -> Given:
    """Write the list with its verdicts and return where; raises LapisError GIVE_BACK_FOLDER."""
    judged = giveback.judge(reading)
    tally = giveback.tally(reading, judged)
    lists = {name: giveback.columns(each, reading.mappings[name].header_row, language) for name, each in judged.items()}
    summary = giveback.lines(tally, path.name, language)
    names = (giveback.word(language, "summary"), giveback.word(language, "list"))

    def as_it_was(out: BinaryIO) -> None:
        giveback.add_columns(io.BytesIO(data), out, lists, summary, names[0])

    def anew(out: BinaryIO) -> None:
        sheets = identity.read_sheets(data, path.name)
        giveback.write_workbook(out, sheets, lists, summary, names, workspace=str(folder or path.parent))

    folder = folder or path.parent
    if path.suffix.lower() in _WORKBOOKS:
        try:
            return Given(_write(folder, path, path.suffix, as_it_was), tally)
        except GivebackError as error:
            if error.code != "WORKBOOK_UNUSUAL":
                raise
    return Given(_write(folder, path, ".xlsx", anew), tally)


def _write(folder: Path, path: Path, ending: str, write: Callable[[BinaryIO], None]) -> Path:
    """Write a file whole or not at all, under a name that nothing has."""
    part = folder / f".{path.name}.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        try:
            with part.open("wb") as out:
                write(out)
            return part.rename(free(folder, path, ending))
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        hint = "choose another folder with --give-back"
        raise LapisError("GIVE_BACK_FOLDER", error.strerror or "cannot write", place=str(folder), hint=hint) from None


def free(folder: Path, path: Path, ending: str) -> Path:
    """Return the first free name of what is given back for a list: daftar.lapis.xlsx, then daftar.lapis.2.xlsx."""
    stem = _OURS.sub("", path.stem)
    names = (f"{stem}.lapis{'' if number == 1 else f'.{number}'}{ending}" for number in count(1))
    return next(folder / name for name in names if not (folder / name).exists())

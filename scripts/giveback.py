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
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import BinaryIO

from linkage import giveback, identity
from linkage.errors import LapisError
from linkage.giveback import GivebackError, Language, Tally
from linkage.identity import Reading
from scripts import columns, files, known
from scripts.console import Answer, Sheet

_OURS = re.compile(r"\.lapis(?:\.[0-9]+)?$")
_WORKBOOKS = {".xlsx", ".xlsm"}


@dataclass(frozen=True, slots=True)
class Wish:
    """What an operator wants back: in which folder (beside the list, if None) and language; minutes to sign or not."""

    folder: Path | None = None
    language: Language = "id"
    minutes: bool = False


@dataclass(frozen=True, slots=True)
class Given:
    """What was given back for one list: the workbook, and the counts of its rows."""

    path: Path
    tally: Tally


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add where the workbook goes, in which language it speaks, and whether minutes are wanted."""
    parser.add_argument(
        "--give-back", type=Path, help="folder for the list with its verdicts (default: beside the list)"
    )
    parser.add_argument("--language", choices=giveback.LANGUAGES, default="id", help="of the verdicts (default id)")
    parser.add_argument("--minutes", action="store_true", help="write minutes (berita acara) to sign, as PDF, too")


def wish(options: argparse.Namespace) -> Wish:
    """Return what the options ask for."""
    return Wish(options.give_back, options.language, options.minutes)


def add_template(parser: argparse.ArgumentParser) -> None:
    """Add the options of `lapis agency template`."""
    parser.add_argument("--out", type=Path, default=Path("daftar.xlsx"), help="the new file (default daftar.xlsx)")
    parser.add_argument("--language", choices=giveback.LANGUAGES, default="id", help="of the hints (default id)")
    parser.set_defaults(run=run_template)


def run_template(options: argparse.Namespace) -> Answer:
    """Write an empty list; a file that is there is not replaced."""
    files.write_private(options.out, giveback.template(options.language))
    return Answer({"path": str(options.out)}, [f"an empty list: {options.out}"])


def run_check(options: argparse.Namespace) -> Answer:
    """Check each list and give it back; needs no keys, and makes no submission."""
    defaults = known.defaults(options)
    wanted, chosen, rows, said = wish(options), columns.chosen(options), [], {}
    for path in options.file:
        data = files.read(path)
        reading = columns.read(data, path, defaults, chosen)
        given = give(path, data, reading, wanted, chosen.encoding)
        paper = give_minutes(path, given, wanted)
        statuses = given.tally.statuses
        rows.append((path.name, given.tally.rows, *(statuses.get(each, 0) for each in giveback.STATUSES)))
        said[path.name] = {
            "given_back": str(given.path),
            "minutes": str(paper) if paper else None,
            "rows": given.tally.rows,
            "statuses": statuses,
        }
    heads = [giveback.status(options.language, status) for status in giveback.STATUSES]
    places = [f"given back: {each['given_back']}" for each in said.values()]
    return Answer({"files": said}, [Sheet("Checked", ("file", "rows", *heads), rows), *places])


def give_minutes(path: Path, given: Given, wish: Wish, agency: str = "", digest: str | None = None) -> Path | None:
    """Write the minutes beside the workbook given back, if they are wanted, and return where."""
    if not wish.minutes:
        return None
    # Here, for the PDF library takes longer to load than most lists to check.
    from linkage import paper

    details = paper.Details(path.name, agency, datetime.now(UTC).astimezone().date(), digest)
    content = paper.minutes(given.tally, details, wish.language)
    return _write(given.path.parent, path, ".pdf", lambda out: out.write(content))


def give(path: Path, data: bytes, reading: Reading, wish: Wish, encoding: str | None = None) -> Given:
    """Write the list with its verdicts and return where; raises LapisError GIVE_BACK_FOLDER."""
    language, folder = wish.language, wish.folder or path.parent
    judged = giveback.judge(reading)
    tally = giveback.tally(reading, judged)
    lists = {}
    for name, each in judged.items():
        beside = giveback.columns(each, reading.mappings[name].header_row, language)
        lists[name] = giveback.with_proposals(beside, reading, name, language)
    summary = giveback.lines(tally, path.name, language)
    names = (giveback.word(language, "summary"), giveback.word(language, "list"))

    def as_it_was(out: BinaryIO) -> None:
        giveback.add_columns(io.BytesIO(data), out, lists, summary, names[0])

    def anew(out: BinaryIO) -> None:
        sheets = identity.read_sheets(data, path.name, encoding)
        giveback.write_workbook(out, sheets, lists, summary, names, workspace=str(folder))

    if path.suffix.lower() in _WORKBOOKS:
        try:
            return Given(_write(folder, path, path.suffix, as_it_was), tally)
        except GivebackError as error:
            if error.code != "WORKBOOK_UNUSUAL":
                raise
    return Given(_write(folder, path, ".xlsx", anew), tally)


def _write(folder: Path, path: Path, ending: str, write: Callable[[BinaryIO], object]) -> Path:
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

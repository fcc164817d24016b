"""Which column is what: options of the commands that read lists, questions on a terminal, and the file for next month.

Shows headers and letters, never a cell. Without a terminal nothing is asked, and doubt is a refusal.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from linkage import identity
from linkage.identity import Candidate, Choices, Defaults, IdentityError, Reading
from scripts import console, files
from scripts.console import Sheet

Prompt = Callable[[str], str]
_TRIES = 3


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the operator said about columns: options, the mapping file, the encoding, and how to ask her for more."""

    columns: dict[str, str] = field(default_factory=dict)
    file: Path | None = None
    encoding: str | None = None
    prompt: Prompt | None = None


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that say which column is what."""
    parser.add_argument(
        "--map", action="append", default=[], metavar="ROLE=COLUMN",
        help=f"a column by its header or letters, - for none; roles: {', '.join((*identity.ROLES, *identity.DETAILS))}",
    )  # fmt: skip
    parser.add_argument("--mapping", type=Path, metavar="FILE", help="read the columns from a file; written if new")
    parser.add_argument("--encoding", choices=identity.ENCODINGS, help="of a .csv whose letters cannot be decided")


def chosen(options: argparse.Namespace) -> Chosen:
    """Return what the options say; questions are possible on a terminal alone."""
    prompt = _prompt if sys.stdin.isatty() and not options.json else None
    return Chosen(identity.parse_choices(options.map), options.mapping, options.encoding, prompt)


def read(data: bytes, path: Path, defaults: Defaults, said: Chosen) -> Reading:
    """Read a list by what was said, ask where there is doubt, and keep a mapping that is new."""
    known = _known(said.file)
    choices = Choices(known | said.columns, said.encoding)
    try:
        reading = identity.read_records(data, path.name, defaults, choices=choices, ask=_asker(said.prompt))
    except IdentityError as error:
        if error.code != "FILE_ENCODING" or said.prompt is None or said.encoding:
            raise
        encoding = _choose(said.prompt, f"{path.name}: which encoding?", identity.ENCODINGS)
        if encoding is None:
            raise
        return read(data, path, defaults, replace(said, encoding=identity.ENCODINGS[encoding]))
    if said.file and (not known or known != known | said.columns):
        said.file.write_text(identity.dump_choices(settled(reading, known | said.columns)), encoding="utf-8")
    return reading


def settled(reading: Reading, said: dict[str, str]) -> dict[str, str]:
    """Return the columns that a list was read by, in the words of its headers: what a mapping file keeps."""
    found: dict[str, str] = {}
    for mapping in reading.mappings.values():
        found = mapping.headers | found
    return found | said


def _known(file: Path | None) -> dict[str, str]:
    if file is None or not file.exists():
        return {}
    return identity.load_choices(files.read(file).decode(errors="replace"), str(file))


def show(name: str, reading: Reading) -> Sheet:
    """Return the columns of each sheet that was read, with how surely they were told."""
    rows = [
        (f"{sheet or name} {role}", identity.letters(column), mapping.headers.get(role, ""), mapping.confidence[role])
        for sheet, mapping in reading.mappings.items()
        for role, column in mapping.columns.items()
        if role != "number"
    ]
    return Sheet(f"Columns of {name}", ("what", "column", "header", "confidence"), rows)


def _asker(prompt: Prompt | None) -> identity.Ask | None:
    if prompt is None:
        return None

    def ask(role: str, place: str, candidates: Sequence[Candidate]) -> Candidate | None:
        shown = [f"{one.letters} {one.header}" for one in candidates]
        number = _choose(prompt, f"{place}: which column is {role}?", shown)
        return None if number is None else candidates[number]

    return ask


def _choose(prompt: Prompt, question: str, answers: Sequence[str]) -> int | None:
    """Ask until an answer is one of the numbers shown; 0, or no sense after three times, is none."""
    console.ERR.print(question, markup=False)
    for number, answer in enumerate(["none of them", *answers]):
        console.ERR.print(f"  {number}  {answer}", markup=False)
    for _ in range(_TRIES):
        said = prompt("number: ").strip()
        if said.isdecimal() and int(said) <= len(answers):
            return int(said) - 1 if int(said) else None
    return None


def _prompt(text: str) -> str:
    console.ERR.print(text, end="", markup=False)
    return sys.stdin.readline()

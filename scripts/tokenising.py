"""`lapis agency tokenise` and `resubmit`: lists become sealed submissions. Nothing leaves but what is sealed."""

from __future__ import annotations

import argparse
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path

from linkage import identity
from linkage.encoding import epoch
from linkage.encoding import tokeniser as encoder
from linkage.encoding.tokeniser import AgencySecrets
from linkage.identity import Defaults, Reading
from scripts import columns, console, corrections, enrolment, files, giveback, known, renewal
from scripts.cli import command
from scripts.columns import Chosen
from scripts.console import Answer, Sheet
from scripts.corrections import Corrected
from scripts.giveback import Wish
from scripts.renewal import Known, Renewed
from scripts.sealing import Agency, open_agency, seal

Commands = argparse._SubParsersAction  # noqa: SLF001 - argparse gives it no other name


@dataclass(frozen=True, slots=True)
class Tokenised:
    """What became of one file: rows read, rejected, submitted; verdicts by code; where submission and list went.

    Of a correction: how many rows replace an earlier one, are new, or say the same as before and are not sent.
    """

    file: str
    read: int
    rejected: int
    submitted: int
    path: str
    verdicts: dict[str, int]
    given_back: str
    minutes: str | None
    columns: Sheet
    corrected: int = 0
    new: int = 0
    unchanged: int = 0


def add_commands(commands: Commands[argparse.ArgumentParser], home: Path) -> None:
    """Add the two commands; `home` is where an agency's folder is unless told."""
    tokenise = command(
        commands, "tokenise", "make sealed submissions of lists",
        "lapis agency tokenise daftar-maret.xlsx --programme ZAKAT --period 2026-03",
    )  # fmt: skip
    add_list(tokenise)
    tokenise.add_argument(
        "--corrects", metavar="PERIOD", help="the list corrects rows sent for this period: only what changed is sent"
    )
    tokenise.set_defaults(run=run_tokenise)
    again = command(
        commands, "resubmit", "make submissions of earlier lists anew, under a new epoch",
        "lapis agency resubmit daftar-maret.xlsx --programme ZAKAT --period 2026-03",
    )  # fmt: skip
    _add_rows(again)
    again.set_defaults(run=run_resubmit)
    for each in (tokenise, again):
        each.add_argument("--out", type=Path, help="folder for the submissions (default HOME/outbox)")
        each.add_argument("--home", type=Path, default=home, help=f"the agency's folder (default {home})")
        files.add_passphrase(each)


def add_list(parser: argparse.ArgumentParser) -> None:
    """Add what is said of lists, and where they are given back."""
    _add_rows(parser)
    giveback.add_options(parser)


def _add_rows(parser: argparse.ArgumentParser) -> None:
    """Add which lists, and what their rows do not say."""
    parser.add_argument("file", type=Path, nargs="+", help="a list: .xlsx, .xls, .ods, .csv, a page, Parquet")
    known.add_options(parser)
    columns.add_options(parser)


def run_tokenise(options: argparse.Namespace) -> Answer:
    """Tokenise each file."""
    agency = open_agency(options.home, files.passphrase(options))
    defaults = corrections.read_default(known.defaults(options), options.corrects)
    back = giveback.wish(options)
    chosen = columns.chosen(options)
    results = [tokenise(agency, path, defaults, options.out, back, chosen, options.corrects) for path in options.file]
    rows = [(each.file, each.read, each.rejected, each.submitted) for each in results]
    sheet = Sheet("Tokenised", ("file", "rows read", "rejected", "submitted"), rows)
    if options.corrects:
        changed = [(each.file, each.read, each.rejected, each.corrected, each.new, each.unchanged) for each in results]
        heads = ("file", "rows read", "rejected", "corrected", "new", "as before")
        sheet = Sheet(f"Corrected, of {options.corrects}", heads, changed)
    said = sum((Counter(each.verdicts) for each in results), Counter[str]())
    ends = {"epoch": agency.epoch.epoch, "expires": str(agency.epoch.expires)}
    views: list[Sheet | str] = [*(each.columns for each in results), sheet, _verdicts(said), *_ending(agency)]
    return Answer({"files": [asdict(each) for each in results], **ends}, views)


def _ending(agency: Agency) -> list[str]:
    return enrolment.warnings(agency.epoch, epoch.days_left(agency.epoch, enrolment.today()))


def _verdicts(counts: Counter[str]) -> Sheet:
    meant = identity.codes()
    rows = [(code, count, f"{meant[code].en} {meant[code].todo_en}") for code, count in counts.most_common()]
    return Sheet("What the checks found", ("code", "rows", "meaning"), rows)


def run_resubmit(options: argparse.Namespace) -> Answer:
    """Tokenise each list again under the epoch in force; its rows keep their references."""
    agency = open_agency(options.home, files.passphrase(options))
    defaults = known.defaults(options)
    remembered = renewal.remembered(agency.home)
    chosen = columns.chosen(options)
    results = [resubmit(agency, path, defaults, remembered, options.out, chosen) for path in options.file]
    rows = [(each.file, each.submitted, each.known, each.new) for each in results]
    sheet = Sheet(f"Under epoch {agency.epoch.epoch}", ("file", "submitted", "known before", "new"), rows)
    return Answer({"files": [asdict(each) for each in results]}, [sheet, *_ending(agency)])


def resubmit(
    agency: Agency, path: Path, defaults: Defaults, remembered: Known, out: Path | None, chosen: Chosen
) -> Renewed:
    """Seal one list anew; raises LapisError RESUBMIT_UNKNOWN or RESUBMIT_SAME before anything is written."""
    with console.progress(path.name) as track:
        reading = columns.read(files.read(path), path, defaults, chosen)
        refs = encoder.references(reading.records, AgencySecrets(agency.epoch.key, agency.ring.ref_key))
        count = renewal.check(remembered, refs, agency.epoch.epoch, path.name)
        sealed = seal(agency, path.name, reading, out or agency.home / "outbox", track)
    return Renewed(path.name, len(refs), count, len(refs) - count, str(sealed.path))


def tokenise(
    agency: Agency,
    path: Path,
    defaults: Defaults,
    out: Path | None = None,
    back: Wish | None = None,
    said: Chosen | None = None,
    corrects: str | None = None,
) -> Tokenised:
    """Read, check and give back, encode, seal and sign one file; no submission is left behind if that fails."""
    with console.progress(path.name) as track:
        track("read", 0, 1)
        data = files.read(path)
        reading = columns.read(data, path, defaults, said or Chosen())
        track("read", 1, 1)
        track("give back", 0, 1)
        given = giveback.give(path, data, reading, back or Wish(), said.encoding if said else None)
        track("give back", 1, 1)
        found = _corrected(agency, path, reading, corrects) if corrects else None
        sealed = seal(agency, path.name, reading, out or agency.home / "outbox", track, found)
        paper = giveback.give_minutes(path, given, back or Wish(), agency.ring.name, sealed.content)
    return Tokenised(
        file=path.name,
        read=reading.rows,
        rejected=reading.rejected,
        submitted=len(found.records if found else reading.records),
        path=str(sealed.path),
        verdicts={each["values"]: each["counts"] for each in reading.verdicts["code"].value_counts().to_pylist()},
        given_back=str(given.path),
        minutes=str(paper) if paper else None,
        columns=columns.show(path.name, reading),
        corrected=found.corrected if found else 0,
        new=found.new if found else 0,
        unchanged=found.unchanged if found else 0,
    )


def _corrected(agency: Agency, path: Path, reading: Reading, period: str) -> Corrected:
    memory = corrections.remembered(agency.home)
    return corrections.find(reading.records, period, memory, agency.ring.ref_key, path.name)

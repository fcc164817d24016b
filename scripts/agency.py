"""`lapis agency`: enrol, accept an epoch, tokenise lists, send them. Nothing leaves but what is sealed."""

from __future__ import annotations

import argparse
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from linkage import identity
from linkage.encoding import CentreCard, LinkagePolicy, Secret, epoch, submission
from linkage.encoding import tokeniser as encoder
from linkage.encoding.envelope import Header, SealedWriter
from linkage.encoding.epoch import EpochKey
from linkage.encoding.keyring import Keyring
from linkage.encoding.tokeniser import AgencySecrets
from linkage.identity import Defaults, Reading
from policies.linkage_policies import load_linkage_policy
from scripts import (
    columns,
    console,
    enrolment,
    files,
    giveback,
    known,
    referral,
    renewal,
    subject_request,
    submit,
    tickets,
)
from scripts.cli import command
from scripts.columns import Chosen
from scripts.console import Answer, Sheet
from scripts.enrolment import HOME
from scripts.giveback import Wish
from scripts.renewal import Known, Renewed

POLICY = "lampung"


@dataclass(frozen=True, slots=True)
class Tokenised:
    """What became of one file: rows read, rejected, submitted; verdicts by code; where submission and list went."""

    file: str
    read: int
    rejected: int
    submitted: int
    path: str
    verdicts: dict[str, int]
    given_back: str
    minutes: str | None
    columns: Sheet


@dataclass(frozen=True, slots=True)
class Agency:
    """An agency's opened home: its keys, the epoch in force, the centre's card and the policy."""

    home: Path
    ring: Keyring
    epoch: EpochKey
    centre: CentreCard
    policy: LinkagePolicy


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the group's commands."""
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    enrolment.add_commands(commands)
    tokenise = command(
        commands,
        "tokenise",
        "make sealed submissions of lists",
        "lapis agency tokenise daftar-maret.xlsx --programme ZAKAT --period 2026-03",
    )
    _add_list(tokenise)
    tokenise.add_argument("--out", type=Path, help="folder for the submissions (default HOME/outbox)")
    tokenise.set_defaults(run=run_tokenise)
    again = command(
        commands,
        "resubmit",
        "make submissions of earlier lists anew, under a new epoch",
        "lapis agency resubmit daftar-maret.xlsx --programme ZAKAT --period 2026-03",
    )
    _add_rows(again)
    again.add_argument("--out", type=Path, help="folder for the submissions (default HOME/outbox)")
    again.set_defaults(run=run_resubmit)
    check = command(
        commands, "check", "check lists and give them back, verdicts beside", "lapis agency check daftar.xlsx"
    )
    _add_list(check)
    check.set_defaults(run=giveback.run_check)
    template = command(
        commands, "template", "write an empty list to fill in", "lapis agency template --out daftar.xlsx"
    )
    giveback.add_template(template)
    listed = command(
        commands, "codes", "list what the checks may say, and what to do about it", "lapis agency codes --language id"
    )
    listed.add_argument("--language", choices=("id", "en"), default="en", help="of the sentences (default en)")
    listed.add_argument("--write", type=Path, metavar="FILE", help="write the page of all codes as Markdown")
    listed.set_defaults(run=run_codes)
    send = command(
        commands,
        "submit",
        "send sealed lists to the centre",
        "lapis agency submit outbox/*.lapis --centre https://pmo:8443",
    )
    submit.add_options(send)
    send.add_argument("--home", type=Path, default=HOME, help=f"the agency's folder (default {HOME})")
    tickets.add_commands(commands, HOME)
    referral.add_commands(commands, HOME, open_agency)
    subject_request.add_command(commands, HOME, open_agency)
    shown = command(commands, "page", "show all of this as pages in the browser of this laptop", "lapis agency page")
    shown.add_argument("--port", type=int, default=0, help="of 127.0.0.1 (default: any that is free)")
    shown.add_argument("--no-browser", action="store_true", help="print the address and open no browser")
    submit.add_access(shown, always=False)
    shown.set_defaults(run=run_page)
    for each in (tokenise, again, shown):
        each.add_argument("--home", type=Path, default=HOME, help=f"the agency's folder (default {HOME})")
        files.add_passphrase(each)


def _add_list(parser: argparse.ArgumentParser) -> None:
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
    defaults = known.defaults(options)
    back = giveback.wish(options)
    chosen = columns.chosen(options)
    results = [tokenise(agency, path, defaults, options.out, back, chosen) for path in options.file]
    rows = [(each.file, each.read, each.rejected, each.submitted) for each in results]
    sheet = Sheet("Tokenised", ("file", "rows read", "rejected", "submitted"), rows)
    said = sum((Counter(each.verdicts) for each in results), Counter[str]())
    ends = {"epoch": agency.epoch.epoch, "expires": str(agency.epoch.expires)}
    views: list[Sheet | str] = [*(each.columns for each in results), sheet, _verdicts(said), *_ending(agency)]
    return Answer({"files": [asdict(each) for each in results], **ends}, views)


def run_page(options: argparse.Namespace) -> Answer:
    """Serve the page until it is closed."""
    # Here, for templates and what serves them are of no use to the other commands.
    from scripts import page

    return page.run(options)


def _ending(agency: Agency) -> list[str]:
    return enrolment.warnings(agency.epoch, epoch.days_left(agency.epoch, enrolment.today()))


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


def run_codes(options: argparse.Namespace) -> Answer:
    """List the verdict codes, or write their page."""
    if options.write:
        options.write.write_text(identity.codes_page(), encoding="utf-8")
    indonesian = options.language == "id"
    known = identity.codes().values()
    rows = [
        (one.code, one.severity, f"{one.id} {one.todo_id}" if indonesian else f"{one.en} {one.todo_en}")
        for one in known
    ]
    sheet = Sheet("What the checks may say", ("code", "severity", "meaning"), rows)
    return Answer({"codes": [asdict(one) for one in known]}, [sheet])


def _verdicts(counts: Counter[str]) -> Sheet:
    known = identity.codes()
    rows = [(code, count, f"{known[code].en} {known[code].todo_en}") for code, count in counts.most_common()]
    return Sheet("What the checks found", ("code", "rows", "meaning"), rows)


def open_agency(home: Path, secret: str) -> Agency:
    """Open an agency's home; raises LapisError ENROL_FIRST, EPOCH_MISSING or EPOCH_RETIRED."""
    ring = enrolment.open_keyring(home, secret)
    key = enrolment.current(home, ring)
    return Agency(home, ring, key, files.card(home / "centre.json", CentreCard), load_linkage_policy(POLICY))


def tokenise(
    agency: Agency,
    path: Path,
    defaults: Defaults,
    out: Path | None = None,
    back: Wish | None = None,
    said: Chosen | None = None,
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
        sealed = seal(agency, path.name, reading, out or agency.home / "outbox", track)
        paper = giveback.give_minutes(path, given, back or Wish(), agency.ring.name, sealed.content)
    return Tokenised(
        file=path.name,
        read=reading.rows,
        rejected=reading.rejected,
        submitted=len(reading.records),
        path=str(sealed.path),
        verdicts={each["values"]: each["counts"] for each in reading.verdicts["code"].value_counts().to_pylist()},
        given_back=str(given.path),
        minutes=str(paper) if paper else None,
        columns=columns.show(path.name, reading),
    )


@dataclass(frozen=True, slots=True)
class Sealed:
    """A sealed submission: its file, and the SHA-256 of its content in hex."""

    path: Path
    content: str


def seal(agency: Agency, name: str, reading: Reading, out: Path, track: console.Track) -> Sealed:
    """Encode, sign and seal what was read of the list `name` into the folder `out`, and remember its references."""
    secrets = AgencySecrets(agency.epoch.key, agency.ring.ref_key)
    refs = encoder.references(reading.records, secrets)
    out.mkdir(parents=True, exist_ok=True)
    part = out / f".{name}.part"
    try:
        with part.open("wb") as file:
            content_key = Secret(os.urandom(32))
            writer = SealedWriter(file, _header(agency, content_key), content_key, agency.ring.signing_key)
            tables = encoder.encode(reading.records, refs, agency.policy, secrets)
            counted = _counted(tables, len(reading.records), track)
            submission.write(counted, agency.policy, encoder.statistics(reading.records), writer)
            content = writer.finish()
        target = out / f"{agency.ring.party}-{content[:16]}.lapis"
        _remember(agency, content, name, reading, refs)
        return Sealed(part.replace(target), content)
    finally:
        part.unlink(missing_ok=True)


def _counted(tables: Iterator[pa.Table], total: int, track: console.Track) -> Iterator[pa.Table]:
    done = 0
    for table in tables:
        done += len(table)
        track("encode", done, total)
        yield table


def _header(agency: Agency, content_key: Secret) -> Header:
    return Header(
        agency=agency.ring.party,
        policy=agency.policy.hash,
        epoch=agency.epoch.epoch,
        epoch_check=agency.epoch.card.check,
        ingest_key=agency.centre.ingest_key,
        wrapped_key=agency.centre.wrap(content_key),
    )


def _remember(agency: Agency, content: str, name: str, reading: Reading, refs: pa.Array) -> None:
    """Keep which row has which reference: row numbers and keyed values, nothing that is in the row."""
    folder = agency.home / "references"
    folder.mkdir(parents=True, exist_ok=True)
    rows = reading.records.select(["sheet", "row"])
    names = pa.array([name] * len(rows), pa.string())
    table = rows.append_column("file", names).append_column("ref", refs)
    pq.write_table(renewal.mark(table, agency.epoch.epoch), folder / f"{content[:16]}.parquet")

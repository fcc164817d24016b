"""`lapis agency`: enrol, accept an epoch, tokenise lists, send them. Nothing leaves but what is sealed."""

from __future__ import annotations

import argparse
import os
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from linkage import identity
from linkage.encoding import CentreCard, EnrolmentCard, LinkagePolicy, Secret, cards, epoch, keyring, submission
from linkage.encoding import tokeniser as encoder
from linkage.encoding.envelope import Header, SealedWriter
from linkage.encoding.epoch import EpochKey
from linkage.encoding.keyring import Keyring
from linkage.encoding.tokeniser import AgencySecrets
from linkage.errors import LapisError
from linkage.identity import Defaults, Reading
from policies.linkage_policies import load_linkage_policy
from scripts import columns, console, files, referral, submit, tickets
from scripts.cli import command
from scripts.columns import Chosen
from scripts.console import Answer, Sheet

HOME = Path.home() / ".lapis" / "agency"
POLICY = "lampung"


@dataclass(frozen=True, slots=True)
class Tokenised:
    """What became of one file: rows read, rejected, submitted; where the submission lies; verdicts by code; columns."""

    file: str
    read: int
    rejected: int
    submitted: int
    path: str
    verdicts: dict[str, int]
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
    enrol = command(
        commands,
        "enrol",
        "make this agency's keys and its card",
        "lapis agency enrol --id baznas --name 'Baznas Lampung' --centre centre.json --custodian custodian.json",
    )
    enrol.add_argument("--id", required=True, help="short and lasting, such as baznas")
    enrol.add_argument("--name", required=True, help="as people know it")
    enrol.add_argument("--centre", type=Path, required=True, help="the centre's card")
    enrol.add_argument("--custodian", type=Path, required=True, help="the custodian's card")
    enrol.set_defaults(run=run_enrol)
    accept = command(
        commands, "epoch", "accept the custodian's epoch bundle", "lapis agency epoch 2026-1.baznas.bundle"
    )
    accept.add_argument("bundle", type=Path)
    accept.set_defaults(run=run_epoch)
    tokenise = command(
        commands,
        "tokenise",
        "make sealed submissions of lists",
        "lapis agency tokenise daftar-maret.xlsx --programme ZAKAT --period 2026-03",
    )
    tokenise.add_argument("file", type=Path, nargs="+", help="a list: .xlsx, .xls, .ods, .csv, a page, Parquet")
    for field, help_ in (
        ("programme", "code of the programme"),
        ("period", "yyyy-mm"),
        ("regency", "official code, such as 18.01"),
        ("district", "official code"),
        ("village", "official code"),
    ):
        tokenise.add_argument(f"--{field}", help=f"{help_}, where the list does not say")
    columns.add_options(tokenise)
    tokenise.add_argument("--out", type=Path, help="folder for the submissions (default HOME/outbox)")
    tokenise.set_defaults(run=run_tokenise)
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
    for each in (enrol, accept, tokenise):
        each.add_argument("--home", type=Path, default=HOME, help=f"the agency's folder (default {HOME})")
        files.add_passphrase(each)


def run_enrol(options: argparse.Namespace) -> Answer:
    """Make the agency's keyring and card, and keep the cards of centre and custodian."""
    centre, custodian = files.card(options.centre, CentreCard), files.card(options.custodian, EnrolmentCard)
    ring = keyring.create(options.id, options.name, os.urandom)
    files.write_private(options.home / "keyring.box", ring.seal(files.passphrase(options), os.urandom))
    (options.home / "card.json").write_text(cards.dump(ring.card()))
    shutil.copyfile(options.centre, options.home / "centre.json")
    shutil.copyfile(options.custodian, options.home / "custodian.json")
    rows = [(who, cards.fingerprint(card)) for who, card in (
        ("this agency", ring.card()), ("the centre", centre), ("the custodian", custodian))]  # fmt: skip
    sheet = Sheet("Read these to the other side by telephone", ("card of", "fingerprint"), rows)
    return Answer({"card": str(options.home / "card.json"), "fingerprints": dict(rows)}, [sheet])


def run_epoch(options: argparse.Namespace) -> Answer:
    """Keep an epoch bundle that opens with this agency's key."""
    ring = keyring.open_(files.read(options.home / "keyring.box"), files.passphrase(options))
    bundle = files.read(options.bundle)
    key = epoch.open_(bundle, ring, files.card(options.home / "custodian.json", EnrolmentCard))
    files.write_private(options.home / "epochs" / f"{key.epoch}.bundle", bundle)
    return Answer({"epoch": key.epoch, "agency": ring.party}, [f"epoch {key.epoch} is in force at {ring.party}"])


def run_tokenise(options: argparse.Namespace) -> Answer:
    """Tokenise each file."""
    agency = open_agency(options.home, files.passphrase(options))
    defaults = Defaults(options.programme, options.period, options.regency, options.district, options.village)
    said = columns.chosen(options)
    results = [tokenise(agency, path, defaults, options.out, said) for path in options.file]
    rows = [(each.file, each.read, each.rejected, each.submitted) for each in results]
    sheet = Sheet("Tokenised", ("file", "rows read", "rejected", "submitted"), rows)
    counts = sum((Counter(each.verdicts) for each in results), Counter[str]())
    return Answer(
        {"files": [asdict(each) for each in results]}, [*(each.columns for each in results), sheet, _verdicts(counts)]
    )


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
    """Open an agency's home; raises LapisError ENROL_FIRST or EPOCH_MISSING."""
    if not (home / "keyring.box").exists():
        raise LapisError("ENROL_FIRST", "this agency has no keys yet", place=str(home), hint="lapis agency enrol")
    ring = keyring.open_(files.read(home / "keyring.box"), secret)
    bundles = sorted((home / "epochs").glob("*.bundle"))
    if not bundles:
        raise LapisError(
            "EPOCH_MISSING", "no epoch is in force here", place=str(home), hint="lapis agency epoch BUNDLE"
        )
    key = epoch.open_(files.read(bundles[-1]), ring, files.card(home / "custodian.json", EnrolmentCard))
    return Agency(home, ring, key, files.card(home / "centre.json", CentreCard), load_linkage_policy(POLICY))


def tokenise(
    agency: Agency, path: Path, defaults: Defaults, out: Path | None = None, said: Chosen | None = None
) -> Tokenised:
    """Read, check, encode, seal and sign one file; nothing is left behind if that fails."""
    with console.progress(path.name) as track:
        track("read", 0, 1)
        reading = columns.read(files.read(path), path, defaults, said or Chosen())
        track("read", 1, 1)
        target = _write(agency, path, reading, out or agency.home / "outbox", track)
    return Tokenised(
        file=path.name,
        read=reading.rows,
        rejected=reading.rejected,
        submitted=len(reading.records),
        path=str(target),
        verdicts={each["values"]: each["counts"] for each in reading.verdicts["code"].value_counts().to_pylist()},
        columns=columns.show(path.name, reading),
    )


def _write(agency: Agency, path: Path, reading: Reading, out: Path, track: console.Tracker) -> Path:
    secrets = AgencySecrets(agency.epoch.key, agency.ring.ref_key)
    refs = encoder.references(reading.records, secrets)
    out.mkdir(parents=True, exist_ok=True)
    part = out / f".{path.name}.part"
    try:
        with part.open("wb") as file:
            content_key = Secret(os.urandom(32))
            writer = SealedWriter(file, _header(agency, content_key), content_key, agency.ring.signing_key)
            tables = encoder.encode(reading.records, refs, agency.policy, secrets)
            counted = _counted(tables, len(reading.records), track)
            submission.write(counted, agency.policy, encoder.statistics(reading.records), writer)
            content = writer.finish()
        target = out / f"{agency.ring.party}-{content[:16]}.lapis"
        _remember(agency.home, content, path, reading, refs)
        return part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _counted(tables: Iterator[pa.Table], total: int, track: console.Tracker) -> Iterator[pa.Table]:
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


def _remember(home: Path, content: str, path: Path, reading: Reading, refs: pa.Array) -> None:
    """Keep which row has which reference: row numbers and keyed values, nothing that is in the row."""
    folder = home / "references"
    folder.mkdir(parents=True, exist_ok=True)
    rows = reading.records.select(["sheet", "row"])
    names = pa.array([path.name] * len(rows), pa.string())
    pq.write_table(rows.append_column("file", names).append_column("ref", refs), folder / f"{content[:16]}.parquet")

"""`lapis custodian agreement`: who has signed an agreement. Without one in force an agency gets no epoch key.

Kept are the agreement's number, its days and the digest of the signed paper; the paper stays where papers are.
"""

from __future__ import annotations

import argparse
import datetime as dt
import hashlib
import json
from pathlib import Path

from linkage.encoding import EnrolmentCard
from linkage.errors import LapisError
from scripts import files
from scripts.cli import command
from scripts.console import Answer, Sheet
from scripts.referral import Commands

FOLDER = "agreements"


def add_paper(parser: argparse.ArgumentParser) -> None:
    """Add what is said of an agreement."""
    parser.add_argument("--number", required=True, help="such as 119/PKS/2026")
    parser.add_argument("--signed", type=dt.date.fromisoformat, required=True, help="yyyy-mm-dd")
    parser.add_argument("--until", type=dt.date.fromisoformat, required=True, help="its last day, yyyy-mm-dd")
    parser.add_argument("--document", type=Path, required=True, help="the signed paper, as a file: its digest is kept")


def paper(options: argparse.Namespace) -> dict[str, str]:
    """Return what is recorded of an agreement."""
    signed, until = options.signed.isoformat(), options.until.isoformat()
    return {"number": options.number, "signed": signed, "until": until, "digest": digest(options.document)}


def digest(path: Path) -> str:
    """Return the SHA-256 of a file, hex."""
    return hashlib.sha256(files.read(path)).hexdigest()


def add_command(commands: Commands, home: Path) -> None:
    """Add the custodian's command."""
    made = command(
        commands, "agreement", "record that an agency has signed: without it, it gets no key",
        "lapis custodian agreement baznas.card.json --number 119/PKS/2026 --signed 2026-01-15 \\\n"
        "      --until 2028-01-14 --document perjanjian-baznas.pdf",
    )  # fmt: skip
    made.add_argument("card", type=Path, help="the agency's card")
    add_paper(made)
    made.add_argument("--home", type=Path, default=home, help=f"the custodian's folder (default {home})")
    made.set_defaults(run=run)


def run(options: argparse.Namespace) -> Answer:
    """Record it in place of an older one."""
    agency = files.card(options.card, EnrolmentCard).party
    if not options.signed < options.until:
        raise LapisError("AGREEMENT_DAYS", "expected a last day after the day of signing", place="--until")
    kept = paper(options)
    files.replace_private(_file(options.home, agency), json.dumps(kept).encode())
    return Answer({"agency": agency, **kept}, [Sheet(f"Agreement of {agency}", ("", ""), list(kept.items()))])


def check(home: Path, agency: str, today: dt.date) -> None:
    """Raise LapisError AGREEMENT_MISSING unless an agreement with the agency is recorded and in force."""
    try:
        kept = json.loads(_file(home, agency).read_bytes())
        stands = dt.date.fromisoformat(kept["signed"]) <= today <= dt.date.fromisoformat(kept["until"])
    except (OSError, ValueError, KeyError, TypeError):
        stands = False
    if not stands:
        hint = "lapis custodian agreement"
        raise LapisError("AGREEMENT_MISSING", "no agreement with the agency is in force", place=agency, hint=hint)


def _file(home: Path, agency: str) -> Path:
    return home / FOLDER / f"{Path(agency).name}.json"

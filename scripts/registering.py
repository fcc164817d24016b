"""`lapis officer agreement`, `assessment`, `register`: what must be on file, recorded with the officer's own login.

Papers stay with her: their digests go to the centre.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
from pathlib import Path

from scripts import agreements, files, officer_desk
from scripts.cli import command
from scripts.console import Answer, Sheet
from scripts.referral import Commands


def add_commands(commands: Commands) -> None:
    """Add the three commands."""
    agreed = command(
        commands, "agreement", "record a signed agreement with an agency",
        "lapis officer agreement baznas --number 119/PKS/2026 --signed 2026-01-15 --until 2028-01-14 \\\n"
        "      --document perjanjian-baznas.pdf",
    )  # fmt: skip
    agreed.add_argument("agency")
    agreements.add_paper(agreed)
    agreed.set_defaults(run=run_agreement)
    assessed = command(
        commands, "assessment", "record the impact assessment, with the attack report that belongs to it",
        "lapis officer assessment --document dpia.pdf --attacks attack.json --signed 2026-11-24",
    )  # fmt: skip
    assessed.add_argument("--document", type=Path, required=True, help="the signed assessment: its digest is kept")
    assessed.add_argument("--attacks", type=Path, required=True, help="the report that `lapis attack` wrote")
    assessed.add_argument("--signed", type=dt.date.fromisoformat, required=True, help="yyyy-mm-dd")
    assessed.set_defaults(run=run_assessment)
    kept = command(
        commands, "register", "write agreements and the records of processing (article 31)",
        "lapis officer register --out catatan.json",
    )  # fmt: skip
    kept.add_argument("--out", type=Path, required=True, help="the new file")
    kept.set_defaults(run=run_register)
    for each in (agreed, assessed, kept):
        officer_desk.add_access(each)


def run_agreement(options: argparse.Namespace) -> Answer:
    """Record one."""
    body = {"agency": options.agency, **agreements.paper(options)}
    with officer_desk.desk(options) as desk:
        made = desk.ask("POST", "/v1/agreements", json=body)
    return Answer(made, [f"agreement {made['number']} with {made['agency']}, until {made['until']}"])


def run_assessment(options: argparse.Namespace) -> Answer:
    """Record one."""
    digests = {
        name: agreements.digest(path) for name, path in (("digest", options.document), ("attacks", options.attacks))
    }
    with officer_desk.desk(options) as desk:
        made = desk.ask("POST", "/v1/assessments", json={**digests, "signed": options.signed.isoformat()})
    return Answer(made, [f"assessment of {made['signed']} is on file"])


def run_register(options: argparse.Namespace) -> Answer:
    """Write the records."""
    with officer_desk.desk(options) as desk:
        found = desk.ask("GET", "/v1/processing")
    files.write_private(options.out, json.dumps(found, indent=2, ensure_ascii=False).encode())
    rows = [(each["agency"], each["agreement"], each["until"], "yes" if each["in_force"] else "NO")
            for each in found["recipients"]]  # fmt: skip
    return Answer(found, [Sheet("Agreements", ("agency", "number", "until", "in force"), rows), str(options.out)])

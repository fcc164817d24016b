"""`lapis officer subjects`: people's requests about their own data, listed, approved by two, answered and closed.

The answer is written for the person alone; the screen shows how much there is, and nothing of it.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
from pathlib import Path
from typing import Any

from scripts import files, officer_desk
from scripts.cli import command
from scripts.console import Answer, Sheet
from scripts.referral import Commands
from scripts.subject_request import sheet

OUTCOMES = ("done", "not-found", "refused")
SEEN = ("at", "code", "role", "agency", "purpose", "basis")


def add_commands(commands: Commands) -> None:
    """Add `subjects` with its commands."""
    group = commands.add_parser("subjects", help="people's requests: list, approve, answer")
    acts = group.add_subparsers(title="commands", metavar="COMMAND", required=True)
    listing = command(acts, "list", "list requests, those that wait first", "lapis officer subjects list")
    approval = command(acts, "approve", "approve that one is answered", "lapis officer subjects approve request-3")
    shown = command(
        acts, "trail", "write what is on record of the person, and who read it",
        "lapis officer subjects trail request-3 --basis legal-obligation --out jawaban-3",
    )  # fmt: skip
    shown.add_argument("--basis", default="legal-obligation", help="legal basis (default legal-obligation)")
    shown.add_argument("--out", type=Path, required=True, help="new folder for the answer, for the person alone")
    done = command(acts, "close", "close one, and do what it asks", "lapis officer subjects close request-3 done")
    for each in (approval, shown, done):
        each.add_argument("request", help="such as request-3")
    done.add_argument("outcome", choices=OUTCOMES, help="what came of it")
    for each, run in ((listing, run_list), (approval, run_approve), (shown, run_trail), (done, run_close)):
        officer_desk.add_access(each)
        each.set_defaults(run=run)


def run_list(options: argparse.Namespace) -> Answer:
    """List requests."""
    with officer_desk.desk(options) as desk:
        found = desk.ask("GET", "/v1/subject-requests", params={"limit": 200})["requests"]
    return Answer({"requests": found}, [sheet(found)])


def run_approve(options: argparse.Namespace) -> Answer:
    """Approve one."""
    with officer_desk.desk(options) as desk:
        made = desk.ask("POST", f"/v1/subject-requests/{options.request}/approvals")
    return Answer(made, [sheet([made])])


def run_close(options: argparse.Namespace) -> Answer:
    """Close one."""
    with officer_desk.desk(options) as desk:
        place = f"/v1/subject-requests/{options.request}/completion"
        made = desk.ask("POST", place, json={"outcome": options.outcome})
    said = f"rows that it is about: {made['rows']}, of {', '.join(made['agencies']) or 'nobody'}"
    return Answer(made, [sheet([made["request"]]), said])


def run_trail(options: argparse.Namespace) -> Answer:
    """Write the answer as two tables and as JSON."""
    why = {"purpose": "citizen-request", "basis": options.basis}
    with officer_desk.desk(options) as desk:
        made = desk.ask("GET", f"/v1/subject-requests/{options.request}/trail", params=why)
    files.write_private(options.out / "jawaban.json", json.dumps(made, indent=2).encode())
    aid = ("agency", "programme", "period", "amount", "regency", "village")
    for name, columns, rows in (("bantuan", aid, made["aid"]), ("dilihat", SEEN, made["seen"])):
        files.write_private(options.out / f"{name}.csv", _csv(columns, rows))
    counts = [("rows of aid", len(made["aid"])), ("times looked at", len(made["seen"]))]
    data = {"request": made["request"], "found": made["found"], "aid": counts[0][1], "seen": counts[1][1]}
    return Answer(data, [Sheet(f"{made['request']}, written to {options.out}", ("", ""), counts)])


def _csv(columns: tuple[str, ...], rows: list[dict[str, Any]]) -> bytes:
    out = io.StringIO()
    write = csv.DictWriter(out, columns, extrasaction="ignore")
    write.writeheader()
    write.writerows(rows)
    return out.getvalue().encode()

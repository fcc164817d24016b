"""`lapis officer`, for cases: open, approve, refuse, release, read answers. Approvals go to the vault alone.

An approver sees what the log says and what the vault holds, never what the centre merely claims. Shows no reference.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from linkage.encoding import EnrolmentCard, answer, cards, keyring
from linkage.errors import LapisError
from scripts import approval, console, desk, files, found_rows, officer_desk
from scripts.approval import Statement
from scripts.cli import command
from scripts.console import Answer, Sheet
from scripts.desk import ApproversDesk
from vault import cases as gated
from vault.log import Verifier

REASONS = ("not-needed", "wrong-purpose", "too-many", "not-as-logged", "requester", "other")
VERDICTS = ("justified", "not-justified")
PURPOSES = ("double-payment", "citizen-request", "vital-interest")
BASES = ("consent", "legal-obligation", "vital-interest", "public-task")
PATIENCE = 60.0
"""Seconds in which an entry is under a signature."""


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands about cases."""
    _add_enrol(commands)
    _add_open(commands)
    for name, run, help_ in (
        ("cases", run_cases, "list cases, as counts"),
        ("alerts", run_alerts, "list urgent cases that wait for their review"),
    ):
        officer_desk.add_access(each := command(commands, name, help_, f"lapis officer {name}"))
        each.set_defaults(run=run)
    yes = _add(commands, "approve", run_approve, "approve a case in the vault, after reading it there and in the log")
    yes.add_argument("--yes", action="store_true", help="do not ask")
    refuse = _add(commands, "refuse", run_refuse, "refuse a case, for good", "--reason not-needed")
    refuse.add_argument("--reason", choices=REASONS, required=True, help="why")
    _add(commands, "release", run_release, "open a case that two people approved, once")
    review = _add(commands, "review", run_review, "record the review of an urgent case", "--verdict justified")
    review.add_argument("--verdict", choices=VERDICTS, required=True, help="what it found")
    answers = _add(commands, "answers", run_answers, "open what agencies answered", "--out answers")
    answers.add_argument("--out", type=Path, required=True, help="folder for a workbook an agency")
    files.add_passphrase(answers)


def _add(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    run: Callable[[argparse.Namespace], Answer],
    help_: str,
    more: str = "",
) -> argparse.ArgumentParser:
    """Add a command about one case."""
    parser = command(commands, name, help_, f"lapis officer {name} case-7 {more}".strip())
    parser.add_argument("case", help="such as case-7")
    officer_desk.add_access(parser)
    parser.set_defaults(run=run)
    return parser


def _add_enrol(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    enrol = command(
        commands,
        "enrol",
        "set up an officer's desk and make her key for answers",
        "lapis officer enrol --name citra --centre https://pmo:8443 --centre-authority ca.pem \\\n"
        "      --vault https://pmo:8200 --vault-authority vault.pem --log-key log.verifier --agency baznas.card.json",
    )
    enrol.add_argument("--log-key", type=Path, required=True, help="the log's verifier key, got by another way")
    enrol.add_argument("--agency", type=Path, action="append", default=[], help="an agency's card, to check answers by")
    officer_desk.add_access(enrol)
    files.add_passphrase(enrol)
    enrol.set_defaults(run=run_enrol)


def _add_open(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    opening = command(
        commands,
        "open",
        "open a case: ask the vault for references of people",
        "lapis officer open 1c0ffee123456789 --purpose double-payment --basis public-task --hours 72 --answers",
    )
    opening.add_argument("person", nargs="*", help="pseudonymous persons, at most 30")
    opening.add_argument("--persons", type=Path, help="a file with one on a line")
    opening.add_argument("--purpose", choices=PURPOSES, required=True, help="why")
    opening.add_argument("--basis", choices=BASES, required=True, help="on which legal basis")
    opening.add_argument("--hours", type=int, default=72, help="until it ends (default 72; at most 336, urgent 4)")
    opening.add_argument("--answers", action="store_true", help="let agencies answer, sealed to your key")
    opening.add_argument("--urgent", action="store_true", help="vital-interest alone; reviewed within a day")
    officer_desk.add_access(opening)
    opening.set_defaults(run=run_open)


def run_enrol(options: argparse.Namespace) -> Answer:
    """Make the officer's folder; keys that are there are never replaced, cards and the log's key are."""
    home: Path = options.home
    verifier = Verifier.decode(files.read(options.log_key).decode("ascii", "replace"))
    known = [files.card(path, EnrolmentCard) for path in options.agency]
    places = officer_desk.keep(options)
    if not (home / desk.RING).exists():
        made = keyring.create(places["name"], places["name"], os.urandom)
        files.write_private(home / desk.RING, made.seal(files.passphrase(options), os.urandom))
        public = made.answer_key.public_key().public_bytes_raw().hex()
        files.write_private(home / desk.ANSWER_KEY, public.encode())
    files.replace_private(home / desk.LOG_KEY, verifier.encode().encode())
    for card in known:
        files.replace_private(home / desk.AGENCIES / f"{Path(card.party).name}.json", cards.dump(card).encode())
    prints = {card.party: cards.fingerprint(card) for card in known}
    key, log = desk.answer_key(home), verifier.encode()
    data = {"name": places["name"], "answer_key": key, "log": log, "agencies": prints}
    said = [f"the desk of {places['name']} is set up", f"answers are sealed to {key}", f"the log is {log}"]
    return Answer(
        data, [*said, Sheet("Answers are checked by the cards of", ("agency", "fingerprint"), [*prints.items()])]
    )


def run_open(options: argparse.Namespace) -> Answer:
    """Open a case."""
    listed = files.read(options.persons).decode(errors="replace").split() if options.persons else []
    body: dict[str, Any] = {"persons": [*options.person, *listed], "hours": options.hours, "urgent": options.urgent}
    if options.answers:
        body["officer_key"] = desk.answer_key(options.home)
    asked = {"purpose": options.purpose, "basis": options.basis}
    with officer_desk.desk(options) as session:
        case = session.ask("POST", "/v1/cases", params=asked, json=body)
    said = f"[bold]{case['case']}[/] waits for two approvers: `lapis officer approve {case['case']}`"
    return Answer(case, [_sheet([case]), said])


def run_cases(options: argparse.Namespace) -> Answer:
    """List cases."""
    with officer_desk.desk(options) as session:
        found = session.ask("GET", "/v1/cases")["cases"]
    return Answer({"cases": found}, [_sheet(found)])


def run_alerts(options: argparse.Namespace) -> Answer:
    """List alerts."""
    with officer_desk.desk(options) as session:
        found = session.ask("GET", "/v1/alerts")["alerts"]
    rows = [(each["case"], each["code"], each["since"]) for each in found]
    return Answer({"alerts": found}, [Sheet("Alerts", ("case", "what", "since"), rows)])


def run_approve(options: argparse.Namespace) -> Answer:
    """Read the case in the log and in the vault, say what it is, ask, and approve."""
    with officer_desk.desk_of(options, ApproversDesk) as session:
        statement = _logged(session, options.home, options.case)
        asked = session.ask("GET", f"/v1/cases/{options.case}")["asked"]
        digests = approval.match(statement, asked)
        approval.check(statement, session.vault.entity, datetime.now(UTC))
        accessors = [each["accessor"] for each in asked]
        gated.check(session.vault, accessors, digests)
        _confirm(statement, yes=options.yes)
        done = gated.approve(session.vault, accessors, digests, session.vault.entity)
        # The service learns of it now, and not when somebody next looks: its time is in the log.
        session.ask("GET", f"/v1/cases/{options.case}")
    whole = done == statement.references
    said = "two people have approved: it can be released" if whole else "approved; another approver is needed"
    return Answer({"case": options.case, "references": statement.references, "approved": whole}, [said])


def _logged(session: ApproversDesk, home: Path, case: str) -> Statement:
    """Return what the log says of a case, proved; waits until the entry is under a checkpoint."""
    seen, until = desk.seen(home), time.monotonic() + PATIENCE
    while True:
        try:
            proof = session.ask("GET", f"/v1/cases/{case}/entry", params={"since": seen.size if seen else 0})
            break
        except LapisError as error:
            if error.code != "LOG_NOT_YET" or time.monotonic() > until:
                raise
            time.sleep(1)
    statement, _ = approval.read(case, proof, desk.log_key(home), seen)
    desk.remember(home, proof["checkpoint"])
    return statement


def _confirm(statement: Statement, *, yes: bool) -> None:
    for line in approval.words(statement):
        console.ERR.print(line, markup=False, soft_wrap=True)
    if yes:
        return
    try:
        said = input("Approve? Type yes: ").strip().lower()
    except EOFError:
        said = ""
    if said != "yes":
        raise LapisError("NOT_CONFIRMED", "nothing was approved", place=statement.case)


def run_refuse(options: argparse.Namespace) -> Answer:
    """Refuse a case."""
    return _act(options, "refusal", {"reason": options.reason})


def run_review(options: argparse.Namespace) -> Answer:
    """Review an urgent case."""
    return _act(options, "review", {"verdict": options.verdict})


def _act(options: argparse.Namespace, act: str, body: dict[str, str]) -> Answer:
    with officer_desk.desk(options) as session:
        case = session.ask("POST", f"/v1/cases/{options.case}/{act}", json=body)
    return Answer(case, [_sheet([case])])


def run_release(options: argparse.Namespace) -> Answer:
    """Release a case."""
    with officer_desk.desk(options) as session:
        made = session.ask("POST", f"/v1/cases/{options.case}/release")
    rows = [(each,) for each in made["agencies"]]
    return Answer(made, [Sheet(f"{options.case} is released; tickets wait for", ("agency",), rows)])


def run_answers(options: argparse.Namespace) -> Answer:
    """Open each agency's answer into a workbook; one that does not open is named and does not stop the others."""
    own = desk.ring(options.home, files.passphrase(options))
    with officer_desk.desk(options) as session:
        given = session.ask("GET", f"/v1/cases/{options.case}/answers")["answers"]
    rows, refused = [], {}
    for each in given:
        agency = str(each["agency"])
        try:
            card = desk.card(options.home, agency)
            opened = answer.open_(each["sealed"].encode(), options.case, card, own.answer_key)
            read = found_rows.unpack(opened)
            rows.append((agency, len(read), str(found_rows.write(options.out / f"{options.case}-{agency}.xlsx", read))))
        except LapisError as error:
            refused[agency] = error.code
    views = [Sheet("Answers", ("agency", "rows", "written to"), rows)]
    if refused:
        views.append(Sheet("Not opened", ("agency", "why"), list(refused.items())))
    data = {"answers": {agency: {"rows": count, "path": path} for agency, count, path in rows}, "refused": refused}
    return Answer(data, views, 3 if refused else 0)


def _sheet(found: list[dict[str, Any]]) -> Sheet:
    columns = ("case", "state", "persons", "references", "approvals", "purpose", "until")
    rows = [
        (each["case"], each["state"], each["persons"], each["references"], each["approvals"], each["purpose"],
         each["expires"]) for each in found
    ]  # fmt: skip
    return Sheet("Cases", columns, rows)

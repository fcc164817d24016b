"""`lapis officer reconcile`: hold the vault's audit trail against the centre's log, at the reconciler's own desk.

It changes nothing at the vault or the centre, but for the alarms that it is told to report. Exit status 0: the two tell
one story; 5: alarms.
"""

from __future__ import annotations

import argparse
import getpass
import json
import ssl
import sys
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from linkage.errors import LapisError
from scripts import cli, console, devices, files
from scripts.console import Answer, Sheet
from vault import VaultSession, identity_token, login_person
from vault.log import Verifier
from vault.reconcile import CODES, PATIENCE, Finding, Look, State, namer

PAGE = 200
PROLONG = 300
"""Seconds after which a watch lets its login live on: the vault's tokens last twenty minutes."""
COLUMNS = ("what", "about", "where", "since", "times", "case")
EXAMPLE = (
    "lapis officer reconcile --audit vault/audit --bundle log-maret --key log.verifier --state look.json \\\n"
    "      --vault https://127.0.0.1:8200 --authority vault.pem --user eko --watch"
)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    seconds = int(PATIENCE.total_seconds())
    parser.add_argument("--audit", type=Path, nargs="+", required=True, help="the trail's files, or their folder")
    parser.add_argument("--bundle", type=Path, required=True, help="folder that `lapis centre log` wrote")
    parser.add_argument("--key", type=Path, help="the log's verifier key as you keep it (default: the bundle's own)")
    parser.add_argument("--state", type=Path, help="where to remember how far this look came: the next finds cuts")
    parser.add_argument("--vault", help="the vault's address: it alone names a case's requests as the trail does")
    parser.add_argument("--authority", type=Path, help="who signs the vault's certificate")
    parser.add_argument("--user", help="your login at the vault")
    parser.add_argument("--password-file", type=Path, help="instead of asking for the password")
    parser.add_argument(
        "--device-file", type=Path, help="her .otpauth, instead of asking for codes: to look unattended"
    )
    parser.add_argument("--report", help="the centre's address: raise the alarms there")
    parser.add_argument("--report-authority", type=Path, help="who signs the centre's certificate")
    parser.add_argument("--watch", action="store_true", help="go on looking, and tell each alarm once")
    parser.add_argument("--every", type=float, default=5.0, help="seconds between two looks (default 5)")
    parser.add_argument(
        "--patience", type=int, default=seconds, help=f"seconds that an entry may take to appear (default {seconds})"
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> Answer:
    """Look once, or until stopped."""
    key = files.read(options.key or options.bundle / "verifier").decode("ascii", "replace")
    state = State.load(options.state) if options.state else State()
    patience = timedelta(seconds=options.patience)
    with _login(options) as session:
        name = namer(session) if session else _unnamed
        look = Look(options.audit, options.bundle, Verifier.decode(key), name, state, patience)
        report = _Report(options, session)
        if options.watch:
            _watch(look, report, session, options)
        found = look.look(_now())
        report.tell(look.untold(found))
        _save(look, options.state, found if options.report else ())
    return _answer(look, found, own_key=options.key is not None)


def _watch(look: Look, report: _Report, session: VaultSession | None, options: argparse.Namespace) -> None:
    """Look again and again; a vault or centre that is away is told, and waited for."""
    shown: set[str] = set()
    prolonged = time.monotonic()
    while True:
        try:
            if session is not None and time.monotonic() > prolonged + PROLONG:
                session.prolong()
                prolonged = time.monotonic()
            fresh = look.untold(look.look(_now()))
            if unseen := [each for each in fresh if each.size not in shown]:
                _show(unseen, as_json=options.json)
                shown |= {each.size for each in unseen}
            report.tell(fresh)
            _save(look, options.state, fresh)
        except LapisError as error:
            if error.code not in cli.AWAY:
                raise
            cli.report(error)
        time.sleep(options.every)


def _now() -> datetime:
    return datetime.now(UTC)


def _save(look: Look, file: Path | None, told: Sequence[Finding]) -> None:
    state = look.state(told)
    if file is not None:
        state.save(file)


def _login(options: argparse.Namespace) -> AbstractContextManager[VaultSession | None]:
    """Log in at the vault as the reconciler, if she says where."""
    if not options.vault:
        return nullcontext()
    if not (options.authority and options.user):
        raise LapisError("RECONCILE_LOGIN", "a vault needs --authority and --user")
    given = options.password_file
    password = files.read(given).decode().strip() if given else getpass.getpass("password: ")
    device = options.device_file
    return login_person(
        options.vault,
        options.authority,
        options.user,
        password,
        code=lambda: devices.code(device, time.time()) if device else getpass.getpass("code that your device shows: "),
    )


def _unnamed(_: str) -> str:
    hint = "give --vault, --authority and --user"
    raise LapisError("RECONCILE_LOGIN", "the log has cases, whose requests only the vault can name", hint=hint)


class _Report:
    """Raises alarms at the centre, with the reconciler's own login; nothing if she did not ask for it."""

    def __init__(self, options: argparse.Namespace, session: VaultSession | None) -> None:
        self._address, self._session = options.report, session
        if self._address and session is None:
            raise LapisError("RECONCILE_LOGIN", "to report needs a login", hint="give --vault, --authority and --user")
        if self._address and not self._address.startswith("https://"):
            raise LapisError("CENTRE_UNTRUSTED", "expected an https address", place=self._address)
        self._trust = ssl.create_default_context(cafile=options.report_authority) if self._address else None

    def tell(self, found: Sequence[Finding]) -> None:
        """Raise what is new; raises LapisError CENTRE_AWAY, or with the centre's own code."""
        if not found or not self._address or self._session is None or self._trust is None:
            return
        headers = {"Authorization": f"Bearer {identity_token(self._session)}"}
        with httpx.Client(base_url=self._address, verify=self._trust, timeout=30, trust_env=False) as http:
            for start in range(0, len(found), PAGE):
                self._send(http, headers, found[start : start + PAGE])

    def _send(self, http: httpx.Client, headers: dict[str, str], found: Sequence[Finding]) -> None:
        body = {"alarms": [_alarm(each) for each in found]}
        try:
            answer = http.post("/v1/alarms", json=body, headers=headers)
        except httpx.TransportError:
            raise LapisError("CENTRE_AWAY", "the centre does not answer", place=self._address, hint="later") from None
        if answer.status_code != httpx.codes.CREATED:
            content = answer.json() if "json" in answer.headers.get("content-type", "") else {}
            code, detail = content.get("code", "CENTRE_AWAY"), content.get("detail", "the centre could not answer")
            raise LapisError(str(code), str(detail), place=self._address)


def _alarm(found: Finding) -> dict[str, Any]:
    """Return a finding as the centre takes it."""
    body = {"code": found.code, "about": found.about, "place": found.place, "at": found.at.isoformat(),
            "count": found.count}  # fmt: skip
    return {**body, "case": found.case} if found.case else body


def _plain(found: Sequence[Finding]) -> list[dict[str, Any]]:
    return [{**asdict(each), "at": each.at.isoformat()} for each in found]


def _show(found: Sequence[Finding], *, as_json: bool) -> None:
    """Tell alarms as they come: a table, or one JSON object a line."""
    if as_json:
        sys.stdout.writelines(json.dumps(each) + "\n" for each in _plain(found))
        sys.stdout.flush()
    else:
        console.table(_sheet(found))


def _sheet(found: Sequence[Finding]) -> Sheet:
    rows = [
        (each.code, each.about, each.place, f"{each.at:%Y-%m-%d %H:%M:%S}", each.count, each.case or None)
        for each in found
    ]
    return Sheet(f"Alarms: {len(found)}", COLUMNS, rows)


def _answer(look: Look, found: Sequence[Finding], *, own_key: bool) -> Answer:
    views: list[Sheet | str] = []
    if found:
        views += [_sheet(found), *(f"{code}: {CODES[code]}" for code in sorted({each.code for each in found}))]
    else:
        views.append(f"one story: {look.lines:,} lines of the trail and the centre's log agree")
    if not own_key:
        views.append("[yellow]checked with the bundle's own key: compare it with the one that you keep[/]")
    runs = [(f"{run.until:%Y-%m-%d %H:%M:%S}", " ".join(sorted(run.changes))) for run in look.ours.runs if run.changes]
    if runs:
        views.append(Sheet("Recorded runs, and what they changed: was each one wanted?", ("ended", "changed"), runs))
    data = {"lines": look.lines, "findings": _plain(found), "runs": [list(run) for run in runs], "own_key": own_key}
    return Answer(data, views, cli.ALARM if found else 0)

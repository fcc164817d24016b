"""`lapis agency submit`: send a sealed list to the centre in parts, go on where it stopped, follow it to its end.

What is sent is the sealed file. The agency's credentials for the centre lie in its home, for its owner's eyes only.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from linkage.errors import LapisError
from scripts import console, files
from scripts.console import Answer, Sheet

PART = 4 * 2**20
ACCESS, AUTHORITY = "centre-access.json", "centre-authority.pem"
PATIENCE = 300.0
"""Seconds for which the centre may be away before the command gives up; it goes on when it is run again."""
PASSING = frozenset({429, 500, 502, 503, 504})


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("file", type=Path, nargs="+", help="a sealed list, as `lapis agency tokenise` made it")
    parser.add_argument("--centre", required=True, help="its address, such as https://lapis.lampungprov.go.id")
    add_access(parser)
    parser.add_argument("--no-wait", action="store_true", help="do not wait until it is taken in")
    parser.set_defaults(run=run)


def add_access(parser: argparse.ArgumentParser) -> None:
    """Add what an agency gives the first time that it speaks to the centre."""
    parser.add_argument("--credentials", type=Path, help="from the centre, the first time: role_id and secret_id")
    parser.add_argument("--authority", type=Path, help="from the centre, the first time: who signs its certificate")


def run(options: argparse.Namespace) -> Answer:
    """Send each file."""
    keep(options.home, options.credentials, options.authority)
    jobs = {}
    with Desk(options.centre, options.home) as desk:
        for path in options.file:
            jobs[path.name] = desk.submit(path, wait=not options.no_wait)
    rows = [(name, job["state"], job.get("rows"), job.get("known_rows"), job.get("code")) for name, job in jobs.items()]
    sheet = Sheet("Sent", ("file", "state", "rows", "known before", "refused for"), rows)
    refused = any(job["state"] == "refused" for job in jobs.values())
    return Answer({"jobs": jobs}, [sheet], 3 if refused else 0)


def keep(home: Path, credentials: Path | None, authority: Path | None) -> None:
    """Keep what was given, for the next time."""
    for name, given in ((ACCESS, credentials), (AUTHORITY, authority)):
        if given is not None:
            held = files.read(given)
            (home / name).unlink(missing_ok=True)
            files.write_private(home / name, held)


@dataclass(slots=True)
class _Access:
    """Credentials and the token that they got; none of it prints."""

    role_id: str
    secret_id: str
    token: str = ""

    def __repr__(self) -> str:
        return "_Access()"


class Desk:
    """A session with the centre: it logs in by itself, and repeats what a passing failure stopped."""

    def __init__(self, address: str, home: Path, pause: Callable[[float], None] = time.sleep) -> None:
        if not address.startswith("https://"):
            raise LapisError("CENTRE_UNTRUSTED", "expected an https address", place=address)
        self._access, self._pause = _access(home), pause
        trust = ssl.create_default_context(cafile=home / AUTHORITY if (home / AUTHORITY).exists() else None)
        self._http = httpx.Client(base_url=address, verify=trust, timeout=60, trust_env=False)

    def __enter__(self) -> Desk:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def submit(self, path: Path, *, wait: bool) -> dict[str, Any]:
        """Send one file and return its job; raises LapisError with the centre's own code."""
        size = path.stat().st_size
        with path.open("rb") as file, console.progress(path.name) as track:
            wanted = {"digest": hashlib.file_digest(file, "sha256").hexdigest(), "size": size}
            upload = self._ask("POST", "/v1/submissions", json=wanted)
            while upload["received"] < size and upload["job"] is None:
                track("send", upload["received"], size)
                upload = self._send(upload, file.seek(upload["received"]), file.read(PART))
            track("send", size, size)
            job = self._ask("POST", f"/v1/submissions/{upload['id']}/complete")
            while wait and job["state"] == "waiting":
                self._pause(0.5)
                job = self._ask("GET", f"/v1/jobs/{job['id']}")
                if job["progress"]:
                    track(*(job["progress"][name] for name in ("stage", "done", "total")))
        return job

    def tickets(self) -> list[dict[str, Any]]:
        """Return the agency's tickets, sealed."""
        return list(self._ask("GET", "/v1/tickets")["tickets"])

    def answer(self, case: str, sealed: str) -> None:
        """Send a sealed answer to a case."""
        self._ask("POST", f"/v1/cases/{case}/answers", json={"sealed": sealed})

    def _send(self, upload: dict[str, Any], offset: int, part: bytes) -> dict[str, Any]:
        place = f"/v1/submissions/{upload['id']}"
        try:
            return self._ask("PATCH", place, content=part, headers={"Upload-Offset": str(offset)})
        except LapisError as error:
            # An answer was lost on the way: the part is there, and the centre says so.
            if error.code != "UPLOAD_OFFSET":
                raise
            return self._ask("GET", place)

    def _ask(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        """Make a request until it is answered: passing failures are waited for, a spent token is renewed once."""
        until, wait, renewed = time.monotonic() + PATIENCE, 0.2, False
        while True:
            answer = self._once(method, path, more)
            if answer is not None and answer.status_code == 401 and not renewed:
                self._access.token, renewed = "", True
            elif answer is not None and answer.status_code not in PASSING:
                return content(answer, path)
            elif time.monotonic() > until:
                raise LapisError("CENTRE_AWAY", "the centre does not answer", place=path, hint="run it again later")
            else:
                self._pause(wait)
                wait = min(2 * wait, 10.0)

    def _once(self, method: str, path: str, more: dict[str, Any]) -> httpx.Response | None:
        try:
            if not self._access.token:
                refused = self._log_in()
                if refused is not None:
                    return refused
            headers = {**more.get("headers", {}), "Authorization": f"Bearer {self._access.token}"}
            return self._http.request(method, path, **{**more, "headers": headers})
        except httpx.TransportError:
            return None

    def _log_in(self) -> httpx.Response | None:
        form = {"grant_type": "client_credentials"}
        answer = self._http.post("/oauth/token", data=form, auth=(self._access.role_id, self._access.secret_id))
        if answer.status_code == 401:
            content(answer, "/oauth/token")
        if answer.status_code != 200:
            return answer
        self._access.token = str(answer.json()["access_token"])
        return None


def _access(home: Path) -> _Access:
    try:
        held = json.loads((home / ACCESS).read_bytes())
        return _Access(held["role_id"], held["secret_id"])
    except (OSError, ValueError, KeyError, TypeError):
        hint = "give --credentials, the file that the centre handed over"
        raise LapisError("CREDENTIALS_MISSING", "no credentials for the centre", place=str(home), hint=hint) from None


def content(answer: httpx.Response, path: str) -> dict[str, Any]:
    """Return what the centre answered; raises LapisError with its own code if it refused."""
    try:
        found = dict(answer.json())
    except ValueError:
        found = {}
    if answer.is_success:
        return found
    code, detail = str(found.get("code", "CENTRE_FAILED")), str(found.get("detail", "the centre refused"))
    raise LapisError(code, detail, place=str(found.get("place") or path), hint=str(found.get("hint", "")))

"""`lapis agency submit`: send a sealed list to the centre in parts, go on where it stopped, follow it to its end.

What is sent is the sealed file. The agency's credentials for the centre lie in its home, for its owner's eyes only.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from linkage.errors import LapisError
from scripts import console, files
from scripts.connection import Connection, content
from scripts.console import Answer, Sheet

PART = 4 * 2**20
ACCESS, AUTHORITY = "centre-access.json", "centre-authority.pem"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("file", type=Path, nargs="+", help="a sealed list, as `lapis agency tokenise` made it")
    add_access(parser)
    parser.add_argument("--no-wait", action="store_true", help="do not wait until it is taken in")
    parser.set_defaults(run=run)


def add_access(parser: argparse.ArgumentParser, *, always: bool = True) -> None:
    """Add the options of every command that asks the centre, `always` or only if told to."""
    parser.add_argument("--centre", required=always, help="its address, such as https://lapis.lampungprov.go.id")
    parser.add_argument("--credentials", type=Path, help="from the centre, the first time: role_id and secret_id")
    parser.add_argument("--authority", type=Path, help="from the centre, the first time: who signs its certificate")


def desk(options: argparse.Namespace) -> Desk:
    """Keep what the centre handed over, if it is given, and return a session."""
    keep(options.home, options.credentials, options.authority)
    return Desk(options.centre, options.home)


def run(options: argparse.Namespace) -> Answer:
    """Send each file."""
    jobs = {}
    with desk(options) as session:
        for path in options.file:
            jobs[path.name] = session.submit(path, wait=not options.no_wait)
    rows = [(name, job["state"], job.get("rows"), job.get("known_rows"), job.get("code")) for name, job in jobs.items()]
    sheet = Sheet("Sent", ("file", "state", "rows", "known before", "refused for"), rows)
    refused = any(job["state"] == "refused" for job in jobs.values())
    return Answer({"jobs": jobs}, [sheet], 3 if refused else 0)


def keep(home: Path, credentials: Path | None, authority: Path | None) -> None:
    """Keep what the centre handed over, for its owner's eyes only; what is not given stays as it was."""
    for name, given in ((ACCESS, credentials), (AUTHORITY, authority)):
        if given is not None:
            files.replace_private(home / name, files.read(given))


@dataclass(frozen=True, slots=True)
class _Access:
    """Credentials; none of it prints."""

    role_id: str
    secret_id: str

    def __repr__(self) -> str:
        return "_Access()"


class Desk(Connection):
    """An agency's session with the centre; it logs in by itself."""

    def __init__(self, address: str, home: Path, pause: Callable[[float], None] = time.sleep) -> None:
        """Take the credentials in the agency's home; raises LapisError CREDENTIALS_MISSING or CENTRE_UNTRUSTED."""
        super().__init__(address, home / AUTHORITY, pause)
        self._access = _access(home)

    def submit(self, path: Path, *, wait: bool, told: console.Track | None = None) -> dict[str, Any]:
        """Send one file and return its job, telling `told` or a terminal how far it is.

        Raises LapisError with the centre's own code.
        """
        size = path.stat().st_size
        shown: AbstractContextManager[console.Track] = nullcontext(told) if told else console.progress(path.name)
        with path.open("rb") as file, shown as track:
            wanted = {"digest": hashlib.file_digest(file, "sha256").hexdigest(), "size": size}
            upload = self.ask("POST", "/v1/submissions", json=wanted)
            while upload["received"] < size and upload["job"] is None:
                track("send", upload["received"], size)
                upload = self._send(upload, file.seek(upload["received"]), file.read(PART))
            track("send", size, size)
            job = self.ask("POST", f"/v1/submissions/{upload['id']}/complete")
            pause = 0.05
            while wait and job["state"] == "waiting":
                self._pause(pause)
                pause = min(2 * pause, 1.0)
                job = self.ask("GET", f"/v1/jobs/{job['id']}")
                if job["progress"]:
                    track(*(job["progress"][name] for name in ("stage", "done", "total")))
        return job

    def _send(self, upload: dict[str, Any], offset: int, part: bytes) -> dict[str, Any]:
        place = f"/v1/submissions/{upload['id']}"
        try:
            return self.ask("PATCH", place, content=part, headers={"Upload-Offset": str(offset)})
        except LapisError as error:
            # An answer was lost on the way: the part is there, and the centre says so.
            if error.code != "UPLOAD_OFFSET":
                raise
            return self.ask("GET", place)

    def log_in(self) -> str | httpx.Response:
        """Turn the agency's credentials into a token."""
        form = {"grant_type": "client_credentials"}
        answer = self._http.post("/oauth/token", data=form, auth=(self._access.role_id, self._access.secret_id))
        if answer.status_code == 401:
            content(answer, "/oauth/token")
        return str(answer.json()["access_token"]) if answer.status_code == 200 else answer


def _access(home: Path) -> _Access:
    try:
        content = json.loads((home / ACCESS).read_bytes())
        return _Access(content["role_id"], content["secret_id"])
    except (OSError, ValueError, KeyError, TypeError):
        hint = "give --credentials, the file that the centre handed over"
        raise LapisError("CREDENTIALS_MISSING", "no credentials for the centre", place=str(home), hint=hint) from None

"""One run of the page: the agency's opened keys, the lists that were put in, the work under way. Does not print.

Keys and lists are in memory, and go when it is locked, idle for too long, or closed.
"""

from __future__ import annotations

import itertools
import json
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from linkage.encoding import epoch
from linkage.errors import LapisError
from linkage.giveback import Language
from linkage.identity import Defaults
from scripts import enrolment, files, sealing, submit
from scripts.page.exchange import RefusedError
from scripts.page.lists import OpenList
from scripts.page.work import Act, Work
from scripts.sealing import Agency

IDLE = 30 * 60.0
"""Seconds without a request after which keys and lists are forgotten."""
MOST_LISTS = 4
QUICK = 1.5
"""Seconds for which an answer waits for work, so that short work shows no progress."""
STALE = 60 * 60.0
"""Seconds after which a half-written file is nobody's."""
SENT, SETTINGS = "sent.json", "page.json"


@dataclass(frozen=True, slots=True, repr=False)
class Download:
    """A file that was made for the operator: its name, and its octets. Does not print."""

    name: str
    content: bytes


class Session:
    """What one run of the page holds."""

    def __init__(self, home: Path, clock: Callable[[], float], centre: str = "") -> None:
        """Begin over an agency's folder; `clock` counts seconds, `centre` goes before the address that was kept."""
        self.home, self.language = home, _language("id")
        self.agency: Agency | None = None
        self.lists: dict[int, OpenList] = {}
        self.downloads: dict[int, Download] = {}
        self.works: dict[int, Work] = {}
        self.results: dict[int, Mapping[str, Any]] = {}
        self.last_programme = self.last_period = ""
        self.closing = threading.Event()
        self._clock, self._seen, self._numbers = clock, clock(), itertools.count(1)
        self._beginning = threading.Lock()
        self.centre = centre or str(_load(home / SETTINGS).get("centre", ""))
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        for stale in home.glob("page-*"):
            # What a run that was killed left behind.
            shutil.rmtree(stale, ignore_errors=True)
        _sweep(home)
        self._folder = tempfile.TemporaryDirectory(prefix="page-", dir=home)
        self.folder = Path(self._folder.name)

    def __repr__(self) -> str:
        """Show nothing."""
        return "Session()"

    def touch(self) -> None:
        """Note that somebody is there; whoever comes back too late finds everything locked."""
        now = self._clock()
        if now - self._seen > IDLE and not any(work.running for work in self.works.values()):
            self.lock()
        self._seen = now
        if self.agency and self._ended(self.agency):
            # The last day passed while the page was open.
            self.agency = None

    @staticmethod
    def _ended(agency: Agency) -> bool:
        return agency.epoch.expires is None or agency.epoch.expires < enrolment.today()

    def lock(self) -> None:
        """Stop what is under way; forget keys, lists and what was made of them."""
        self.agency = None
        for work in tuple(self.works.values()):
            work.stop()
        for each in (self.lists, self.downloads, self.works, self.results):
            each.clear()

    def close(self) -> None:
        """Forget everything and take the folder away."""
        self.lock()
        self._folder.cleanup()

    def number(self) -> int:
        """Return a number that nothing has yet."""
        return next(self._numbers)

    def unlock(self, secret: str) -> None:
        """Open the agency's keys; raises LapisError BOX_OPEN, ENROL_FIRST or EPOCH_*."""
        self.agency = sealing.open_agency(self.home, secret)

    @property
    def enrolled(self) -> bool:
        """Tell whether the agency has keys at all."""
        return (self.home / "keyring.box").exists()

    @property
    def days_left(self) -> int | None:
        """Return how long the epoch is in force; None while locked."""
        return epoch.days_left(self.agency.epoch, enrolment.today()) if self.agency else None

    @property
    def ends_soon(self) -> bool:
        """Tell whether the epoch's end is so near that the next bundle has to be asked for."""
        left = self.days_left
        return left is not None and left <= enrolment.WARNED

    def opened(self) -> Agency:
        """Return the opened agency; raises RefusedError LOCKED."""
        if self.agency is None:
            raise RefusedError(403, "LOCKED")
        return self.agency

    def put(self, name: str, data: bytes, defaults: Defaults, *, single: bool = False) -> OpenList:
        """Take a list in; the oldest one goes when there are too many."""
        while len(self.lists) >= MOST_LISTS:
            del self.lists[min(self.lists)]
        made = OpenList(self.number(), name, data, defaults, single)
        self.lists[made.number] = made
        return made

    def find(self, number: str) -> OpenList:
        """Return a list; raises RefusedError LIST_GONE."""
        if not number.isdigit() or int(number) not in self.lists:
            raise RefusedError(404, "LIST_GONE")
        return self.lists[int(number)]

    def read_list(self, number: str) -> OpenList:
        """Return a list that could be read; raises RefusedError LIST_GONE or LIST_UNREAD."""
        found = self.find(number)
        if found.reading is None:
            raise RefusedError(409, "LIST_UNREAD")
        return found

    def keep(self, name: str, content: bytes) -> int:
        """Hold a file for the operator to fetch; return its number."""
        number = self.number()
        self.downloads[number] = Download(name, content)
        return number

    def begin(self, act: Act, back: str) -> int:
        """Start work and return its number; raises RefusedError WORK_RUNNING while there is some."""
        with self._beginning:
            # Two tabs can ask at the same moment.
            if any(work.running for work in self.works.values()):
                raise RefusedError(409, "WORK_RUNNING")
            number = self.number()
            self.works[number] = work = Work(act, back)
        work.wait(QUICK)
        return number

    def desk(self, pause: Callable[[float], None]) -> submit.Desk:
        """Return a session with the centre; raises LapisError CENTRE_MISSING or CREDENTIALS_MISSING."""
        if not self.centre:
            raise LapisError("CENTRE_MISSING", "the centre's address is not known")
        return submit.Desk(self.centre, self.home, pause)

    def settle_centre(self, address: str) -> None:
        """Keep the centre's address; raises LapisError CENTRE_UNTRUSTED."""
        if not address.startswith("https://"):
            raise LapisError("CENTRE_UNTRUSTED", "expected an https address")
        self.centre = address.rstrip("/")
        files.replace_private(self.home / SETTINGS, json.dumps({"centre": self.centre}).encode())

    @property
    def sent(self) -> dict[str, dict[str, Any]]:
        """Return what became of sealed lists that were sent, by the name of their file."""
        return _load(self.home / SENT)

    def note_sent(self, name: str, job: Mapping[str, Any], at: str) -> None:
        """Remember what became of one."""
        kept = {key: job.get(key) for key in ("state", "rows", "known_rows", "code")}
        files.replace_private(self.home / SENT, json.dumps({**self.sent, name: {**kept, "at": at}}).encode())

    @property
    def outbox(self) -> list[Path]:
        """Return the sealed lists, the newest first."""
        found = (self.home / "outbox").glob("*.lapis")
        return sorted(found, key=lambda path: (-path.stat().st_mtime, path.name))


def _sweep(home: Path) -> None:
    """Take away what a killed run had half written; what is younger may be another's, who is writing it."""
    for part in (*home.glob("outbox/.*.part"), *home.glob("references/*.part"), *home.glob("references/.*.part")):
        with suppress(OSError):
            if time.time() - part.stat().st_mtime > STALE:
                part.unlink()


def _language(text: Language) -> Language:
    return text


def _load(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def random(size: int) -> bytes:
    """Return entropy."""
    return os.urandom(size)

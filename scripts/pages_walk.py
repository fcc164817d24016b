"""People at their browsers, as many at once as are asked for: they sign in, open their pages, and each look is timed.

Each has a session of her own through the vault, and an address of her own, as on separate desks. Only times, sizes and
statuses are kept of an answer.
"""

from __future__ import annotations

import http.client
import random
import ssl
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast
from urllib.parse import parse_qsl, urlsplit

from linkage.errors import LapisError
from vault import browser
from vault.browser import Door, LoggedIn

SECONDS = 120
WHY = "purpose={}&basis=public-task"
TARGETING, REVIEW, OVERSIGHT = (WHY.format(each) for each in ("targeting", "overlap-review", "oversight"))
RELEASED = {
    "layers": f"/pages/layers?{TARGETING}", "gaps": f"/pages/gaps?{TARGETING}",
    "gaps of a regency": f"/pages/gaps?{TARGETING}&regency={{regency}}", "funds": f"/pages/funds?{TARGETING}",
    "villages": f"/pages/villages?{TARGETING}",
}  # fmt: skip
ABOUT = {
    "persons": f"/pages/persons?{TARGETING}", "persons, further on": f"/pages/persons?{TARGETING}&after={{person}}",
    "persons of a programme": f"/pages/persons?{TARGETING}&programme=PKH",
    "persons of a regency": f"/pages/persons?{TARGETING}&regency={{regency}}",
    "person": f"/pages/persons/{{person}}?{TARGETING}", "overlaps": f"/pages/overlaps?{TARGETING}",
    "overlaps of programmes": f"/pages/overlaps?{TARGETING}&kind=programmes&regency={{regency}}",
    "coverage": f"/pages/coverage?{TARGETING}",
    "coverage of a programme": f"/pages/coverage?{TARGETING}&programme=PKH",
}  # fmt: skip
FLAGS = {
    "flags": f"/pages/flags?{REVIEW}", "flags of a regency": f"/pages/flags?{REVIEW}&regency={{regency}}",
    "without a NIK": f"/pages/unregistered?{TARGETING}",
    "without a NIK, a regency": f"/pages/unregistered?{TARGETING}&regency={{regency}}",
}  # fmt: skip
RUNS = {"runs": "/pages/runs", "run": "/pages/runs/1", "releases": "/pages/releases"}
WORK = {
    **RUNS, "cases": "/pages/cases", "case": "/pages/cases/case-1", "lists sent": "/pages/submissions",
    "campaigns": "/pages/campaigns", "campaign": "/pages/campaigns/1",
}  # fmt: skip
DESK = {
    "approvals": "/pages/approvals", "queue": "/pages/queue", "requests": "/pages/subjects",
    "register": "/pages/register",
}  # fmt: skip
LOG = {
    "log": f"/pages/log?{OVERSIGHT}", "log of a person": f"/pages/log?{OVERSIGHT}&person={{person}}",
    "log of an agency": f"/pages/log?{OVERSIGHT}&agency={{agency}}",
    "log of a flag": f"/pages/log?{OVERSIGHT}&flag=bulk-reads",
    "log of a case": f"/pages/log?{OVERSIGHT}&request=case-3",
    "log of the denied": f"/pages/log?{OVERSIGHT}&outcome=denied",
}  # fmt: skip
HOME = {"start": "/pages"}
OPENED = {
    "analyst": {**HOME, **ABOUT, **RELEASED, **RUNS},
    "pmo-officer": {**HOME, **ABOUT, **RELEASED, **FLAGS, **WORK},
    "pmo-head": {**HOME, **RELEASED, **FLAGS, **WORK, **DESK},
    "dpo": {**HOME, **WORK, **DESK, **LOG},
    "agency-staff": {**HOME, "own lists": "/pages/submissions", "desk": "/pages/desk"},
}
SHARES = {"analyst": 6, "pmo-officer": 5, "pmo-head": 3, "dpo": 4, "agency-staff": 2}
"""Of twenty."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Where the service and its vault are, who signs their certificates, and who sits there in which role."""

    service: str
    tls: Path
    vault: Door
    passwords: Path
    agency: str
    persons: int


@dataclass(frozen=True, slots=True)
class Look:
    """One look at a page: which, seconds until the last octet, octets, and the status."""

    page: str
    seconds: float
    octets: int
    status: int


def crew(count: int) -> list[tuple[str, str]]:
    """Return so many people, name and role, in the shares of a centre."""
    every = [role for role, share in SHARES.items() for _ in range(share)]
    return [(f"user-{at}", every[at * len(every) // count % len(every)]) for at in range(count)]


def walk(desk: Desk, people: Sequence[tuple[str, str]], rounds: int, pause: float) -> tuple[list[Look], float]:
    """Have everybody sign in, then open all her pages so many times at once; return the looks, and the seconds."""
    users = [_User(desk, at, name) for at, (name, _) in enumerate(people)]
    looks: list[Look] = []
    failed: list[BaseException] = []
    together = threading.Barrier(len(users) + 1)

    def sit(user: _User, role: str) -> None:
        try:
            user.sign_in()
            # What a first look makes once (templates, lists) is no matter of load.
            for _page, path in user.choose(OPENED[role], 1, shuffle=False):
                user.open(path)
            together.wait(SECONDS * 10)
            for page, path in user.choose(OPENED[role], rounds):
                looks.append(user.look(page, path))
                time.sleep(pause * user.draw.uniform(0.5, 1.5))
        except BaseException as error:
            failed.append(error)
            together.abort()

    threads = [threading.Thread(target=sit, args=(user, role), daemon=True)
               for user, (_, role) in zip(users, people, strict=True)]  # fmt: skip
    for thread in threads:
        thread.start()
    try:
        together.wait(SECONDS * 10)
    except threading.BrokenBarrierError:
        raise (failed[0] if failed else LapisError("BENCH_STOPPED", "nobody came in")) from None
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
    return looks, time.perf_counter() - began


class _User:
    """One person at one browser, which keeps its connection and its cookie."""

    def __init__(self, desk: Desk, number: int, name: str) -> None:
        self.desk, self.name = desk, name
        self.draw = random.Random(number)  # noqa: S311 — which page comes next is no secret
        # An address a desk: the door to the service counts logins by address.
        self.source = (f"127.0.1.{number + 1}", 0)
        self.cookies: dict[str, str] = {}
        self.line: http.client.HTTPSConnection | None = None

    def sign_in(self) -> None:
        """Come in as a browser does: to the provider, through the vault, and back with a code."""
        where = self.open("/login")[1]["location"]
        password = (self.desk.passwords / f"{self.name}.password").read_text()
        person = cast(LoggedIn, browser.begin(self.desk.vault, self.name, password))
        asked = dict(parse_qsl(urlsplit(where).query))
        code = browser.code(self.desk.vault, person, asked)
        status, headers, _ = self.open(f"/login/callback?code={code}&state={asked['state']}")
        if (status, headers["location"]) != (303, "/pages"):
            raise LapisError("BENCH_STOPPED", f"signing in answered {status}")

    def choose(self, pages: dict[str, str], rounds: int, *, shuffle: bool = True) -> Iterator[tuple[str, str]]:
        """Yield pages in an order of her own, about whomever she happens on."""
        for _ in range(rounds):
            names = list(pages)
            if shuffle:
                self.draw.shuffle(names)
            for name in names:
                regency = f"18.{self.draw.randint(1, 13):02}"
                person = f"{self.draw.randrange(self.desk.persons):016x}"
                yield name, pages[name].format(person=person, regency=regency, agency=self.desk.agency)

    def look(self, page: str, path: str) -> Look:
        """Open a page and time it."""
        began = time.perf_counter()
        status, _, octets = self.open(path)
        return Look(page, time.perf_counter() - began, octets, status)

    def open(self, path: str) -> tuple[int, http.client.HTTPMessage, int]:
        """Ask once, and read all of it."""
        headers = {"Accept": "text/html", "Accept-Language": "id", "Accept-Encoding": "gzip",
                   "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}  # fmt: skip
        try:
            reply = self._ask(path, headers)
        except (http.client.RemoteDisconnected, ConnectionError, BrokenPipeError):
            # A kept connection that the service closed while she read.
            self.line = None
            reply = self._ask(path, headers)
        octets = len(reply.read())
        for cookie in reply.headers.get_all("set-cookie", ()):
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        return reply.status, reply.headers, octets

    def _ask(self, path: str, headers: dict[str, str]) -> http.client.HTTPResponse:
        if self.line is None:
            at = urlsplit(self.desk.service)
            trust = ssl.create_default_context(cafile=self.desk.tls)
            self.line = http.client.HTTPSConnection(
                at.hostname or "", at.port, timeout=SECONDS, context=trust, source_address=self.source
            )
        self.line.request("GET", path, headers=headers)
        return self.line.getresponse()

"""`lapis bench pages`: every page of a real centre, with people at work in it all at once, by how many it knows.

The centre is made for this, filled with planted people, and served by `lapis centre up` in a process of its own. People
wait for an answer and then open the next page at once: harder than anybody works (`--pause` lets them read).
"""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from linkage.errors import LapisError
from scripts import bench, console, homes, pages_store, pages_walk
from scripts.cli import command
from scripts.console import Answer, Sheet
from scripts.pages_walk import Desk, Look
from vault.browser import Door

PERSONS = (20_000, 100_000)
USERS, ROUNDS = 20, 10
GOAL = 200
"""Milliseconds: of every page, nineteen answers of twenty come within."""
AGENCY = "baznas"


def add_command(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    pages = command(commands, "pages", "every page with many people at work", "lapis bench pages --json")
    pages.add_argument("--persons", type=int, nargs="+", default=PERSONS, help="sizes to measure")
    pages.add_argument("--users", type=int, default=USERS, help=f"at once (default {USERS})")
    pages.add_argument("--rounds", type=int, default=ROUNDS, help=f"each opens all her pages so often ({ROUNDS})")
    pages.add_argument("--pause", type=float, default=0.0, help="seconds that people read a page (default 0)")
    pages.add_argument("--database", help="a scratch PostgreSQL as docs/postgresql.md makes it, one size alone")
    pages.add_argument("--migrator", default="lapis_migrator", help="the login that may migrate it")
    pages.set_defaults(run=run_pages)


def run_pages(options: argparse.Namespace) -> Answer:
    """Measure every size in a centre of its own; the figures of the largest stand for all."""
    if min(*options.persons, options.users, options.rounds, 1) < 1:
        raise LapisError("BENCH_RANGE", "expected at least one person, user and round")
    if options.database and len(options.persons) > 1:
        raise LapisError("BENCH_RANGE", "a database is filled once", hint="give one --persons")
    sizes = [_measure(options, count) for count in sorted(options.persons)]
    data = {
        **bench.about({}), "database": "PostgreSQL" if options.database else "SQLite", "users": options.users,
        "pause_s": options.pause, "p95_ms": sizes[-1]["p95_ms"], "met": sizes[-1]["p95_ms"] <= GOAL, "sizes": sizes,
    }  # fmt: skip
    return Answer(data, _views(data))


def _measure(options: argparse.Namespace, persons: int) -> dict[str, Any]:
    people = pages_walk.crew(options.users)
    with tempfile.TemporaryDirectory(prefix="lapis-") as folder, console.progress("pages") as track:
        place = _Place(Path(folder), _free(), _free())
        track("centre", 0, 3)
        place.make(people, options.database, options.migrator)
        track("people", 1, 3)
        place.run(sys.executable, "-m", pages_store.__name__, str(place.home), str(persons))
        track("pages", 2, 3)
        with place.served() as process:
            before = _busy(process.pid)
            looks, seconds = pages_walk.walk(place.desk(persons), people, options.rounds, options.pause)
            spent = _busy(process.pid) - before
        track("done", 3, 3)
    return {"persons": persons, **summed(looks, seconds), "cpu_ms_a_page": 1e3 * spent / len(looks)}


def summed(looks: Sequence[Look], seconds: float) -> dict[str, Any]:
    """Return the figures of all looks; `p95_ms` is that of the slowest page."""
    by: dict[str, list[Look]] = {}
    for each in looks:
        by.setdefault(each.page, []).append(each)
    pages = {
        name: {
            "p50_ms": _quantile(found, 50), "p95_ms": _quantile(found, 95),
            "octets": max(each.octets for each in found),
            "looks": len(found), "failed": sum(each.status != 200 for each in found),
        }
        for name, found in sorted(by.items())
    }  # fmt: skip
    return {
        "p95_ms": max(each["p95_ms"] for each in pages.values()), "p95_all_ms": _quantile(looks, 95),
        "p50_all_ms": _quantile(looks, 50), "pages_per_s": len(looks) / seconds,
        "failed": sum(each["failed"] for each in pages.values()), "pages": pages,
    }  # fmt: skip


def _quantile(looks: Sequence[Look], per_cent: int) -> float:
    times = [1e3 * each.seconds for each in looks]
    return times[0] if len(times) == 1 else statistics.quantiles(times, n=100, method="inclusive")[per_cent - 1]


@dataclass(frozen=True, slots=True)
class _Place:
    """A centre made for one measurement."""

    folder: Path
    port: int
    door: int

    @property
    def home(self) -> Path:
        return self.folder / "centre"

    @property
    def address(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    def desk(self, persons: int) -> Desk:
        """Return where people sit."""
        vault = homes.load(self.home).embedded
        return Desk(self.address, self.home / "tls" / "ca.pem", Door(vault.address, vault.ca_file),
                    self.folder / "logins" / "officers", AGENCY, persons)  # fmt: skip

    def make(self, people: Sequence[tuple[str, str]], database: str | None, migrator: str) -> None:
        """Set a centre up with its vault and who signs in; one-time codes would be asked for once an hour at most."""
        lines = [f'agencies = ["{AGENCY}"]', "second_factor = false"]
        for name, role in people:
            of = [f'agency = "{AGENCY}"'] if role == "agency-staff" else []
            lines += ["[[officers]]", f'name = "{name}"', f'group = "{role}"', *of]
        who = self.folder / "who.toml"
        who.write_text("\n".join(lines))
        more = ["--database", database, "--migrator", migrator] if database else []
        self.lapis("centre", "init", "--home", str(self.home), "--seal", str(self.folder / "seal"), "--name", "bench",
                   "--identities", str(who), "--handover", str(self.folder / "logins"),
                   "--redirect", f"{self.address}/login/callback", *more)  # fmt: skip

    def lapis(self, *arguments: str) -> None:
        """Run one of our own commands."""
        self.run(sys.executable, "-m", "scripts.cli", *arguments)

    def run(self, *command: str) -> None:
        """Run a program of ours to its end; raises LapisError BENCH_STOPPED."""
        # Fixed programs of our own, and no shell sees the arguments.
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 — fixed program
        if done.returncode:
            last = (done.stderr or done.stdout).strip().splitlines()[-1:] or [""]
            raise LapisError("BENCH_STOPPED", f"a step ended before its end: {last[0]}", place=" ".join(command[2:4]))

    @contextlib.contextmanager
    def served(self) -> Iterator[subprocess.Popen[bytes]]:
        """Serve the centre, and stop it and its vault afterwards."""
        command = [sys.executable, "-m", "scripts.cli", "centre", "up", "--home", str(self.home), "--port",
                   str(self.port), "--door-port", str(self.door)]  # fmt: skip
        with (self.folder / "up.log").open("wb") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log)  # noqa: S603 — fixed program, no shell
            try:
                self._wait(process)
                yield process
            finally:
                process.send_signal(signal.SIGTERM)
                process.wait(120)

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        until = time.monotonic() + 120
        while time.monotonic() < until and process.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            time.sleep(0.1)
        raise LapisError("BENCH_STOPPED", "the service did not come up", place=self.address)


def _free() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _busy(process: int) -> float:
    """Return the processor's seconds of a process, nothing where the system does not tell."""
    with contextlib.suppress(OSError):
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return 0.0


def _views(data: dict[str, Any]) -> list[Sheet | str]:
    today = dt.datetime.now(dt.UTC).date().isoformat()
    sheets: list[Sheet | str] = [f"{today} · {data['database']} · {data['users']} at once · load {data['load']:.1f}"]
    for size in data["sizes"]:
        rows = [(name, f"{each['p50_ms']:.0f}", f"{each['p95_ms']:.0f}", f"{each['octets']:,}", each["failed"])
                for name, each in size["pages"].items()]  # fmt: skip
        rows.append(("all", f"{size['p50_all_ms']:.0f}", f"{size['p95_all_ms']:.0f}", "", size["failed"]))
        title = f"{size['persons']:,} persons, {size['pages_per_s']:.0f} pages a second"
        sheets.append(Sheet(title, ("page", "p50 ms", "p95 ms", "octets", "failed"), rows))
    return sheets

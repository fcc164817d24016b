"""What the demo's parts share: where it lives, how a stage is timed, and how a command is run."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from linkage.errors import LapisError
from scripts import cli, console, homes

SERVICE = "service.pid"
PATIENCE = 30.0


@dataclass(slots=True)
class Story:
    """Where the demo lives, what runs, and what it has found so far."""

    out: Path
    people: int
    seed: int
    address: str = ""
    service: int = 0
    person: str = ""
    seconds: dict[str, float] = field(default_factory=dict)
    agencies: dict[str, dict[str, int]] = field(default_factory=dict)

    @contextlib.contextmanager
    def stage(self, name: str, title: str) -> Iterator[None]:
        """Time a stage and announce it."""
        console.say(f"\n[bold cyan]{len(self.seconds) + 1}. {title}[/]")
        start = time.perf_counter()
        yield
        self.seconds[name] = round(time.perf_counter() - start, 2)
        console.say(f"[dim]{self.seconds[name]:.1f} s[/]")

    def home(self, *parts: str) -> str:
        """Return a folder or file below the demo's."""
        return str(self.out.joinpath(*parts))

    @property
    def sources(self) -> list[dict[str, Any]]:
        """Return the sources: agency, name, and files with what the operator knows of each."""
        return list(json.loads((self.out / "lists" / "sources.json").read_text()))

    def unlock(self) -> tuple[str, str]:
        """Return the option that names the passphrase of agencies and officers."""
        return "--passphrase-file", self.home("passphrase")

    def known(self, file: dict[str, Any]) -> list[str]:
        """Return the options for what a file does not say of its rows."""
        given = file["defaults"].items()
        return [part for name, value in given for part in ((f"--{name}",) if value is True else (f"--{name}", value))]


def lapis(*arguments: str, show: bool = False, refused: str = "", either: bool = False) -> dict[str, Any]:
    """Run one command as a person would; return its JSON, or show what it prints.

    `refused`: the code with which it must be refused; `either`: its status is for the caller, who reads its JSON.
    Raises LapisError DEMO_STOPPED if it ends otherwise.
    """
    captured, said = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(captured), contextlib.redirect_stderr(said):
        status = cli.main(arguments)
    ended_well = status == (cli.REFUSED if refused else 0) or (either and captured.getvalue())
    if not ended_well or refused not in said.getvalue():
        raise LapisError(
            "DEMO_STOPPED", f"lapis {' '.join(arguments[:3])} ended with {status}: {said.getvalue()[:300]}"
        )
    if show:
        console.say(captured.getvalue().rstrip())
    return dict(json.loads(captured.getvalue())) if "--json" in arguments and not refused else {}


def clear(out: Path) -> None:
    """Stop what an earlier demo left, and delete its folder; nothing else is ever deleted."""
    stop(out)
    if out.exists() and any(out.iterdir()) and not (out / "lists").exists():
        raise LapisError("OUT_NOT_OURS", "the folder holds something else", place=str(out), hint="give another --out")
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)


def stop(out: Path) -> None:
    """Stop the service, and the vault that it may have left."""
    with contextlib.suppress(OSError, ValueError):
        process = int((out / SERVICE).read_text())
        # The number may be another's by now.
        if str(out / "centre").encode() in Path(f"/proc/{process}/cmdline").read_bytes():
            os.kill(process, signal.SIGTERM)
            _wait(process)
    with contextlib.suppress(LapisError):
        homes.load(out / "centre").server.stop()


def _wait(process: int) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        with contextlib.suppress(ChildProcessError):
            os.waitpid(process, os.WNOHANG)
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return
        time.sleep(0.1)

"""The demo's service: who logs in, the process that serves, and waiting until it does."""

from __future__ import annotations

import contextlib
import socket
import ssl
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from linkage.errors import LapisError
from scripts import console, homes
from scripts.console import Sheet
from scripts.demo.story import PATIENCE, SERVICE, Story, lapis

OFFICERS = {"ani": "dpo", "budi": "pmo-head", "citra": "pmo-officer", "dewi": "analyst", "eko": "reconciler"}


def start(story: Story, port: int) -> None:
    """Make the logins, start service and login page beside this process, and wait for them."""
    ports = (port, port + 1) if port else _free()
    who = story.out / "who.toml"
    agencies = ", ".join(f'"{source["agency"]}"' for source in story.sources)
    # A code lives for half a minute and serves once: the demo would wait longer than it runs.
    lines = [f"agencies = [{agencies}]", "second_factor = false"]
    lines += [f'[[officers]]\nname = "{name}"\ngroup = "{group}"' for name, group in OFFICERS.items()]
    who.write_text("\n".join(lines) + "\n")
    back = f"https://127.0.0.1:{ports[0]}{urlsplit(homes.CALLBACK).path}"
    given = ("--handover", story.home("handover"), "--home", story.home("centre"), "--redirect", back)
    lapis("centre", "identities", str(who), *given)
    _serve(story, *ports)
    rows = list(OFFICERS.items())
    console.table(Sheet(f"Officers of {story.address}", ("login", "group"), rows))
    console.say("[yellow]no second factor in the demo: a real centre asks officers for a one-time code[/]")


def _serve(story: Story, port: int, door: int) -> None:
    written = story.out / "service.log"
    program = [sys.executable, "-m", "scripts.cli", "centre", "up", "--home", story.home("centre")]
    program += ["--port", str(port), "--door-port", str(door)]
    with written.open("w") as out:
        # Fixed program and arguments, no shell; a session of its own, so that it outlives this one.
        process = subprocess.Popen(  # noqa: S603 — our own program
            program, stdout=out, stderr=out, cwd=Path(__file__).parents[2], start_new_session=True
        )
    story.service = process.pid
    (story.out / SERVICE).write_text(str(process.pid))
    story.address = f"https://127.0.0.1:{port}"
    until = time.monotonic() + 2 * PATIENCE
    while time.monotonic() < until and process.poll() is None:
        if _answers(story):
            return
        time.sleep(0.1)
    raise LapisError("DEMO_STOPPED", "the service does not answer", place=str(written))


def _free() -> tuple[int, int]:
    """Return two ports that nobody listens at just now."""
    with socket.socket() as one, socket.socket() as other:
        for each in (one, other):
            each.bind(("127.0.0.1", 0))
        return one.getsockname()[1], other.getsockname()[1]


def _answers(story: Story) -> bool:
    with contextlib.suppress(httpx.TransportError, OSError):
        trust = ssl.create_default_context(cafile=story.home("centre", "tls", "ca.pem"))
        with httpx.Client(base_url=story.address, verify=trust, trust_env=False, timeout=10) as client:
            return client.get("/health").status_code == httpx.codes.OK
    return False

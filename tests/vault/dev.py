"""A throw-away server with a root token, where tests may loosen what the shipped one never lets anyone loosen."""

from __future__ import annotations

import json
import secrets
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from vault import Credentials, Retry, VaultSession
from vault.process import binary


@dataclass(frozen=True)
class Dev:
    """The server: its address, its authority's file and its root token."""

    address: str
    ca_file: Path
    root: str

    def call(self, method: str, path: str, as_: str | None = None, **body: Any) -> tuple[int, dict[str, Any]]:
        """Send one request, as root unless a token is given; return status and answer."""
        reply = requests.request(
            method,
            f"{self.address}/v1/{path}",
            headers={"X-Vault-Token": self.root if as_ is None else as_},
            json=body or None,
            verify=str(self.ca_file),
            timeout=30,
        )
        return reply.status_code, (reply.json() if reply.content else {})

    def do(self, method: str, path: str, as_: str | None = None, **body: Any) -> dict[str, Any]:
        """Send a request that must succeed."""
        status, answer = self.call(method, path, as_, **body)
        assert status < 300, (path, status, answer)
        return answer

    def role(self, name: str, policies: str, **settings: Any) -> Credentials:
        """Make an AppRole and return its credentials."""
        self.do("POST", f"auth/approle/role/{name}", token_policies=policies, token_no_default_policy=True, **settings)
        role_id = self.do("GET", f"auth/approle/role/{name}/role-id")["data"]["role_id"]
        return Credentials(role_id, self.do("POST", f"auth/approle/role/{name}/secret-id")["data"]["secret_id"])

    def login(self, credentials: Credentials) -> VaultSession:
        """Log in once, without patience."""
        return VaultSession.login(self.address, self.ca_file, credentials, retry=Retry(attempts=1))


@contextmanager
def dev_server(folder: Path, audit: Path | None = None) -> Iterator[Dev]:
    """Run `bao server -dev-tls` in `folder`, with its audit trail in the file `audit`, and end it afterwards."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    root = secrets.token_hex(16)
    arguments = [
        binary(), "server", "-dev-tls", f"-dev-tls-cert-dir={folder}", f"-dev-root-token-id={root}",
        "-dev-no-store-token", f"-dev-listen-address=127.0.0.1:{port}",
    ]  # fmt: skip
    if audit is not None:
        device = {
            "file": {"file": {"description": "every request", "options": {"file_path": str(audit), "mode": "0600"}}}
        }
        (folder / "audit.json").write_text(json.dumps({"audit": [device]}))
        arguments.append(f"-config={folder / 'audit.json'}")
    process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    server = Dev(f"https://127.0.0.1:{port}", folder / "vault-ca.pem", root)
    try:
        deadline = time.monotonic() + 30
        while True:
            try:
                server.do("GET", "sys/health")
                break
            except (OSError, AssertionError):
                assert time.monotonic() < deadline, "the server does not answer"
                time.sleep(0.1)
        yield server
    finally:
        process.kill()
        process.wait()

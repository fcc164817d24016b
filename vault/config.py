"""The embedded server's configuration as JSON. It holds paths and policy text, never a key or a credential."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from vault.credentials import Credentials

OPERATOR = "operator"
STEWARD = "steward"
OFFICERS = "officers"
AGENCIES = "agencies"
MOUNTS = {"approle": "approle", OFFICERS: "userpass", AGENCIES: "approle"}
"""Where roles, people and agencies log in, and how."""
# The listener counts keys and values: a batch of 50,000 items has 100,000 strings; 1,000 is its own default.
JSON_STRINGS = 1_000_000
_JSON_MEMORY = 256 * 2**20
_REQUEST_BYTES = 64 * 2**20


@dataclass(frozen=True, slots=True)
class Layout:
    """Say where the server's parts lie: data, audit trail, certificates and log under `home`, the seal key away."""

    home: Path
    seal_dir: Path

    @property
    def data(self) -> Path:
        """The raft storage, encrypted under the seal."""
        return self.home / "data"

    @property
    def audit(self) -> Path:
        """The audit device's file."""
        return self.home / "audit" / "audit.log"

    @property
    def tls(self) -> Path:
        """The folder of the certificates."""
        return self.home / "tls"

    @property
    def ca_file(self) -> Path:
        """The authority that clients trust."""
        return self.tls / "ca.pem"

    @property
    def credentials(self) -> Path:
        """The folder of the roles' credentials."""
        return self.home / "credentials"

    @property
    def seal_key(self) -> Path:
        """The static seal's key: 32 bytes; without it the data cannot be opened."""
        return self.seal_dir / "seal.key"

    @property
    def steward(self) -> Path:
        """The steward's credentials, with the seal key: who holds them can make officers."""
        return self.seal_dir / f"{STEWARD}.json"

    @property
    def log(self) -> Path:
        """What the server prints."""
        return self.home / "server.log"

    @property
    def config(self) -> Path:
        """The file that `serve` fills."""
        return self.home / "config.json"

    @property
    def run(self) -> Path:
        """Which process serves, and at which address."""
        return self.home / "run.json"


def serve(layout: Layout, data: Path, port: int, cluster_port: int) -> dict[str, object]:
    """Describe a single raft node on loopback with a static seal and a file audit device."""
    listener = {
        "address": f"127.0.0.1:{port}",
        "cluster_address": f"127.0.0.1:{cluster_port}",
        "tls_cert_file": str(layout.tls / "server.pem"),
        "tls_key_file": str(layout.tls / "server.key"),
        "tls_min_version": "tls13",
        "max_request_json_strings": JSON_STRINGS,
        "max_request_json_memory": _JSON_MEMORY,
        "max_request_size": _REQUEST_BYTES,
    }
    audit = {"file_path": str(layout.audit), "mode": "0600"}
    return {
        "ui": False,
        "api_addr": f"https://127.0.0.1:{port}",
        "cluster_addr": f"https://127.0.0.1:{cluster_port}",
        # The lowest multiplier: a lone node need not wait long for other candidates.
        "storage": {"raft": {"path": str(data), "node_id": "lapis", "performance_multiplier": 1}},
        "listener": [{"tcp": listener}],
        "seal": [{"static": {"current_key_id": "1", "current_key": f"file://{layout.seal_key}"}}],
        "audit": [{"file": {"file": {"description": "every request", "options": audit}}}],
    }


def initialise(
    policies: Mapping[str, str], identities: Mapping[str, Credentials], secret_files: Mapping[str, Path]
) -> dict[str, object]:
    """Describe the only requests ever made with the root token, which the server then revokes, unseen.

    They mount where people and agencies log in, and make each of the roles, the operator and the steward: one AppRole
    with one policy. The server reads each role's secret from its file.
    """
    requests = [_request(mount, f"sys/auth/{mount}", {"type": kind}) for mount, kind in MOUNTS.items()]
    for role, policy in policies.items():
        requests += _make(role, policy, identities[role], secret_files[role])
    return {"initialize": [{"identities": {"request": requests}}]}


def _make(role: str, policy: str, identity: Credentials, secret_file: Path) -> list[dict[str, object]]:
    settings = {
        "token_policies": role,
        "token_type": "service",
        "token_no_default_policy": True,
        "token_ttl": "20m",
        "token_max_ttl": "20m",
    }
    secret = {"secret_id": {"eval_source": "file", "eval_type": "string", "path": str(secret_file)}}
    return [
        _request(f"{role}-policy", f"sys/policies/acl/{role}", {"policy": policy}),
        _request(f"{role}-role", f"auth/approle/role/{role}", settings),
        _request(f"{role}-role_id", f"auth/approle/role/{role}/role-id", {"role_id": identity.role_id}),
        _request(f"{role}-secret_id", f"auth/approle/role/{role}/custom-secret-id", secret),
    ]


def _request(name: str, path: str, data: Mapping[str, object]) -> dict[str, object]:
    return {name: {"operation": "update", "path": path, "data": data}}

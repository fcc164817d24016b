"""A real OpenBao beside the application: one node, sealed, audited, on loopback. It never keeps a root token."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from vault import config, credentials, process, tls
from vault.client import Retry, VaultSession
from vault.config import OPERATOR, STEWARD, Layout
from vault.credentials import Credentials
from vault.errors import VaultError
from vault.process import Running

_ONCE = Retry(attempts=1)


class EmbeddedServer:
    """Run OpenBao over `home`, sealed by a key in `seal_dir`, which must not lie in `home` nor hold it.

    The first start makes everything and leaves the operator's credentials in `credentials_dir` and, with a policy for
    her, the steward's in `seal_dir`; without one, nobody can ever make officers and agencies. A later start opens
    what is there; a start while it runs, also by another process, finds it. A crash in the first start leaves nothing
    that the next could trip over: data is made under another name and renamed when it is whole, and never wiped after.
    """

    def __init__(
        self,
        home: Path,
        seal_dir: Path,
        operator_policy: str,
        *,
        steward_policy: str = "",
        port: int = 0,
        patience: float = 120.0,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.layout = Layout(home.resolve(), seal_dir.resolve())
        self._policies = {OPERATOR: operator_policy, **({STEWARD: steward_policy} if steward_policy else {})}
        self._port = port
        self._patience = patience
        self._now = now
        first, second = self.layout.home, self.layout.seal_dir
        if first == second or first in second.parents or second in first.parents:
            raise VaultError("VAULT_SEAL_BESIDE_DATA", "the seal key must lie away from the data", place=str(second))

    @property
    def address(self) -> str:
        """The https address of the running server; raise VAULT_NOT_READY when none runs."""
        running = self._running()
        if running is None:
            raise VaultError("VAULT_NOT_READY", "the embedded vault does not run", hint="start it")
        return f"https://127.0.0.1:{running.port}"

    @property
    def ca_file(self) -> Path:
        """The authority that clients must trust, and no other."""
        return self.layout.ca_file

    @property
    def credentials_dir(self) -> Path:
        """Where each role's credentials lie, `<role>.json`."""
        return self.layout.credentials

    def session(self, role: str = OPERATOR, *, retry: Retry | None = None) -> VaultSession:
        """Log in as `role`."""
        return VaultSession.login(self.address, self.ca_file, self._file(role), retry=retry)

    def start(self) -> None:
        """Serve and wait until an audited request succeeds.

        Raise VAULT_NOT_READY, VAULT_SEALED, VAULT_SEAL_KEY_MISSING, VAULT_PORT_TAKEN or VAULT_BINARY_MISSING;
        then nothing is left running.
        """
        with self._alone():
            if self._running() is None:
                for stray in process.forgotten(self.layout.config):
                    process.end(stray, self.layout.config)
                self._prepare()
                if not self.layout.data.is_dir():
                    self._first_start()
                self._serve(self.layout.data, {})
            self._wait(self._file(OPERATOR))

    def ready(self) -> None:
        """Make one audited request, a login; the health page stays green while a full audit disk stops everything."""
        self.session(retry=_ONCE).close()

    def rotate_audit(self) -> Path:
        """Put the audit file aside under the time of day and begin a new one; return the old one's path.

        About 360 bytes a token: rotate after each large ingest. Raise VAULT_NOT_READY, or as `ready`.
        """
        running = self._running()
        if running is None:
            raise VaultError("VAULT_NOT_READY", "the embedded vault does not run", hint="start it")
        stamp = self._now().strftime("%Y%m%dT%H%M%S%fZ")
        old = self.layout.audit.with_name(f"audit-{stamp}.log")
        # A rotation that broke off has renamed the file already, and the vault still writes to it.
        if self.layout.audit.exists():
            self.layout.audit.rename(old)
        else:
            old = max(self.layout.audit.parent.glob("audit-*.log"), default=old)
        os.kill(running.pid, signal.SIGHUP)
        deadline = time.monotonic() + self._patience
        while not self.layout.audit.exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        self.ready()
        return old

    def stop(self) -> None:
        """End the server, whoever started it; the data stays."""
        running = process.recall(self.layout.run)
        if running is not None:
            process.end(running.pid, self.layout.config)

    def _running(self) -> Running | None:
        running = process.recall(self.layout.run)
        return running if running and process.alive(running.pid, self.layout.config) else None

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        self.layout.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(self.layout.home / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        with os.fdopen(handle, "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _prepare(self) -> None:
        for folder in (self.layout.home, self.layout.seal_dir, self.layout.audit.parent, self.layout.credentials):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not self.layout.seal_key.exists():
            if self.layout.data.is_dir():
                place = str(self.layout.seal_key)
                raise VaultError(
                    "VAULT_SEAL_KEY_MISSING", "the data cannot be opened without its seal key", place=place
                )
            credentials.write_private(self.layout.seal_key, os.urandom(32))
        tls.ensure(self.layout.tls, self._now())

    def _first_start(self) -> None:
        unfinished = self.layout.data.with_name("data.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        identities, secret_files = {}, {}
        for role in self._policies:
            identities[role] = Credentials(f"{role}-{secrets.token_hex(8)}", secrets.token_urlsafe(32))
            credentials.save(identities[role], self._file(role))
            secret_files[role] = self.layout.seal_dir / f"{role}.secret"
            credentials.write_private(secret_files[role], identities[role].secret_id.encode())
        try:
            self._serve(unfinished, config.initialise(self._policies, identities, secret_files))
            for role in self._policies:
                self._wait(self._file(role))
        finally:
            for file in secret_files.values():
                file.unlink(missing_ok=True)
        self.stop()
        unfinished.rename(self.layout.data)

    def _file(self, role: str) -> Path:
        return self.layout.steward if role == STEWARD else self.layout.credentials / f"{role}.json"

    def _serve(self, data: Path, extra: dict[str, object]) -> None:
        data.mkdir(mode=0o700, exist_ok=True)
        program = process.binary()
        port, cluster_port = process.free_ports(self._port, process.recall(self.layout.run))
        content = config.serve(self.layout, data, port, cluster_port) | extra
        credentials.write_private(self.layout.config, json.dumps(content, indent=1).encode())
        child = process.spawn(program, self.layout.config, self.layout.log)
        process.remember(Running(child.pid, port, cluster_port), self.layout.run)

    def _wait(self, file: Path) -> None:
        deadline = time.monotonic() + self._patience
        while (failure := self._attempt(file)) is not None:
            if self._running() is None or time.monotonic() > deadline:
                break
            time.sleep(0.1)
        if failure is None:
            return
        self.stop()
        if failure.code in {"VAULT_SEALED", "VAULT_UNTRUSTED", "VAULT_LOGIN_REFUSED", "VAULT_FAILED"}:
            raise failure
        raise VaultError("VAULT_NOT_READY", "the server did not come up", place=str(self.layout.log)) from failure

    def _attempt(self, file: Path) -> VaultError | None:
        try:
            VaultSession.login(self.address, self.ca_file, file, retry=_ONCE).close()
        except VaultError as failure:
            return failure
        return None

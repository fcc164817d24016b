"""A vault that others run, with the face of the embedded one. It starts nothing, stops nothing, holds no root token."""

from __future__ import annotations

from pathlib import Path

from vault.client import Retry, VaultSession
from vault.config import OPERATOR, STEWARD
from vault.setup import file_of

_ONCE = Retry(attempts=1)


class RemoteServer:
    """Speak to the OpenBao or Vault at `address`, trusting only the authority in `ca_file`.

    The roles' credentials lie in `credentials_dir`, the steward's in `steward`, away from the data.
    """

    def __init__(self, address: str, ca_file: Path, credentials_dir: Path, steward: Path) -> None:
        self.address = address
        self.ca_file = ca_file
        self.credentials_dir = credentials_dir
        self.steward = steward

    def session(self, role: str = OPERATOR, *, retry: Retry | None = None) -> VaultSession:
        """Log in as `role`."""
        return VaultSession.login(self.address, self.ca_file, self.file(role), retry=retry)

    def file(self, role: str) -> Path:
        """Return where a role's credentials lie."""
        return self.steward if role == STEWARD else file_of(self.credentials_dir, role)

    def start(self) -> None:
        """Make sure that it answers: whoever runs it starts it. Raises VaultError."""
        self.ready()

    def ready(self) -> None:
        """Make one audited request, a login."""
        self.session(retry=_ONCE).close()

    def stop(self) -> None:
        """Leave it running: it is not ours."""

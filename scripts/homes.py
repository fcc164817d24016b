"""The centre's folder: where its vault, store, filters and credentials lie, and how a service gets them."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from api.centre import Centre
from api.store import address, migrate_database, open_store
from linkage.encoding import CentreCard, cards
from linkage.errors import LapisError
from linkage.identity import programme_codes
from policies import load_identity_policies, load_vault_policies
from policies.linkage_policies import load_linkage_policy
from scripts import files
from vault import EmbeddedServer, RemoteServer, VaultSession
from vault.credentials import write_private

Server = EmbeddedServer | RemoteServer
CONFIG = "centre.json"
CALLBACK = "https://127.0.0.1:8443/login/callback"
"""Where the service takes browsers back; the door is at `localhost`, so that no cookie of one reaches the other."""


@dataclass(frozen=True, slots=True)
class CentreHome:
    """A centre's folder, and the folder of its vault's seal key and steward, which lies elsewhere.

    `database`: the address of its PostgreSQL database; None for a file in the folder. `vault`: the address of a vault
    that others run; None for the embedded one.
    """

    path: Path
    seal: Path
    database: str | None = None
    vault: str | None = None

    @property
    def jobs(self) -> str:
        """Return the address of the jobs' own database: beside the centre's, its name and `_jobs`."""
        if self.database is None:
            return f"sqlite:///{self.path / 'jobs.sqlite'}"
        url = address(self.database)
        return url.set(database=f"{url.database}_jobs").render_as_string()

    @property
    def server(self) -> Server:
        """Return the centre's vault, wherever it is."""
        if self.vault is None:
            return self.embedded
        return RemoteServer(self.vault, self.authority, self.path / "vault" / "credentials", self.seal / "steward.json")

    @property
    def authority(self) -> Path:
        """Return the file of who signs the certificate of a vault that others run."""
        return self.path / "vault" / "ca.pem"

    @property
    def embedded(self) -> EmbeddedServer:
        """Return the embedded vault over this home; raises LapisError VAULT_ELSEWHERE."""
        if self.vault is not None:
            hint = "do it where the vault runs: docs/vault.md"
            raise LapisError("VAULT_ELSEWHERE", "this centre's vault is run by others", place=self.vault, hint=hint)
        steward = load_identity_policies()["steward"]
        return EmbeddedServer(self.path / "vault", self.seal, load_vault_policies()["operator"], steward_policy=steward)

    @property
    def card(self) -> Path:
        """Return the file of the centre's card."""
        return self.path / "card.json"

    @property
    def sign_in(self) -> tuple[str, str] | None:
        """Return the public name of the service at its provider and where browsers come back to, if people may."""
        try:
            found = json.loads((self.path / "sign-in.json").read_text())
            return str(found["client"]), str(found["redirect"])
        except FileNotFoundError:
            return None

    def keep_sign_in(self, client: str, redirect: str) -> None:
        """Leave word of them; neither is a secret."""
        (self.path / "sign-in.json").write_text(json.dumps({"client": client, "redirect": redirect}))

    @property
    def origin(self) -> str:
        """Return the name of the centre's access log."""
        return f"lapis/{cards.load(self.card.read_text(), CentreCard).centre}/log"

    def login(self, role: str) -> VaultSession:
        """Log in to the vault as `role`."""
        return self.server.session(role)

    def centre(self, policy: str) -> Centre:
        """Put the centre together for its services; raises LapisError POLICY_UNSAFE."""
        rules = load_linkage_policy(policy)
        if rules.unprotected:
            hint = "use it with `lapis evaluate` or `lapis attack`"
            raise LapisError("POLICY_UNSAFE", "the centre takes no policy with unsafe fields", place=policy, hint=hint)
        filters = self.path / "filters"
        filters.mkdir(mode=0o700, exist_ok=True)
        return Centre(
            store=open_store(self.database or self.path / "store.sqlite"),
            filters=filters,
            lock=self.path / "ingest.lock",
            policy=rules,
            programmes=frozenset(programme_codes()),
            login=self.login,
            clock=lambda: datetime.now(UTC),
            entropy=os.urandom,
        )


def create(
    path: Path, seal: Path, database: str | None = None, migrator: str = "", vault: tuple[str, Path] | None = None
) -> CentreHome:
    """Make a centre's folder, or return the one that is there; a database is migrated by its migrator first.

    `vault`: the address and the authority's file of a vault that others run. Raises ServiceError DATABASE_*,
    STORE_UNREACHABLE or NOT_THE_OWNER, and LapisError STORE_ELSEWHERE or VAULT_ELSEWHERE rather than leave a store or
    a vault behind.
    """
    known = load(path) if (path / CONFIG).exists() else None
    held = known.database if known else None
    if database not in (None, held) and (held or (path / "store.sqlite").exists()):
        raise LapisError("STORE_ELSEWHERE", "this centre has another store", place=str(path))
    if known and vault and vault[0] != known.vault:
        raise LapisError("VAULT_ELSEWHERE", "this centre has another vault", place=str(path))
    home = CentreHome(path, seal, database or held, vault[0] if vault else known.vault if known else None)
    if home.database is not None:
        migrate_database(home.database, migrator)
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    if vault:
        write_private(home.authority, files.read(vault[1]))
    optional = {"database": home.database, "vault": home.vault}
    config = {"version": 1, "seal": str(seal.resolve()), **{name: text for name, text in optional.items() if text}}
    (path / CONFIG).write_text(json.dumps(config))
    return home


def load(path: Path) -> CentreHome:
    """Return a centre's folder; raises LapisError CENTRE_MISSING."""
    try:
        config = json.loads((path / CONFIG).read_text())
    except (OSError, ValueError):
        raise LapisError("CENTRE_MISSING", "no centre lives here", place=str(path), hint="lapis centre init") from None
    return CentreHome(path, Path(config["seal"]), config.get("database"), config.get("vault"))

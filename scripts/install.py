"""`lapis centre init`: bring a vault, its roles and who logs in to what is wanted; or say what that would change.

The vault is the embedded one, or an OpenBao or Vault that others run. It can be run again at any time: what is as
wanted stays, and the gate before releases of a vault that others run is tried each time.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from api.services import oversight
from linkage.encoding import CentreCard, cards
from linkage.errors import LapisError
from policies import load_identity_policies, load_vault_policies
from scripts import database, files, homes, identities
from scripts.console import Answer, Sheet
from scripts.homes import CentreHome
from vault import (
    Change,
    Desired,
    RemoteServer,
    VaultSession,
    adopt,
    apply,
    cases,
    logins,
    plan,
    plan_adoption,
    plan_afresh,
    public_key,
    signing_key,
)
from vault.reconcile import recorded

SEAL = Path.home() / ".lapis-seal"
KINDS = ("mount", "login", "key", "policy", "role", "credentials")


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("--name", required=True, help="as agencies know it")
    parser.add_argument(
        "--seal", type=Path, default=SEAL, help=f"folder of the seal key and the steward, off the data (default {SEAL})"
    )
    parser.add_argument("--plan", action="store_true", help="say what would be made or changed, and do nothing")
    database.add_options(parser)
    parser.add_argument("--vault", metavar="URL", help="an OpenBao or Vault that others run: docs/vault.md")
    parser.add_argument("--vault-authority", type=Path, metavar="FILE", help="who signs its certificate")
    parser.add_argument(
        "--admin-token", type=Path, metavar="FILE", help="its administrator's token, used once and not kept (-: stdin)"
    )
    parser.add_argument("--identities", type=Path, metavar="FILE", help="who logs in, as `lapis centre identities` has")
    parser.add_argument("--handover", type=Path, help="folder for their new passwords and credentials")
    identities.add_redirect(parser)
    parser.set_defaults(run=run, lost_device=[])


def run(options: argparse.Namespace) -> Answer:
    """Install, or plan."""
    if bool(options.vault) != bool(options.vault_authority):
        raise LapisError("VAULT_UNTRUSTED", "--vault and --vault-authority go together", hint="give both")
    if options.identities and not (options.handover or options.plan):
        raise LapisError("HANDOVER_MISSING", "new passwords need a folder", place="--handover")
    return _plan(options) if options.plan else _install(options)


def _install(options: argparse.Namespace) -> Answer:
    given = (options.vault, options.vault_authority) if options.vault else None
    home = homes.create(options.home, options.seal, options.database, options.migrator, given)
    changes = _adopt(home, options.admin_token)
    home.server.start()
    changes += _set_up(home, Desired(load_vault_policies()))
    if isinstance(home.server, RemoteServer):
        # The embedded one is of a kind that has control groups.
        oversight.record_gate(home.centre("lampung"), cases.try_gate(lambda: home.login("release")))
    shown = _card(home, options.name)
    who = identities.bring(home, options) if options.identities else None
    address = home.server.address
    sheet = Sheet(f"Vault at {address}", ("made or changed", ""), list(_counted(changes).items()))
    data = {"address": address, "changes": _counted(changes), "card": str(home.card), "fingerprint": shown}
    views: list[Sheet | str] = [sheet, *(who.views if who else ()), f"card: {home.card}", f"fingerprint: {shown}"]
    return Answer(data | ({"identities": who.data["changes"]} if who else {}), views)


def _card(home: CentreHome, name: str) -> str:
    """Write the centre's card and return its fingerprint."""
    with home.login("ingest") as vault:
        key = public_key(vault, "ingest")
    with home.login("release") as vault:
        tickets = signing_key(vault, "ticket")
    home.card.write_text(cards.dump(CentreCard(name, key.version, key.pem, tickets.public.hex())))
    return cards.fingerprint(files.card(home.card, CentreCard))


def _counted(changes: Iterable[Change]) -> dict[str, int]:
    kinds = [change.kind for change in changes]
    return {kind: kinds.count(kind) for kind in KINDS}  # type: ignore[arg-type]


def _adopt(home: CentreHome, token: Path | None) -> list[Change]:
    """Make a vault that others run ours to set up, if its administrator says so; recorded like any set-up."""
    server = home.server
    if not isinstance(server, RemoteServer):
        return []
    if token is None:
        if server.file("operator").exists():
            return []
        hint = "give --admin-token: it makes the operator and the steward, and is not kept"
        raise LapisError("ADMIN_TOKEN_MISSING", "nobody may set this vault up yet", place=server.address, hint=hint)
    told = logins.told_issuer(server.address, server.ca_file)
    if told != logins.issuer(server.address):
        hint = "give --vault as its api_addr has it: its tokens name it"
        raise LapisError("VAULT_ISSUER_DIFFERS", "this vault calls itself by another address", place=told, hint=hint)
    founders, held = _founders(), _files(server)
    with _admin(server, token) as admin:
        planned = plan_adoption(admin, founders, held)
        with _recorded(home, "administrator", planned):
            adopt(admin, planned, founders, held)
    return planned


def _set_up(home: CentreHome, desired: Desired) -> list[Change]:
    """Bring the vault to what is wanted."""
    folder = home.server.credentials_dir
    with home.login("operator") as operator, _recorded(home, "operator", plan(operator, desired, folder)):
        return apply(operator, desired, folder)


@contextmanager
def _recorded(home: CentreHome, role: str, planned: Sequence[Change]) -> Iterator[None]:
    """Record what was planned, however far it came."""
    centre = home.centre("lampung")
    since = centre.clock()
    try:
        yield
    finally:
        names = [recorded(change.kind, change.name) for change in planned]
        oversight.record_run(centre, "VAULT_SET_UP", role, since, names)


def _plan(options: argparse.Namespace) -> Answer:
    """Say what would change. Neither the folder, the database nor the vault is touched."""
    desired = Desired(load_vault_policies())
    known = (options.home / homes.CONFIG).exists()
    home = homes.load(options.home) if known else CentreHome(options.home, options.seal, None, options.vault)
    changes = _asked(home, options, desired)
    if not options.identities:
        return identities.would(changes)
    if known:
        return identities.would([*changes, *identities.planned(home, options)])
    answer = identities.would(changes)
    return Answer(answer.data, [*answer.views, "who logs in is planned once the vault is there"])


def _asked(home: CentreHome, options: argparse.Namespace, desired: Desired) -> list[Change]:
    """Ask the vault: as the administrator if her token is given, else as the operator; a new one is not there."""
    server = home.server
    if isinstance(server, RemoteServer):
        if options.admin_token is None:
            with server.session() as operator:
                return plan(operator, desired, server.credentials_dir)
        # The authority is copied at the first run only.
        authority = options.vault_authority or server.ca_file
        with VaultSession.borrow(server.address, authority, _token(options.admin_token)) as admin:
            adoption = plan_adoption(admin, _founders(), _files(server))
            return [*adoption, *plan(admin, desired, server.credentials_dir)]
    if not server.layout.data.is_dir():
        return plan_afresh(desired)
    with server.session() as operator:
        return plan(operator, desired, server.credentials_dir)


def _founders() -> dict[str, str]:
    return {"operator": load_vault_policies()["operator"], "steward": load_identity_policies()["steward"]}


def _files(server: RemoteServer) -> dict[str, Path]:
    return {role: server.file(role) for role in _founders()}


def _admin(server: RemoteServer, token: Path) -> VaultSession:
    return VaultSession.borrow(server.address, server.ca_file, _token(token))


def _token(file: Path) -> str:
    """Read a token; it is never an argument, which others could read in the list of processes."""
    return (sys.stdin.read() if str(file) == "-" else files.read(file).decode("ascii", "replace")).strip()

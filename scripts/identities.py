"""`lapis centre identities`: say in one file who logs in, and bring the vault to it. It shows no password."""

from __future__ import annotations

import argparse
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from api.services import oversight
from linkage.errors import LapisError
from policies import load_identity_policies
from scripts import files, homes
from scripts.console import Answer, Sheet
from scripts.homes import CentreHome
from vault import Change, Identities, IdentityChange, Officer, apply_identities, logins, plan_identities
from vault.reconcile import recorded

FORM = 'expected agencies = ["…"], [[officers]] with name and group (and agency), and second_factor = true or false'


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument(
        "identities", metavar="FILE", type=Path, help="TOML: all agencies and officers; who is not named is shut out"
    )
    parser.add_argument("--handover", type=Path, help="folder for new passwords and credentials")
    add_redirect(parser)
    parser.add_argument("--plan", action="store_true", help="say what would change, and do nothing")
    parser.add_argument("--lost-device", action="append", default=[], metavar="NAME", help="give her another secret")
    parser.set_defaults(run=run)


def add_redirect(parser: argparse.ArgumentParser) -> None:
    """Add where browsers come back to."""
    parser.add_argument(
        "--redirect", action="append", help=f"where browsers come back to after a login (default {homes.CALLBACK})"
    )


def run(options: argparse.Namespace) -> Answer:
    """Apply the file, as the steward, or say what that would change."""
    home = homes.load(options.home)
    if options.plan:
        return would(planned(home, options))
    if options.handover is None:
        raise LapisError("HANDOVER_MISSING", "new passwords need a folder", place="--handover")
    return bring(home, options)


def would(changes: Sequence[Change | IdentityChange]) -> Answer:
    """Say what a run would change."""
    rows = [(f"{each.kind} {each.name}", each.action) for each in changes]
    data = {"changes": [{"kind": each.kind, "name": each.name, "action": each.action} for each in changes]}
    return Answer(data, [Sheet("Would change", ("what", "how"), rows)] if rows else ["all is as wanted"])


def planned(home: CentreHome, options: argparse.Namespace) -> list[IdentityChange]:
    """Ask the vault, as the steward, what `bring` would change; devices are not among it."""
    with home.login("steward") as steward:
        return plan_identities(steward, _wanted(options))


def _wanted(options: argparse.Namespace) -> Identities:
    text = files.read(options.identities).decode(errors="replace")
    return read(text, options.identities.name, tuple(options.redirect or (homes.CALLBACK,)))


def bring(home: CentreHome, options: argparse.Namespace) -> Answer:
    """Bring the vault to the file, and say what changed."""
    wanted = _wanted(options)
    options.handover.mkdir(mode=0o700, parents=True, exist_ok=True)
    changes = _apply(home, wanted, options)
    rows = [(f"{each.kind} {each.name}", each.action) for each in changes]
    data = {"changes": [{"kind": each.kind, "name": each.name, "action": each.action} for each in changes]}
    views: list[Sheet | str] = [Sheet("Identities", ("who or what", "changed"), rows), f"hand over: {options.handover}"]
    if any(each.kind == "device" for each in changes):
        views.append("give an officer her .otpauth or .png apart from her password, and delete both files")
    if not wanted.second_factor:
        views.append("[yellow]no second factor: a stolen password is enough to log in[/]")
    return Answer(data, views)


def _apply(home: CentreHome, wanted: Identities, options: argparse.Namespace) -> list[IdentityChange]:
    """Bring the vault to what is wanted; what was planned is recorded, however far it came."""
    centre = home.centre("lampung")
    since, names = centre.clock(), list[str]()
    with home.login("steward") as steward:
        try:
            planned = plan_identities(steward, wanted)
            names = [recorded(change.kind, change.name) for change in planned]
            # Devices are offered to all: the vault alone knows who has one.
            names += [recorded("device", "")] if wanted.second_factor else []
            changes = apply_identities(steward, wanted, options.handover, lost=options.lost_device)
            home.keep_sign_in(logins.client_id(steward), wanted.redirect_uris[0])
            return changes
        finally:
            oversight.record_run(centre, "IDENTITIES_SET", "steward", since, names)


def read(text: str, name: str, redirects: tuple[str, ...] = ()) -> Identities:
    """Return who there should be; raises LapisError IDENTITIES_FORM, or VaultError of a name or group."""
    try:
        content: dict[str, Any] = tomllib.loads(text)
        officers = tuple(
            Officer(str(each["name"]), str(each["group"]), each.get("agency")) for each in content.get("officers", ())
        )
        agencies = tuple(map(str, content.get("agencies", ())))
        second = content.get("second_factor", True)
        sound = set(content) <= {"officers", "agencies", "second_factor"} and isinstance(second, bool)
    except (tomllib.TOMLDecodeError, KeyError, TypeError):
        sound = False
    if not sound:
        raise LapisError("IDENTITIES_FORM", FORM, place=name)
    return Identities(load_identity_policies(), officers, agencies, redirects, second)

"""`lapis officer`: what officers do at their own desks. Verifying needs no centre, no vault and no network."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path

from api.services import events
from linkage.errors import LapisError
from scripts import (
    breach,
    casework,
    console,
    files,
    questions,
    reconcile,
    referring,
    registering,
    reviewing,
    subjects,
)
from scripts.cli import command
from scripts.console import Answer, Sheet
from vault.log import Checkpoint, Verifier, checkpoint, verify


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the group's commands."""
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    prove = command(
        commands,
        "verify",
        "prove that an exported access log is whole, offline",
        "lapis officer verify log-maret --key log.verifier --since log-februari",
    )
    prove.add_argument("bundle", type=Path, help="folder that `lapis centre log` wrote")
    prove.add_argument("--key", type=Path, help="the log's verifier key as you keep it (default: the bundle's own)")
    prove.add_argument("--since", type=Path, help="an older bundle, which this one must continue")
    prove.set_defaults(run=run_verify)
    referring.add_commands(commands)
    reviewing.add_commands(commands)
    questions.add_commands(commands)
    hold = command(
        commands, "reconcile", "hold the vault's audit trail against the centre's log, once or all the time",
        reconcile.EXAMPLE,
    )  # fmt: skip
    reconcile.add_options(hold)
    casework.add_commands(commands)
    subjects.add_commands(commands)
    registering.add_commands(commands)
    breach.add_command(commands)
    listed = command(commands, "events", "list what the access log may say", "lapis officer events")
    listed.add_argument("--write", type=Path, metavar="FILE", help="write the page of all codes as Markdown")
    listed.set_defaults(run=run_events)


def run_events(options: argparse.Namespace) -> Answer:
    """List the codes, or write their page."""
    if options.write:
        options.write.write_text(events.page(), encoding="utf-8")
        return Answer({"written": str(options.write)}, [f"written to {options.write}"])
    return Answer(
        dict(events.EVENTS), [Sheet("The access log says", ("code", "what happened"), [*events.EVENTS.items()])]
    )


def run_verify(options: argparse.Namespace) -> Answer:
    """Recompute every hash of the bundle and check the signature."""
    verifier = Verifier.decode(files.read(options.key or options.bundle / "verifier").decode("ascii", "replace"))
    since = _older(options.since, verifier) if options.since else None
    with console.progress("verify") as track:
        proved = verify(options.bundle, verifier, since, track)
    rows = [("entries", f"{proved.size:,}"), ("root", proved.root), ("key", verifier.encode())]
    if proved.since is not None:
        rows.append(("continues the log of", f"{proved.since:,} entries"))
    views: list[Sheet | str] = [Sheet("The log is whole", ("", ""), rows)]
    if options.key is None:
        views.append("[yellow]checked with the bundle's own key: compare it with the one that you keep[/]")
    return Answer({**asdict(proved), "key": verifier.encode(), "own_key": options.key is not None}, views)


def _older(folder: Path, verifier: Verifier) -> Checkpoint:
    try:
        note = (folder / "checkpoint").read_text(errors="replace")
    except OSError:
        raise LapisError(
            "FILE_MISSING", "no checkpoint there", place=str(folder), hint="give an older bundle"
        ) from None
    return checkpoint.open_(note, verifier)

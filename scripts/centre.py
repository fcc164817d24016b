"""`lapis centre`: install, enrol, ingest, link, evaluate. Never shows a key, a token or a filter."""

from __future__ import annotations

import argparse
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from api.centre import Bounds, Limits
from api.services import budget, enrol, ingest, own_rows, sequencer
from linkage.encoding import EnrolmentCard, EpochCard, cards
from linkage.errors import LapisError
from scripts import (
    cli,
    console,
    database,
    door,
    engine,
    files,
    homes,
    identities,
    install,
    layers,
    rotation,
    scoring,
    up,
)
from scripts.cli import command
from scripts.console import Answer, Sheet

if TYPE_CHECKING:
    pass

HOME = Path.home() / ".lapis" / "centre"
LEVELS = ("disagree", "between", "agree")
OUTGROWN = 2
"""Times the records that a model was fitted to, from which on a new one is worth its trouble."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the group's commands."""
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    init = command(
        commands,
        "init",
        "start the vault, apply keys, policies and roles, write the card",
        "lapis centre init --name pmo-lampung --seal /media/stick/seal",
    )
    install.add_options(init)
    migrate = command(commands, "migrate", "bring a database to the newest schema", "lapis centre migrate")
    database.add_migrator(migrate)
    migrate.set_defaults(run=database.run_migrate)
    vault = command(commands, "vault", "start or stop the vault", "lapis centre vault start")
    vault.add_argument("action", choices=("start", "stop"))
    vault.set_defaults(run=run_vault)
    enrolment = command(commands, "enrol", "register agencies by their cards", "lapis centre enrol baznas.card.json")
    enrolment.add_argument("card", type=Path, nargs="+")
    enrolment.set_defaults(run=run_enrol)
    epochs = command(commands, "epoch", "register or retire an epoch", "lapis centre epoch 2026-1.epoch.json")
    epochs.add_argument("card", type=Path)
    epochs.add_argument("--retire", action="store_true", help="take no more submissions of it")
    epochs.set_defaults(run=run_epoch)
    budgets = command(
        commands,
        "budget",
        "give an agency its own daily budget of tokens",
        "lapis centre budget baznas --identity 90000 --anchor 60000",
    )
    budgets.add_argument("agency")
    budgets.add_argument("--identity", type=int, required=True, help="of NIKs and KKs: about three a row")
    budgets.add_argument("--anchor", type=int, required=True, help="of cells that people share: about two a row")
    budgets.set_defaults(run=run_budget)
    answers = command(
        commands,
        "answers",
        "bound how much an agency may learn of its own rows",
        "lapis centre answers baznas --rows-a-day 50000 --rows-a-cut 100",
    )
    answers.add_argument("agency")
    answers.add_argument("--rows-a-day", type=int, required=True, help="rows that it may ask about in a day")
    answers.add_argument("--rows-a-cut", type=int, required=True, help="rows that go back for review at a weekly cut")
    answers.set_defaults(run=run_answers)
    take = command(commands, "ingest", "take submissions in", "lapis centre ingest inbox/*.lapis")
    take.add_argument("file", type=Path, nargs="+")
    take.set_defaults(run=run_ingest)
    join = command(commands, "link", "link all visible rows to persons", "lapis centre link --memory 4G")
    join.set_defaults(run=run_link, refit=False)
    anew = command(
        commands,
        "refit",
        "fit a new model to what is there and link with it; persons keep their ids",
        "lapis centre refit",
    )
    anew.set_defaults(run=run_link, refit=True)
    for each in (join, anew):
        engine.add_options(each)
    layered = layers.add_commands(commands)
    score = command(
        commands,
        "evaluate",
        "score the persons found against a known truth",
        "lapis centre evaluate --truth synth/truth --references agencies",
    )
    score.add_argument("--truth", type=Path, required=True, help="folder with rows.parquet and people.parquet")
    score.add_argument(
        "--references", type=Path, required=True, help="folder with a folder an agency, each with references/"
    )
    score.set_defaults(run=scoring.run_evaluate)
    journal = command(commands, "log", "write the access log out for officers to verify", "lapis centre log --out log")
    journal.add_argument("--out", type=Path, required=True, help="folder for the bundle")
    journal.set_defaults(run=run_log)
    serve = command(commands, "up", "serve agencies and people over HTTPS", "lapis centre up --port 8443")
    up.add_options(serve)
    who = command(
        commands,
        "identities",
        "say who logs in: agencies and officers",
        "lapis centre identities identities.toml --handover /media/stick/handover",
    )
    identities.add_options(who)
    entrance = command(
        commands,
        "door",
        "show the login page, in a process of its own (`up` does it)",
        "lapis centre door --vault https://127.0.0.1:8200 --ca ca.pem --client ID --redirect URL --tls folder",
    )
    door.add_options(entrance)
    aside = command(
        commands, "rotate-audit", "put the vault's audit file aside, and drop old ones", "lapis centre rotate-audit"
    )
    rotation.add_options(aside)
    for each in (
        init, migrate, vault, enrolment, epochs, budgets, answers, take, join, score, journal, serve, who, aside,
        *layered,
    ):  # fmt: skip
        each.add_argument("--home", type=Path, default=HOME, help=f"the centre's folder (default {HOME})")
    for each in (take, join, score, journal, serve):
        each.add_argument("--policy", default="lampung", help="linkage policy in force")


def run_vault(options: argparse.Namespace) -> Answer:
    """Start or stop the embedded vault."""
    server = homes.load(options.home).embedded
    if options.action == "stop":
        server.stop()
        return Answer({"running": False}, ["the vault has stopped; its data stays sealed"])
    server.start()
    return Answer({"running": True, "address": server.address}, [f"the vault answers at {server.address}"])


def run_enrol(options: argparse.Namespace) -> Answer:
    """Register agencies."""
    centre = homes.load(options.home).centre("lampung")
    rows = []
    for path in options.card:
        card = files.card(path, EnrolmentCard)
        enrol.register_agency(centre.store, card, centre.clock())
        rows.append((card.party, cards.fingerprint(card)))
    return Answer({"agencies": dict(rows)}, [Sheet("Enrolled", ("agency", "fingerprint"), rows)])


def run_epoch(options: argparse.Namespace) -> Answer:
    """Register or retire an epoch."""
    store = homes.load(options.home).centre("lampung").store
    card = files.card(options.card, EpochCard)
    enrol.register_epoch(store, card)
    if options.retire:
        enrol.retire_epoch(store, card.epoch)
    state = "takes no more submissions" if options.retire else "is open"
    return Answer({"epoch": card.epoch, "retired": options.retire}, [f"epoch {card.epoch} {state}"])


def run_budget(options: argparse.Namespace) -> Answer:
    """Give an agency its own daily budget."""
    own = Limits(options.identity, options.anchor)
    budget.allow(homes.load(options.home).centre("lampung").store, options.agency, own)
    rows = [("of NIKs and KKs", own.identity), ("of shared cells", own.anchor)]
    return Answer(asdict(own), [Sheet(f"Tokens a day for {options.agency}", ("tokens", "a day"), rows)])


def run_answers(options: argparse.Namespace) -> Answer:
    """Give an agency bounds of its own."""
    own = Bounds(options.rows_a_day, options.rows_a_cut)
    own_rows.allow(homes.load(options.home).centre("lampung").store, options.agency, own)
    rows = [("asked about in a day", own.rows_a_day), ("sent back at a weekly cut", own.rows_a_cut)]
    return Answer(asdict(own), [Sheet(f"Rows of {options.agency}", ("rows", "at most"), rows)])


def run_ingest(options: argparse.Namespace) -> Answer:
    """Take each submission in; a refused one does not stop the others, an absent vault does."""
    centre = homes.load(options.home).centre(options.policy)
    receipts, refused = [], {}
    for path in options.file:
        try:
            with console.progress(path.name) as track:
                receipts.append(ingest.ingest(centre, path, track))
        except LapisError as error:
            if error.code in cli.AWAY:
                raise
            refused[path.name] = error.code
            cli.report(error)
    rows = [(each.agency, each.content[:12], each.rows, each.known_rows, each.again) for each in receipts]
    sheet = Sheet("Taken in", ("agency", "content", "rows", "known before", "sent before"), rows)
    data = {"receipts": [asdict(receipt) for receipt in receipts], "refused": refused}
    return Answer(data, [sheet], cli.REFUSED if refused else 0)


def run_link(options: argparse.Namespace) -> Answer:
    """Link, and say what was found and why."""
    # Here, not above: what links takes longer to load than all the rest.
    from api.services import link, passes

    centre = homes.load(options.home).centre(options.policy)
    with closing(engine.chosen(options)) as chosen, console.progress("link") as track:
        means = passes.Means(chosen, engine.octets(options.memory), options.work)
        linked = link.link(centre, track, means, refit=options.refit)
    rows = [("records", linked.records), ("persons", linked.persons), ("pairs to review", linked.reviews)]
    evidence = [(name, *_bits(weights)) for name, weights in linked.report["weights"].items()]
    views: list[Sheet | str] = [
        Sheet("Linked", ("", "count"), rows),
        Sheet("Evidence in bits", ("field", *LEVELS), evidence),
    ]
    if not linked.arrival_forgotten:
        views.append("[yellow]the store was being read: it still tells which rows came together; link again[/]")
    fitted = linked.report["fitted_records"]
    views.append(f"model {linked.report['model'][:12]}, fitted to {fitted:,} records")
    if linked.records > OUTGROWN * fitted:
        views.append("[yellow]there are far more records by now: `lapis centre refit` learns from them[/]")
    return Answer(asdict(linked), views)


def _bits(weights: list[float]) -> tuple[str, str, str]:
    """Show what the lowest level says against, what the highest says for, and the levels between."""
    low, *between, high = (f"{weight:+.1f}" for weight in weights)
    return low, " ".join(between) or "–", high


def run_log(options: argparse.Namespace) -> Answer:
    """Place and sign what waits, and export the log."""
    home = homes.load(options.home)
    sealed = sequencer.export(home.centre(options.policy), home.origin, options.out)
    rows = [("entries", f"{sealed.size:,}"), ("root", sealed.root), ("written to", str(options.out))]
    return Answer({**asdict(sealed), "out": str(options.out)}, [Sheet("Access log", ("", ""), rows)])

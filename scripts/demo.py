"""`lapis demo`: the whole story on synthetic Lampung, by the same commands that people type.

Every step is a `lapis` command; this file only orders them, times them and tells what came of it. Custodian, agencies
and centre keep folders of their own, and none reads another's but for the cards and sealed files that they hand over.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import secrets
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from linkage.errors import LapisError
from scripts import centre, cli, console, homes, synth
from scripts.console import Answer, Sheet

EPOCH = "2026-1"
GOALS = {"all": 0.95, "no_nik_with_date": 0.85}


@dataclass(slots=True)
class Story:
    """Where the demo lives, and what it has found so far."""

    out: Path
    people: int
    seed: int
    seconds: dict[str, float] = field(default_factory=dict)
    agencies: dict[str, dict[str, int]] = field(default_factory=dict)

    @contextlib.contextmanager
    def stage(self, name: str, title: str) -> Iterator[None]:
        """Time a stage and announce it."""
        console.say(f"\n[bold cyan]{len(self.seconds) + 1}. {title}[/]")
        start = time.perf_counter()
        yield
        self.seconds[name] = round(time.perf_counter() - start, 2)
        console.say(f"[dim]{self.seconds[name]:.1f} s[/]")

    def home(self, *parts: str) -> str:
        """Return a folder or file below the demo's."""
        return str(self.out.joinpath(*parts))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("--out", type=Path, default=Path("build/demo"), help="folder, made anew (default build/demo)")
    parser.add_argument("--people", type=int, default=20_000, help="people in synthetic Lampung (default 20000)")
    parser.add_argument("--seed", type=int, default=1, help="the same seed makes the same people (default 1)")
    parser.set_defaults(run=run)
    cli.finish(parser, "lapis demo --people 5000 --out build/small")


def run(options: argparse.Namespace) -> Answer:
    """Run the story, write `summary.json`, and stop the vault."""
    _clear(options.out)
    story = Story(options.out, options.people, options.seed)
    console.say("[bold]Lapis[/]: seven lists of aid, one person behind many rows, and nobody at the centre to know who")
    try:
        result = _tell(story)
    finally:
        _stop(options.out)
    summary = {"agencies": story.agencies, **result, "seconds": story.seconds}
    (story.out / "summary.json").write_text(json.dumps(summary, indent=2) + "\n")
    return Answer(summary, _end(summary, story))


def _tell(story: Story) -> dict[str, Any]:
    with story.stage("synth", f"Synthetic Lampung: {story.people:,} people on the lists of seven sources"):
        made = synth.run(story.people, story.seed, story.out / "lists", None)
        rows = [(agency, made.files[agency], count) for agency, count in made.rows.items()]
        console.table(Sheet("Lists as agencies keep them, faults included", ("source", "files", "rows"), rows))
    sources = json.loads((story.out / "lists" / "sources.json").read_text())
    with story.stage("vault", "The centre starts its vault: sealed, audited, and no root token"):
        _lapis(
            "centre", "init", "--home", story.home("centre"), "--seal", story.home("seal"), "--name", "pmo", show=True
        )
    with story.stage("keys", "Keys: agencies make their own; the custodian's epoch key never reaches the centre"):
        _keys(story, [(source["agency"], source["name"]) for source in sources])
    with story.stage("tokenise", "At each agency: read, check, encode, seal"):
        for source in sources:
            _tokenise(story, source)
        totals = [(agency, *counts.values()) for agency, counts in story.agencies.items()]
        console.table(Sheet("What leaves the agencies", ("agency", "rows read", "rejected", "submitted"), totals))
    with story.stage("ingest", "At the centre: verify, open, pepper, layer, seal, split"):
        _ingest(story)
    with story.stage("link", "Link: one pass an anchor, then the merge, which never sees a filter"):
        _lapis("centre", "link", "--home", story.home("centre"), show=True)
    with story.stage("evaluate", "Against the truth, which nothing else has read"):
        where = ("--truth", story.home("lists", "truth"), "--references", story.home("agencies"))
        result = _lapis("centre", "evaluate", "--home", story.home("centre"), *where, "--json")
        console.give(Answer(result, centre.views(result)), as_json=False)
    with story.stage("log", "The access log: signed at the centre, verified by an officer who trusts nobody"):
        bundle = story.home("log")
        log = _lapis("centre", "log", "--home", story.home("centre"), "--out", bundle, "--json")
        _lapis("officer", "verify", bundle, show=True)
        trail = ("--audit", story.home("centre", "vault", "audit"), "--patience", "0")
        _lapis("officer", "reconcile", *trail, "--bundle", bundle, show=True)
    return {**result, "log": {"size": log["size"], "root": log["root"]}}


def _keys(story: Story, agencies: list[tuple[str, str]]) -> None:
    secret = story.out / "passphrase"
    secret.write_text(secrets.token_urlsafe(24))
    unlock = ("--passphrase-file", str(secret))
    custodian, handed = story.home("custodian"), story.home("handed-over")
    _lapis("custodian", "init", "--home", custodian, "--name", "Dinas Kominfo", *unlock)
    cards = [story.home("agencies", agency, "card.json") for agency, _ in agencies]
    for agency, name in agencies:
        known = ("--centre", story.home("centre", "card.json"), "--custodian", f"{custodian}/card.json")
        _lapis(
            "agency", "enrol", "--home", story.home("agencies", agency), "--id", agency, "--name", name, *known, *unlock
        )
    sealed_to = [part for card in cards for part in ("--agency", card)]
    _lapis("custodian", "epoch", EPOCH, "--home", custodian, "--out", handed, *sealed_to, *unlock, show=True)
    for agency, _ in agencies:
        bundle = f"{handed}/{EPOCH}.{agency}.bundle"
        _lapis("agency", "epoch", bundle, "--home", story.home("agencies", agency), *unlock)
    _lapis("centre", "enrol", *cards, "--home", story.home("centre"))
    _lapis("centre", "epoch", f"{handed}/{EPOCH}.epoch.json", "--home", story.home("centre"))


def _tokenise(story: Story, source: dict[str, Any]) -> None:
    totals = {"read": 0, "rejected": 0, "submitted": 0}
    for each in source["files"]:
        defaults = [part for name, value in each["defaults"].items() for part in (f"--{name}", value)]
        home = ("--home", story.home("agencies", source["agency"]), "--passphrase-file", story.home("passphrase"))
        out = ("--out", story.home("inbox"))
        made = _lapis("agency", "tokenise", story.home("lists", each["path"]), *defaults, *home, *out, "--json")
        for name in totals:
            totals[name] += sum(file[name] for file in made["files"])
    story.agencies[source["agency"]] = totals


def _ingest(story: Story) -> None:
    inbox = sorted(str(path) for path in (story.out / "inbox").glob("*.lapis"))
    taken = _lapis("centre", "ingest", *inbox, "--home", story.home("centre"), "--json")
    by_agency: dict[str, list[int]] = {}
    for receipt in taken["receipts"]:
        counts = by_agency.setdefault(receipt["agency"], [0, 0, 0])
        for at, value in enumerate((1, receipt["rows"], receipt["known_rows"])):
            counts[at] += value
    rows = [(agency, *counts) for agency, counts in by_agency.items()]
    console.table(Sheet("Taken in", ("agency", "submissions", "rows", "known before"), rows))
    again = _lapis("centre", "ingest", inbox[0], "--home", story.home("centre"), "--json")
    console.say(f"the first submission, sent again: taken in twice? {'no' if again['receipts'][0]['again'] else 'yes'}")


def _end(summary: dict[str, Any], story: Story) -> list[str]:
    scores = {"all": summary["f1"], **{name: group["f1"] for name, group in summary["groups"].items()}}
    lines = []
    for name, goal in GOALS.items():
        met = "[green]met[/]" if scores[name] >= goal else "[red]missed[/]"
        lines.append(f"F1 of {name.replace('_', ' ')}: {scores[name]:.3f}, goal {goal:.2f}: {met}")
    lines.append(f"{sum(story.seconds.values()):.0f} s in all; the figures are in {story.out / 'summary.json'}")
    return lines


def _lapis(*arguments: str, show: bool = False) -> dict[str, Any]:
    """Run one command as a person would; return its JSON, or show what it prints."""
    captured = io.StringIO()
    with contextlib.redirect_stdout(captured):
        status = cli.main(arguments)
    if status:
        raise LapisError("DEMO_STOPPED", f"lapis {' '.join(arguments[:2])} ended with {status}")
    if show:
        console.say(captured.getvalue().rstrip())
    return dict(json.loads(captured.getvalue())) if "--json" in arguments else {}


def _clear(out: Path) -> None:
    """Stop what an earlier demo left, and delete its folder; nothing else is ever deleted."""
    _stop(out)
    if out.exists() and any(out.iterdir()) and not (out / "lists").exists():
        raise LapisError("OUT_NOT_OURS", "the folder holds something else", place=str(out), hint="give another --out")
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)


def _stop(out: Path) -> None:
    with contextlib.suppress(LapisError):
        homes.load(out / "centre").server.stop()

"""`lapis demo`: the whole story on synthetic Lampung, by the same commands that people type.

Every step is a `lapis` command; these files only order them, time them and tell what came of it. Custodian, agencies,
officers and centre keep folders of their own, and none reads another's but for the cards and sealed files that they
hand over.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from scripts import cli, console, scoring, synth
from scripts.console import Answer, Sheet
from scripts.demo import layers, lists, officers, service
from scripts.demo.story import Story, clear, lapis, stop

GOALS = {"all": 0.95, "no_nik_with_date": 0.85}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("--out", type=Path, default=Path("build/demo"), help="folder, made anew (default build/demo)")
    parser.add_argument("--people", type=int, default=20_000, help="people in synthetic Lampung (default 20000)")
    parser.add_argument("--seed", type=int, default=1, help="the same seed makes the same people (default 1)")
    parser.add_argument(
        "--port", type=int, default=8443, help="of the service, the login page's beside it (default 8443; 0: any)"
    )
    parser.add_argument("--exit", action="store_true", help="stop the service at the end")
    parser.set_defaults(run=run)
    cli.finish(parser, "lapis demo --people 5000 --out build/small --exit")


def run(options: argparse.Namespace) -> Answer:
    """Run the story and write `summary.json`; the service stays up unless told to end."""
    clear(options.out)
    story = Story(options.out, options.people, options.seed)
    console.say("[bold]Lapis[/]: seven lists of aid and a register, one person behind many rows; no name at the centre")
    stays = False
    try:
        result = _tell(story, options.port)
        stays = not options.exit
    finally:
        if not stays:
            stop(options.out)
    summary = {"agencies": story.agencies, **result, "seconds": story.seconds}
    (story.out / "summary.json").write_text(json.dumps(summary, indent=2) + "\n")
    return Answer(summary, [*_end(summary, story), *(_open_pages(story) if stays else [])])


def _tell(story: Story, port: int) -> dict[str, Any]:
    with story.stage(
        "synth", f"Synthetic Lampung: {story.people:,} people on the lists of seven sources, the poorest in a register"
    ):
        made = synth.run(story.people, story.seed, story.out / "lists", None)
        rows = [(agency, made.files[agency], count) for agency, count in made.rows.items()]
        console.table(Sheet("Lists as agencies keep them, faults included", ("source", "files", "rows"), rows))
    with story.stage("vault", "The centre starts its vault: sealed, audited, and no root token"):
        where = ("--home", story.home("centre"), "--seal", story.home("seal"))
        lapis("centre", "init", *where, "--name", "pmo", show=True)
    with story.stage("keys", "Keys: agencies make their own; the custodian's epoch key never reaches the centre"):
        lists.make_keys(story)
    with story.stage("service", "The service: who logs in, and where"):
        service.start(story, port)
    with story.stage("tokenise", "At each agency: read, check, encode, seal"):
        lists.tokenise(story)
    with story.stage("ingest", "Sent over TLS, and at the centre: verify, open, pepper, layer, seal, split"):
        lists.submit(story)
    with story.stage("link", "Link: one pass an anchor, then the merge, which never sees a filter"):
        lapis("centre", "link", "--home", story.home("centre"), show=True)
    with story.stage("evaluate", "Against the truth, which nothing else has read"):
        where = ("--truth", story.home("lists", "truth"), "--references", story.home("agencies"))
        result = lapis("centre", "evaluate", "--home", story.home("centre"), *where, "--json")
        console.give(Answer(result, scoring.views(result)), as_json=False)
    with story.stage(
        "layers", "Layers: rules that ask for a look (in tens), the poorest without aid, and where the rupiah went"
    ):
        result |= layers.layers(story)
    with story.stage("overlaps", "An analyst asks who is on two lists at once, and never learns who that is"):
        officers.enrol(story)
        result |= officers.overlaps(story)
    with story.stage(
        "campaign", "Referral: two people approve a campaign, and an agency learns which own rows it means"
    ):
        result |= officers.refer(story)
    with story.stage("case", "A case: asked by one, approved by two others, opened once, resolved by the agency alone"):
        result |= officers.case(story)
    with story.stage(
        "log", "The access log, verified by an officer who trusts nobody, and held against the vault's own"
    ):
        result |= officers.log(story)
    return result


def _end(summary: dict[str, Any], story: Story) -> list[str]:
    scores = {"all": summary["f1"], **{name: group["f1"] for name, group in summary["groups"].items()}}
    lines = []
    for name, goal in GOALS.items():
        met = "[green]met[/]" if scores[name] >= goal else "[red]missed[/]"
        lines.append(f"F1 of {name.replace('_', ' ')}: {scores[name]:.3f}, goal {goal:.2f}: {met}")
    lines.append(f"{sum(story.seconds.values()):.0f} s in all; the figures are in {story.out / 'summary.json'}")
    return lines


def _open_pages(story: Story) -> list[str]:
    return [
        f"the pages stay up: [bold]{story.address}[/]",
        f"passwords of ani, budi, citra, dewi and eko: {story.home('handover', 'officers')}",
        f"a browser must trust {story.home('centre', 'tls', 'ca.pem')}",
        f"to stop it: kill {story.service}",
    ]

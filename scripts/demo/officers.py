"""The demo's people: an analyst who asks, officers who open and approve, agencies that resolve, a reconciler."""

from __future__ import annotations

import argparse
import datetime as dt
from pathlib import Path
from typing import Any

from scripts import console, homes, officer_desk
from scripts.console import Sheet
from scripts.demo.service import OFFICERS
from scripts.demo.story import Story, lapis

REASONS = {"purpose": "targeting", "basis": "public-task"}
PAGE = 200
PROGRAMME, REFERRED_TO = "PKH", "baznas"
"""A campaign looks for people on no list of the programme; one agency pulls."""


def enrol(story: Story) -> None:
    """Set up each officer's desk, with the log's key and the agencies' cards."""
    lapis("centre", "log", "--home", story.home("centre"), "--out", story.home("log-key"))
    vault = homes.load(story.out / "centre").embedded
    cards = [part for source in story.sources
             for part in ("--agency", story.home("agencies", source["agency"], "card.json"))]  # fmt: skip
    given = ("--centre", story.address, "--centre-authority", story.home("centre", "tls", "ca.pem"),
             "--vault", vault.address, "--vault-authority", str(vault.ca_file),
             "--log-key", story.home("log-key", "verifier"), *cards, *story.unlock())  # fmt: skip
    for name in OFFICERS:
        lapis("officer", "enrol", "--name", name, "--home", story.home("officers", name), *given)


def _as(story: Story, name: str) -> tuple[str, ...]:
    password = story.home("handover", "officers", f"{name}.password")
    return ("--home", story.home("officers", name), "--password-file", password)


def overlaps(story: Story) -> dict[str, Any]:
    """Ask, as the analyst, for everybody who has two programmes in one period."""
    parser = argparse.ArgumentParser()
    officer_desk.add_access(parser)
    found: list[dict[str, Any]] = []
    with officer_desk.desk(parser.parse_args(_as(story, "dewi"))) as session:
        after: dict[str, str] = {}
        while True:
            page = session.ask("GET", "/v1/overlaps", params={**REASONS, "kind": "programmes", "limit": PAGE, **after})
            found += page["overlaps"]
            if not page["after"]:
                break
            after = {"after": page["after"]}
    found.sort(key=lambda each: -len(each["agencies"]))
    rows = [(each["person"], each["period"], ", ".join(each["agencies"]), each["rows"]) for each in found[:3]]
    console.table(
        Sheet(f"{len(found):,} overlaps; those of most agencies", ("person", "period", "agencies", "rows"), rows)
    )
    story.person = found[0]["person"]
    return {"overlaps": len(found)}


def refer(story: Story) -> dict[str, Any]:
    """Open a campaign, have two people approve it, and pull."""
    expires = (dt.datetime.now(dt.UTC) + dt.timedelta(days=60)).date()
    looked_for = ("--programme", PROGRAMME, "--criterion", "without", "--expires", str(expires))
    (made,) = lapis("officer", "campaign", "open", *looked_for, *_as(story, "citra"), "--json")["campaigns"]
    for name in ("ani", "budi"):
        lapis("officer", "campaign", "approve", str(made["id"]), *_as(story, name), "--json")
    (source,) = (each for each in story.sources if each["agency"] == REFERRED_TO)
    file = source["files"][0]
    home = ("--home", story.home("agencies", REFERRED_TO), "--centre", story.address, *story.unlock())
    path = story.home("lists", file["path"])
    pulled = lapis("agency", "pull", str(made["id"]), "--source", path, *story.known(file), *home, "--json")
    count = pulled["campaigns"][str(made["id"])]
    console.say(
        f"on {Path(path).name}, {REFERRED_TO} finds [bold]{count:,}[/] own rows of people on no list of {PROGRAMME}"
    )
    return {"referred": count}


def case(story: Story) -> dict[str, Any]:
    """Open a case about the first overlap; its opener is refused; two approve; agencies resolve and answer."""
    why = ("--purpose", "double-payment", "--basis", "public-task", "--answers")
    opened = lapis("officer", "open", story.person, *why, *_as(story, "citra"), "--json")["case"]
    lapis("officer", "approve", opened, "--yes", *_as(story, "citra"), refused="ACCESS_DENIED")
    console.say(f"citra opened {opened} and tried to approve it herself: [bold]refused[/]")
    for name in ("ani", "budi"):
        lapis("officer", "approve", opened, "--yes", *_as(story, name))
    released = lapis("officer", "release", opened, *_as(story, "citra"), "--json")["agencies"]
    resolved = {agency: _resolve(story, opened, agency) for agency in released}
    answers = lapis("officer", "answers", opened, "--out", story.home("answers"), *_as(story, "citra"),
                    *story.unlock(), "--json")["answers"]  # fmt: skip
    rows = [(agency, count, answers[agency]["rows"]) for agency, count in resolved.items()]
    console.table(Sheet(f"{opened}, resolved by its owners", ("agency", "own rows found", "rows answered"), rows))
    told = {"resolved": sum(resolved.values()), "answered": sum(each["rows"] for each in answers.values())}
    return {"case": {"name": opened, "self_approval": "refused", "agencies": len(released), **told}}


def _resolve(story: Story, opened: str, agency: str) -> int:
    """Find the ticket's rows in the agency's own lists, one after another, and answer with what was found."""
    home = ("--home", story.home("agencies", agency), "--centre", story.address)
    (ticket,) = (each for each in lapis("agency", "tickets", *home, "--json")["tickets"] if each["case"] == opened)
    (source,) = (each for each in story.sources if each["agency"] == agency)
    for number, file in enumerate(source["files"]):
        given = ("--source", story.home("lists", file["path"]), *story.known(file), *home, *story.unlock())
        found = lapis("agency", "resolve", ticket["path"], *given, "--out", story.home("found", agency, str(number)),
                      "--json", either=True)  # fmt: skip
        if found["rows"]:
            lapis("agency", "resolve", ticket["path"], *given, "--out", story.home("found", agency, "answered"),
                  "--answer", "--partly", "--json", either=True)  # fmt: skip
            return len(found["rows"])
    return 0


def log(story: Story) -> dict[str, Any]:
    """Export the log, verify it, and hold the vault's trail against it."""
    bundle, vault = story.home("log"), homes.load(story.out / "centre").embedded
    written = lapis("centre", "log", "--home", story.home("centre"), "--out", bundle, "--json")
    key = ("--key", story.home("log-key", "verifier"))
    lapis("officer", "verify", bundle, *key, show=True)
    login = ("--vault", vault.address, "--authority", str(vault.ca_file), "--user", "eko", *_as(story, "eko")[2:])
    trail = str(vault.layout.audit.parent)
    told = lapis("officer", "reconcile", "--audit", trail, "--bundle", bundle, *key, *login, "--json", either=True)
    codes = [each["code"] for each in told["findings"]]
    console.say(f"{told['lines']:,} lines of the vault's trail: {len(codes) or 'no'} findings")
    unmatched = sum(code in {"UNMATCHED_ASK", "UNMATCHED_RELEASE", "RELEASE_MISSING"} for code in codes)
    return {
        "log": {"size": written["size"], "root": written["root"]},
        "reconciled": not codes,
        "unmatched": unmatched,
        "findings": sorted(set(codes)),
    }

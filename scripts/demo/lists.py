"""The demo's agencies: their keys, their lists, and how these reach the centre."""

from __future__ import annotations

import datetime as dt
import secrets
from typing import Any

from scripts import console
from scripts.console import Sheet
from scripts.demo.story import Story, lapis

EPOCH = "2026-1"


def make_keys(story: Story) -> None:
    """Make custodian, agencies and epoch, and register them at the centre."""
    agencies = [(source["agency"], source["name"]) for source in story.sources]
    (story.out / "passphrase").write_text(secrets.token_urlsafe(24))
    custodian, handed = story.home("custodian"), story.home("handed-over")
    lapis("custodian", "init", "--home", custodian, "--name", "Dinas Kominfo", *story.unlock())
    cards = [story.home("agencies", agency, "card.json") for agency, _ in agencies]
    known = ("--centre", story.home("centre", "card.json"), "--custodian", f"{custodian}/card.json")
    for agency, name in agencies:
        home = ("--home", story.home("agencies", agency))
        lapis("agency", "enrol", *home, "--id", agency, "--name", name, *known, *story.unlock())
    for agency, _ in agencies:
        _agree(story, agency)
    sealed_to = [part for card in cards for part in ("--agency", card)]
    lapis("custodian", "epoch", EPOCH, "--home", custodian, "--out", handed, *sealed_to, *story.unlock(), show=True)
    for agency, _ in agencies:
        bundle = f"{handed}/{EPOCH}.{agency}.bundle"
        lapis("agency", "epoch", bundle, "--home", story.home("agencies", agency), *story.unlock())
    lapis("centre", "enrol", *cards, "--home", story.home("centre"))
    lapis("centre", "epoch", f"{handed}/{EPOCH}.epoch.json", "--home", story.home("centre"))


def _agree(story: Story, agency: str) -> None:
    """Have the custodian record an agreement: without one an agency gets no key."""
    paper = story.out / f"perjanjian-{agency}.txt"
    paper.write_text(f"Perjanjian contoh dengan {agency}: data sintetis.\n")
    today = dt.datetime.now(dt.UTC).date()
    days = ("--signed", f"{today - dt.timedelta(days=1)}", "--until", f"{today + dt.timedelta(days=365)}")
    of = ("--number", f"DEMO/{agency}", *days, "--document", str(paper), "--home", story.home("custodian"))
    lapis("custodian", "agreement", story.home("agencies", agency, "card.json"), *of)


def tokenise(story: Story) -> None:
    """Tokenise every list of every agency."""
    for source in story.sources:
        totals = {"read": 0, "rejected": 0, "submitted": 0}
        for file in source["files"]:
            home = ("--home", story.home("agencies", source["agency"]), *story.unlock())
            out = ("--out", story.home("inbox", source["agency"]))
            path = story.home("lists", file["path"])
            made = lapis("agency", "tokenise", path, *story.known(file), *home, *out, "--json")
            for name in totals:
                totals[name] += sum(each[name] for each in made["files"])
        story.agencies[source["agency"]] = totals
    rows = [(agency, *counts.values()) for agency, counts in story.agencies.items()]
    console.table(Sheet("What leaves the agencies", ("agency", "rows read", "rejected", "submitted"), rows))


def submit(story: Story) -> None:
    """Send every submission, follow it to its end, and send one twice."""
    rows, again = [], ""
    for source in story.sources:
        inbox = sorted(map(str, (story.out / "inbox" / source["agency"]).glob("*.lapis")))
        jobs = _send(story, source["agency"], inbox)
        rows.append((source["agency"], len(jobs), *(sum(job[of] for job in jobs) for of in ("rows", "known_rows"))))
        again = again or inbox[0]
    console.table(Sheet("Taken in", ("agency", "submissions", "rows", "known before"), rows))
    first = story.sources[0]["agency"]
    sent = lapis(
        "agency", "submit", again, "--home", story.home("agencies", first), "--centre", story.address, "--json"
    )
    (job,) = sent["jobs"].values()
    console.say(f"the first submission, sent again: taken in twice? {'no' if job['state'] == 'done' else job['state']}")


def _send(story: Story, agency: str, inbox: list[str]) -> list[dict[str, Any]]:
    first = ("--credentials", story.home("handover", "agencies", f"{agency}.json"), "--authority",
             story.home("centre", "tls", "ca.pem"))  # fmt: skip
    home = ("--home", story.home("agencies", agency), "--centre", story.address)
    return list(lapis("agency", "submit", *inbox, *home, *first, "--json")["jobs"].values())

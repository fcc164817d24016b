"""Fill a centre's store with people, aid, layers and a log that nobody wrote: for `lapis bench pages`.

Run as a program: the centre's folder and how many persons. Never for a centre of anybody's.
"""

from __future__ import annotations

import datetime as dt
import json
import sys
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa

from api.centre import Centre
from api.services import sequencer
from api.services.layers import funds, publish, renew
from api.store import bulk
from linkage.synth.aid import ASKED, plant
from linkage.synth.rupiah import fund
from scripts import homes, pages_office
from scripts.layer_runs import FUNDED, SEED, people
from scripts.layer_store import fill
from scripts.layer_store_runs import planted

DAYS = 90
"""Over how many days up to now the log's entries lie."""
ACTORS = 40
PART = 100_000
READS = ("PERSONS_LISTED", "PROFILE_READ", "OVERLAPS_LISTED", "COVERAGE_READ", "LAYERS_READ", "FLAGS_LISTED",
         "SUBMISSIONS_LISTED", "LOGIN", "ACCESS_DENIED", "REQUEST_REFUSED", "CASES_LISTED", "CASE_READ")  # fmt: skip
ROLES = ("analyst", "pmo-officer", "pmo-head", "dpo")
PURPOSES = ("targeting", "overlap-review", "quality-review", "oversight")


def main(home: Path, persons: int) -> None:
    """Fill the store of a centre's folder."""
    found = homes.load(home)
    centre = found.centre("lampung")
    rows = planted(persons)
    fill(centre.store, rows)
    then = replace(centre, clock=lambda: ASKED)
    _fund(then, persons)
    renew.renew(then, _silent)
    publish.publish(then, _silent)
    agencies = sorted(rows["agency"].unique().to_pylist())
    with centre.store.begin() as connection:
        for table, lines in pages_office.paper(agencies, persons, centre.clock()):
            bulk.write(connection, table, pa.Table.from_pylist(lines))
    _log(centre, agencies, persons)
    sequencer.seal(centre, found.origin)


def _fund(centre: Centre, persons: int) -> None:
    """Take in budgets and disbursements as a treasury would send them."""
    spent = fund(plant(people(min(persons, FUNDED)), SEED), SEED)
    for kind, lines in (("funds", spent.budgets), ("sp2d", spent.disbursements)):
        numbered = lines.append_column("row", pa.array(range(1, len(lines) + 1)))
        funds.take(centre, kind, f"{kind:0>64}", numbered)


def _log(centre: Centre, agencies: list[str], persons: int) -> None:
    """Write an entry a person, as pages write them, over the last days."""
    draw, now = Random(SEED), centre.clock()  # noqa: S311 — made up, and no secret
    step = dt.timedelta(days=DAYS) / persons
    for start in range(0, persons, PART):
        whole = range(start, min(persons, start + PART))
        moments = [now - step * (persons - at) for at in whole]
        bodies = [_body(draw, moment, agencies, persons) for moment in moments]
        with centre.store.begin() as connection:
            bulk.write(
                connection,
                "pending_entry",
                pa.table({"created_at": list(map(pages_office.text, moments)), "body": bodies}),
            )


def _body(draw: Random, at: dt.datetime, agencies: list[str], persons: int) -> str:
    code = draw.choice(READS)
    subject: dict[str, Any] = {"action": "made up", "rules": "0" * 16}
    if code == "PROFILE_READ":
        subject["person"] = f"{draw.randrange(persons):016x}"
    if code in {"PERSONS_LISTED", "OVERLAPS_LISTED"}:
        subject |= {"count": 20, "persons": [f"{draw.randrange(persons):016x}" for _ in range(20)]}
    if code == "SUBMISSIONS_LISTED":
        subject["agency"] = draw.choice(agencies)
    if code == "CASE_READ":
        subject["case"] = f"case-{draw.randint(1, pages_office.CASES)}"
    actor = f"7c1d2c5e-3b0f-4d52-8c53-{draw.randrange(ACTORS):012}"
    body = {"code": code, "actor": actor, "role": draw.choice(ROLES), "purpose": draw.choice(PURPOSES),
            "basis": "public-task", "subject": subject, "version": 1,
            "at": at.isoformat(timespec="milliseconds")}  # fmt: skip
    return json.dumps(body, sort_keys=True, separators=(",", ":"))


def _silent(_stage: str, _done: int, _total: int) -> None:
    pass


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))

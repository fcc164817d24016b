"""`lapis officer breach`: what a credential read in a period, from a verified bundle of the log, and a draft notice.

It works offline, for it is needed when the service cannot be trusted. It names pseudonyms to the officer alone; the
notice has counts. Whom they are is found out by cases, by the agencies.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from linkage.errors import LapisError
from scripts import files
from scripts.cli import command
from scripts.console import Answer, Sheet
from scripts.referral import Commands
from vault.log import Verifier, bundle, verify

CLOCK = timedelta(hours=72)
"""Law 27/2022, article 46: in writing, to the person and the authority, within 3 × 24 hours."""
NOTICE = """# Pemberitahuan kegagalan pelindungan data pribadi (rancangan)

Kepada: subjek data yang terdampak, dan lembaga pelindungan data pribadi (UU 27/2022, pasal 46).
Paling lambat: {due} (3 × 24 jam sejak diketahui pada {known}).

1. **Data pribadi yang terungkap.** Nomor samaran, program, periode, jumlah dan wilayah bantuan dari {persons} orang
   yang disebut dalam log, dan {uncounted} tampilan yang hanya tercatat jumlahnya. Tidak ada nama, NIK atau alamat di
   pusat.
2. **Kapan dan bagaimana.** Antara {since} dan {until}, dengan kredensial `{credential}`: {events} peristiwa.
   ISI: bagaimana kredensial itu jatuh ke tangan lain, dan kapan dicabut.
3. **Penanganan dan pemulihan.** ISI: pencabutan, penyelidikan, rekonsiliasi dengan jejak brankas, pemberitahuan
   instansi pemilik data ({agencies}).

Dasar: log akses, {size} catatan, akar `{root}`.

---

# Notice of a personal-data breach (draft)

To: the people affected, and the data-protection authority (Law 27/2022, article 46).
At the latest: {due} (3 × 24 hours after it became known at {known}).

1. **What was disclosed.** Pseudonyms with programme, period, amount and region of aid of {persons} people whom the log
   names, and {uncounted} views of which it has counts alone. The centre holds no name, NIK or address.
2. **When and how.** Between {since} and {until}, with the credential `{credential}`: {events} events.
   FILL IN: how the credential fell into other hands, and when it was revoked.
3. **What was done.** FILL IN: revocation, inquiry, reconciliation with the vault's trail, and telling the agencies
   whose data it is ({agencies}).

From the access log: {size} entries, root `{root}`.
"""


@dataclass(slots=True)
class Reach:
    """What a credential did: events by code, pseudonyms that entries name, agencies, entries with a count alone."""

    codes: Counter[str] = field(default_factory=Counter)
    persons: set[str] = field(default_factory=set)
    agencies: set[str] = field(default_factory=set)
    cases: set[str] = field(default_factory=set)
    uncounted: int = 0
    first: str = ""
    last: str = ""


def add_command(commands: Commands) -> None:
    """Add the command."""
    drill = command(
        commands, "breach", "list what a credential read in a period, and draft the notice; also as a drill",
        "lapis officer breach --credential 5f0c8a1e-… --from 2026-11-20T00:00+07:00 --to 2026-11-24T12:00+07:00 \\\n"
        "      --bundle log --key log.verifier --out kejadian-1",
    )  # fmt: skip
    drill.add_argument("--credential", required=True, help="the vault's id of the party, as the log's `actor`")
    drill.add_argument("--from", dest="since", type=datetime.fromisoformat, required=True, help="with its zone")
    drill.add_argument("--to", dest="until", type=datetime.fromisoformat, required=True, help="with its zone")
    drill.add_argument("--known", type=datetime.fromisoformat, help="since when it is known (default: now)")
    drill.add_argument("--bundle", type=Path, required=True, help="folder of the log, as it was exported")
    drill.add_argument("--key", type=Path, required=True, help="the log's verifier key as you keep it")
    drill.add_argument("--out", type=Path, required=True, help="new folder for the list and the notice")
    drill.set_defaults(run=run)


def run(options: argparse.Namespace) -> Answer:
    """Verify the log, read it, and write what it says."""
    if None in (options.since.tzinfo, options.until.tzinfo) or options.since >= options.until:
        raise LapisError("PERIOD_INVALID", "expected two times with their zones, in order", place="--from, --to")
    verifier = Verifier.decode(files.read(options.key).decode("ascii", "replace"))
    proved = verify(options.bundle, verifier)
    found = reach(_entries(options.bundle, verifier), options.credential, options.since, options.until)
    known = options.known or datetime.now(UTC)
    words = {
        "due": _moment(known + CLOCK), "known": _moment(known), "persons": len(found.persons),
        "uncounted": found.uncounted, "since": _moment(options.since), "until": _moment(options.until),
        "credential": options.credential, "events": found.codes.total(), "size": proved.size, "root": proved.root,
        "agencies": ", ".join(sorted(found.agencies)) or "–",
    }  # fmt: skip
    files.write_private(options.out / "notice.md", NOTICE.format(**words).encode())
    files.write_private(options.out / "persons.txt", "".join(f"{each}\n" for each in sorted(found.persons)).encode())
    data = {**words, "codes": dict(sorted(found.codes.items())), "cases": sorted(found.cases)}
    files.write_private(options.out / "reach.json", json.dumps(data, indent=2).encode())
    views: list[Sheet | str] = [
        Sheet(f"{options.credential} in the period", ("event", "times"), sorted(found.codes.items())),
        f"people named: {len(found.persons):,}; views with a count alone: {found.uncounted:,}",
        f"the notice is due {words['due']}: {options.out / 'notice.md'}",
    ]
    return Answer(data, views)


def reach(entries: Iterator[dict[str, Any]], credential: str, since: datetime, until: datetime) -> Reach:
    """Return what the entries of a party in [since, until] came to."""
    found = Reach()
    for entry in entries:
        if entry["actor"] != credential or not since <= datetime.fromisoformat(entry["at"]) <= until:
            continue
        found.codes[entry["code"]] += 1
        subject = entry["subject"]
        named = {each for name in ("person", "persons") for each in _words(subject.get(name))}
        found.persons |= named
        found.agencies |= {each for name in ("agency", "agencies") for each in _words(subject.get(name))}
        found.cases |= set(_words(subject.get("case")))
        if not named and subject.get("count"):
            found.uncounted += 1
        found.first = found.first or entry["at"]
        found.last = entry["at"]
    return found


def _words(given: object) -> list[str]:
    return [each for each in (given if isinstance(given, list) else [given]) if isinstance(each, str)]


def _entries(folder: Path, verifier: Verifier) -> Iterator[dict[str, Any]]:
    return (json.loads(entry) for entry in bundle.entries(folder, verifier))


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="minutes")

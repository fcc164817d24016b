"""The paper of an office that does not exist: lists, campaigns, cases, requests, alarms. For `lapis bench pages`."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator
from random import Random
from typing import Any, TypeAlias

from linkage.identity import programme_codes

Lines: TypeAlias = list[dict[str, Any]]
LISTS, CAMPAIGNS, CASES, REQUESTS, ALARMS, PULLS = 400, 60, 40, 40, 20, 2000
SEED = 2
DAYS = 90


def paper(agencies: list[str], persons: int, now: dt.datetime) -> Iterator[tuple[str, Lines]]:
    """Yield each table and its rows, those first that others name."""
    draw = Random(SEED)  # noqa: S311 — made up, and no secret
    yield from _lists(draw, agencies, now)
    yield from _campaigns(draw, agencies, persons, now)
    yield from _cases(draw, agencies, persons, now)
    yield "subject_request", [{
        "agency": draw.choice(agencies), "kind": "access", "channel": "counter", "received_at": _ago(now, at / 10),
        "registered_at": _ago(now, at / 10), "closed_at": text(now) if at % 3 else None,
    } for at in range(REQUESTS)]  # fmt: skip
    yield "alarm", [{
        "code": "TOKENS_UNCOUNTED", "about": f"day {at}", "count": 1, "at": _ago(now, at), "first_at": _ago(now, at),
    } for at in range(ALARMS)]  # fmt: skip


def _lists(draw: Random, agencies: list[str], now: dt.datetime) -> Iterator[tuple[str, Lines]]:
    uploads = [{
        "id": f"{at:032x}", "agency": draw.choice(agencies), "digest": hashlib.sha256(str(at).encode()).hexdigest(),
        "size": 10**6, "received": 1 if at % 10 == 9 else 10**6, "created_at": _ago(now, (LISTS - at) / 5),
        "job": None if at % 10 == 9 else f"{at:032x}",
    } for at in range(LISTS)]  # fmt: skip
    yield "upload", uploads
    yield "job", [{
        "id": each["job"], "kind": "ingest", "agency": each["agency"], "upload": each["id"],
        "state": "refused" if at % 17 == 0 else "done", "code": "SCHEMA_VALUE" if at % 17 == 0 else None,
        "created_at": each["created_at"], "ended_at": each["created_at"],
        "rows": None if at % 17 == 0 else 1000 + at, "known_rows": None if at % 17 == 0 else at,
    } for at, each in enumerate(uploads) if each["job"]]  # fmt: skip


def _campaigns(draw: Random, agencies: list[str], persons: int, now: dt.datetime) -> Iterator[tuple[str, Lines]]:
    programmes = sorted(programme_codes())
    campaigns: Lines = [{
        "id": at, "programme": draw.choice(programmes), "criterion": draw.choice(("without", "twice")),
        "regency": None, "expires": _day(now, at % DAYS - 20), "opened_by": f"officer-{at % 3}",
        "opened_at": _ago(now, DAYS - at),
    } for at in range(1, CAMPAIGNS + 1)]  # fmt: skip
    yield "campaign", campaigns
    yield "approval", [
        {"campaign": each["id"], "role": role, "person": role, "given_at": each["opened_at"]}
        for each in campaigns if each["id"] % 4 for role in ("dpo", "pmo-head")
    ]  # fmt: skip
    yield "pull", [{
        "campaign": draw.randint(1, CAMPAIGNS), "agency": draw.choice(agencies), "day": _day(now, -(at % DAYS)),
        "rows": 100 + at, "asked_at": _ago(now, at % DAYS),
    } for at in range(PULLS)]  # fmt: skip
    yield "outcome", [{
        "campaign": 1 + at % CAMPAIGNS, "record": at, "outcome": draw.choice(("visited", "helped")),
        "day": _day(now, 0),
    } for at in range(persons // 20)]  # fmt: skip


def _cases(draw: Random, agencies: list[str], persons: int, now: dt.datetime) -> Iterator[tuple[str, Lines]]:
    numbers = range(1, CASES + 1)
    yield "case_file", [{
        "id": at, "opened_by": f"officer-{at % 3}", "opened_at": _ago(now, CASES - at),
        "expires": _ago(now, CASES - at - 10), "purpose": "double-payment", "basis": "public-task",
        "urgent": at % 5 == 0, "manifest": f"{at:064x}", "released_at": _ago(now, CASES - at) if at % 2 else None,
    } for at in numbers]  # fmt: skip
    yield "case_person", [{"case": at, "person": draw.randrange(persons)} for at in numbers]
    yield "ticket", [{"case": at, "agency": draw.choice(agencies), "sealed": "{}", "issued_at": _ago(now, 1)}
                     for at in numbers if at % 2]  # fmt: skip


def text(moment: dt.datetime) -> str:
    """Return a moment as the store keeps it."""
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


def _ago(now: dt.datetime, days: float) -> str:
    return text(now - dt.timedelta(days=days))


def _day(now: dt.datetime, days: int) -> str:
    return (now + dt.timedelta(days=days)).date().isoformat()

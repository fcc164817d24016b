"""Hold what the service says of a case against its entry in the log: only what is logged is ever approved.

Believes no one but the log's key, as the approver keeps it. What it cannot see: whose rows the ciphertexts are.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from linkage.errors import LapisError
from vault import cases
from vault.log import Checkpoint, LogError, Verifier, checkpoint, leaf_hash, merkle

OPENINGS = {"CASE_OPENED": False, "CASE_OPENED_URGENT": True}
"""Codes of entries that open a case, and whether it is urgent."""


@dataclass(frozen=True, slots=True)
class Statement:
    """What the log says of a case: who asks for how much, why, until when, and what the vault was asked."""

    case: str
    opener: str
    opened_at: datetime
    expires: datetime
    purpose: str
    basis: str
    urgent: bool
    people: int
    references: int
    officer: str | None
    manifest: str
    accessors: tuple[str, ...]


def read(case: str, proof: dict[str, Any], verifier: Verifier, seen: Checkpoint | None) -> tuple[Statement, Checkpoint]:
    """Return what the log says of the case, and the checkpoint that proves it.

    `seen`: the newest checkpoint that she has seen, which this one must continue. Raises LapisError CASE_NOT_LOGGED,
    or LogError LOG_ROLLED_BACK, LOG_CHECKPOINT or LOG_PROOF.
    """
    signed = checkpoint.open_(str(proof["checkpoint"]), verifier)
    path = [bytes.fromhex(each) for each in proof["path"]]
    entry = str(proof["entry"]).encode()
    merkle.check_inclusion(leaf_hash(entry), int(proof["index"]), signed.size, path, signed.root)
    if seen is not None and seen.size:
        if signed.size < seen.size:
            raise LogError("LOG_ROLLED_BACK", "the log is shorter than it was")
        continues = [bytes.fromhex(each) for each in proof["continues"]]
        merkle.check_consistency(seen.size, seen.root, signed.size, signed.root, continues)
    return _statement(case, entry), signed


def _statement(case: str, entry: bytes) -> Statement:
    try:
        body = json.loads(entry)
        subject = body["subject"]
        found = Statement(
            case=str(subject["case"]), opener=str(body["actor"]), opened_at=datetime.fromisoformat(body["at"]),
            expires=datetime.fromisoformat(subject["expires"]), purpose=str(body["purpose"]), basis=str(body["basis"]),
            urgent=OPENINGS[body["code"]], people=int(subject["people"]), references=int(subject["count"]),
            officer=subject.get("officer"), manifest=str(subject["manifest"]), accessors=tuple(subject["asked"]),
        )  # fmt: skip
    except (ValueError, KeyError, TypeError):
        found = None
    if found is None or found.case != case:
        raise LapisError("CASE_NOT_LOGGED", "the log's entry is not the opening of this case", place=case, hint=REFUSE)
    return found


REFUSE = "refuse it: `lapis officer refuse`"


def match(statement: Statement, asked: list[dict[str, str]]) -> list[bytes]:
    """Return the digests of the case's ciphertexts if they are those logged; raises LapisError CASE_NOT_AS_LOGGED."""
    digests = [bytes.fromhex(each["digest"]) for each in asked]
    same = cases.manifest(digests) == statement.manifest and len(digests) == statement.references
    if not same or sorted(each["accessor"] for each in asked) != sorted(statement.accessors):
        raise LapisError(
            "CASE_NOT_AS_LOGGED", "the case shown is not the one logged", place=statement.case, hint=REFUSE
        )
    return digests


def check(statement: Statement, approver: str, now: datetime) -> None:
    """Raise LapisError CASE_SELF_APPROVED or CASE_EXPIRED if this person may not approve, or not any more."""
    if statement.opener == approver:
        hint = "two others approve it"
        raise LapisError("CASE_SELF_APPROVED", "who opened a case cannot approve it", place=statement.case, hint=hint)
    if now >= statement.expires:
        raise LapisError("CASE_EXPIRED", "the case is over", place=statement.case)


def words(statement: Statement) -> list[str]:
    """Say in plain words what an approval would do."""
    until = statement.expires.astimezone(UTC).strftime("%d %B %Y, %H:%M UTC")
    asked = statement.opened_at.astimezone(UTC).strftime("%d %B %Y, %H:%M UTC")
    lines = [
        f"{statement.case}: open {statement.references} reference(s) of {statement.people} person(s).",
        f"For {statement.purpose}, on the basis of {statement.basis}.",
        f"Asked by {statement.opener} on {asked}; it ends on {until}.",
        "Each agency that owns a row learns which of its own rows are meant"
        + (", and may answer the officer who asks." if statement.officer else "; no answer is asked for."),
    ]
    return [*lines, *(["URGENT: the case must be reviewed within 24 hours."] if statement.urgent else [])]

"""Read the vault's audit trail line by line: OpenBao's JSON, whose values are HMACs. Judges nothing, shows no value.

A request is written before it is served and a response before it is sent, both under the request's id. What a control
group holds back is served later under the *first* id, when its answer is unwrapped; the unwrapping itself leaves no
line of its own, nor who did it. Observed on OpenBao 2.7.2.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from vault.reconcile.findings import TrailError

PEPPER = ("transit/hmac/pepper", "transit/verify/pepper")


@dataclass(frozen=True, slots=True)
class Wrap:
    """An answer that waits in the vault: its token and accessor, as HMACs."""

    token: str
    accessor: str


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a request asked the pepper for: how many values, and a digest of the batch (of HMACs)."""

    count: int
    digest: bytes


@dataclass(frozen=True, slots=True)
class Line:
    """One line. `token`, `accessor` and `handed` are HMACs of the login's token and of what the request names.

    `answer`: a response, else a request. `failed`: it was refused. `deferred`: an approved request, served now.
    `told`: the response carries data. Empty text: the line does not say.
    """

    place: str
    at: datetime
    answer: bool
    id: str
    operation: str
    path: str
    entity: str
    name: str
    token: str
    kind: str
    policies: frozenset[str]
    failed: bool
    deferred: bool
    accessor: str
    handed: str
    wrap: Wrap | None
    told: bool
    tokens: Tokens | None


def parse(raw: bytes, place: str) -> Line:
    """Read one line; raises TrailError TRAIL_LINE, which names the place and nothing of the line."""
    try:
        return _line(json.loads(raw), place)
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
        raise TrailError("TRAIL_LINE", "not a line of the vault's audit trail", place=place) from None


def _line(content: Any, place: str) -> Line:
    request, auth = content["request"], content.get("auth") or {}
    response, asked = content.get("response") or {}, request.get("data") or {}
    wrap = response.get("wrap_info")
    path = _text(request, "path")
    return Line(
        place=place,
        at=_time(content["time"]),
        answer={"request": False, "response": True}[content["type"]],
        id=_text(request, "id"),
        operation=_text(request, "operation"),
        path=path,
        entity=_text(auth, "entity_id"),
        name=_text(auth, "display_name"),
        token=_text(request, "client_token"),
        kind=_text(auth, "token_type"),
        policies=frozenset(map(str, auth.get("policies") or ())),
        failed=bool(content.get("error")),
        deferred=content.get("forwarded_from") == "unwrap-deferred" or content.get("forwarded") is True,
        accessor=_text(asked, "accessor"),
        handed=_text(asked, "token"),
        wrap=Wrap(_text(wrap, "token"), _text(wrap, "accessor")) if wrap else None,
        told=bool(response.get("data")),
        tokens=_tokens(asked) if path.startswith(PEPPER) else None,
    )


def _text(content: dict[str, Any], name: str) -> str:
    found = content.get(name) or ""
    if not isinstance(found, str):
        raise TypeError
    return found


def _time(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError
    return found.astimezone(UTC)


def _tokens(asked: dict[str, Any]) -> Tokens:
    """Count what was asked; the same batch twice has one digest, so that a chunk that is repeated counts once."""
    batch = asked.get("batch_input")
    count = len(batch) if batch and isinstance(batch, list) else 1
    return Tokens(count, hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).digest())

"""Load the access rules and decide one request by them. It knows no route, no token and no database.

Parsed once; a request that the schema does not know, or an error in a rule, is a denial like any other.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from typing import Any

import cedarpy

from policies.errors import PolicyError

CENTRE = "centre"
_ENUM = re.compile(r"entity (\w+) enum \[([^\]]*)\]")


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: who (entity, roles, her agency), what (an operation id), of whose (an agency, or the centre)."""

    entity: str
    roles: frozenset[str]
    agency: str | None
    action: str
    owner: str | None = None
    purpose: str | None = None
    basis: str | None = None
    case: str | None = None


@dataclass(frozen=True, slots=True)
class Ruling:
    """Say whether it is allowed, and by which rules."""

    allowed: bool
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AccessRules:
    """Parsed rules; `hash` names their text, `purposes` and `bases` are the closed lists of the schema."""

    hash: str
    purposes: tuple[str, ...]
    bases: tuple[str, ...]
    _policies: cedarpy.PolicySet = field(repr=False)
    _schema: cedarpy.Schema = field(repr=False)

    def decide(self, asked: Asked) -> Ruling:
        """Decide; allowed only if a rule permits it and nothing went wrong on the way."""
        owner = ("Agency", asked.owner) if asked.owner else ("Centre", CENTRE)
        request = {
            "principal": _uid("Member", asked.entity),
            "action": _uid("Action", asked.action),
            "resource": _uid(*owner),
            "context": _context(asked),
        }
        answer = cedarpy.is_authorized(request, self._policies, [_member(asked)], self._schema)
        allowed = answer.decision is cedarpy.Decision.Allow and not answer.diagnostics.errors
        return Ruling(allowed, tuple(sorted(answer.diagnostics.id_annotations_by_reason.values())))


def load_access_rules() -> AccessRules:
    """Return the rules that ship; raises PolicyError RULES_UNSOUND."""
    folder = resources.files("policies") / "access"
    texts = [(folder / name).read_text(encoding="utf-8") for name in ("access.cedar", "schema.cedarschema")]
    return parse_access_rules(*texts)


def parse_access_rules(rules: str, schema: str) -> AccessRules:
    """Parse and check rules against their schema; raises PolicyError RULES_UNSOUND."""
    try:
        policies, form = cedarpy.PolicySet.from_str(rules), cedarpy.Schema.from_str(schema)
        sound = bool(cedarpy.validate_policies(rules, form))
    except ValueError:
        sound = False
    if not sound:
        raise PolicyError("RULES_UNSOUND", "rules and schema do not fit together", place="policies/access")
    lists = {name: tuple(json.loads(f"[{values}]")) for name, values in _ENUM.findall(schema)}
    digest = hashlib.sha256(b"\0".join(text.encode() for text in (rules, schema))).hexdigest()
    return AccessRules(digest, lists.get("Purpose", ()), lists.get("Basis", ()), policies, form)


def _uid(kind: str, name: str) -> dict[str, str]:
    return {"type": kind, "id": name}


def _member(asked: Asked) -> dict[str, Any]:
    agency = {"agency": {"__entity": _uid("Agency", asked.agency)}} if asked.agency else {}
    parents = [_uid("Role", role) for role in sorted(asked.roles)]
    return {"uid": _uid("Member", asked.entity), "attrs": agency, "parents": parents}


def _context(asked: Asked) -> Mapping[str, object]:
    reasons = {
        "purpose": asked.purpose and {"__entity": _uid("Purpose", asked.purpose)},
        "basis": asked.basis and {"__entity": _uid("Basis", asked.basis)},
        "case": asked.case,
    }
    return {name: value for name, value in reasons.items() if value}

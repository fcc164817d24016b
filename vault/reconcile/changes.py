"""Which requests change who may do what in the vault, and how a recorded run names such a change. Judges nothing.

A change is named `kind:name`, as `lapis centre init` and `lapis centre identities` record what they did.
"""

from __future__ import annotations

import re

from vault.reconcile.trail import Line

WRITES = frozenset({"create", "update", "delete", "patch"})
FIRST_START = re.compile(r"initialize\[0\]\.identities\.request\[\d+\]\..+")
"""The ids of what a new vault does to itself under a root token that nobody sees."""

_NAMED = (
    (re.compile(r"sys/polic(?:y|ies/acl)/([^/]+)"), "policy"),
    (re.compile(r"auth/approle/role/([^/]+)/(?:role-id|secret-id|custom-secret-id).*"), "credentials"),
    (re.compile(r"auth/approle/role/([^/]+).*"), "role"),
    (re.compile(r"sys/mounts/(.+)"), "mount"),
    (re.compile(r"sys/auth/([^/]+)"), "login"),
    (re.compile(r"transit/(?:keys|restore)/([^/]+).*"), "key"),
    (re.compile(r"auth/officers/users/([^/]+).*"), "officer"),
    (re.compile(r"auth/agencies/role/([^/]+).*"), "agency"),
    (re.compile(r"identity/entity/name/([^/]+)"), "entity"),
    (re.compile(r"identity/(?:entity-alias|alias).*()"), "alias"),
    (re.compile(r"identity/group/name/([^/]+)"), "group"),
    (re.compile(r"identity/oidc/.*()"), "oidc"),
    (re.compile(r"identity/mfa/method/totp/admin-(?:generate|destroy)()"), "device"),
    (re.compile(r"identity/mfa/.*()"), "factor"),
)
_NAMELESS = frozenset({"alias", "device", "factor", "oidc"})
_HARMLESS = re.compile(
    r"sys/(control-group/(request|authorize)|wrapping/(wrap|unwrap|lookup|rewrap)|audit-hash/[^/]+|audit/test"
    r"|capabilities(-self|-accessor)?|leases/(lookup|renew|revoke).*|tools/.*|mfa/validate)"
    r"|auth/[^/]+/login(/.*)?|auth/token/(lookup|renew|revoke)(-self|-accessor)?|auth/token/revoke-orphan"
    r"|identity/oidc/provider/[^/]+/(authorize|token|userinfo)|identity/oidc/introspect|identity/lookup/(entity|group)"
)
_WATCHED = re.compile(r"(sys|auth|identity)/.*|transit/(keys|config|restore|cache-config)(/.*)?")
_OWN_PASSWORD = re.compile(r"auth/officers/users/([^/]+)/password")


def change(line: Line) -> str:
    """Return how a run would record what this line changes, or nothing if it changes none of it."""
    if line.operation not in WRITES or not _WATCHED.fullmatch(line.path) or _HARMLESS.fullmatch(line.path):
        return ""
    own = _OWN_PASSWORD.fullmatch(line.path)
    if own and line.name == f"officers-{own[1]}":
        return ""
    for pattern, kind in _NAMED:
        if found := pattern.fullmatch(line.path):
            return f"{kind}:{found[1]}"
    return f"path:{line.path}"


def recorded(kind: str, name: str) -> str:
    """Return how a run records a change: where the path has no name, the kind alone."""
    return f"{kind}:{'' if kind in _NAMELESS else name}"

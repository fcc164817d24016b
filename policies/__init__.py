"""Rules that people can read and change without touching code, and the thin code that loads and checks them."""

from policies.errors import PolicyError
from policies.identity_lint import lint_identities
from policies.vault_lint import Finding, lint
from policies.vault_roles import ROLES, load_identity_policies, load_vault_policies

__all__ = [
    "ROLES",
    "Finding",
    "PolicyError",
    "lint",
    "lint_identities",
    "load_identity_policies",
    "load_vault_policies",
]

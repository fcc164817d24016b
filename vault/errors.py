"""The one error of this room. It never carries a value, a token, a credential or the server's own words."""

from __future__ import annotations

from linkage.errors import LapisError


class VaultError(LapisError):
    """Say with a stable code that the vault is absent, sealed, refuses, or was asked for something malformed."""

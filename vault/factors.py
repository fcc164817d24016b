"""Second factors of officers: one-time codes (RFC 6238) that the vault demands at each login. It keeps no secret.

The vault makes an officer's secret, gives it out once, and never again; here it goes straight into the files that are
handed to her. Whoever loses her device gets another secret from the steward, and the old one is worth nothing: both
stand in the vault's audit trail, and the secret does not.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

from vault import credentials
from vault.client import VaultSession
from vault.config import OFFICERS
from vault.errors import VaultError

METHODS = "identity/mfa/method/totp"
ENFORCEMENT = f"identity/mfa/login-enforcement/{OFFICERS}"
FORM: Mapping[str, str] = {
    "method_name": OFFICERS, "issuer": "Lapis", "algorithm": "SHA1", "digits": "6", "period": "30", "skew": "1",
    "key_size": "20", "qr_size": "240", "max_validation_attempts": "5",
}  # fmt: skip
"""What every authenticator application reads; a code serves once, and five wrong ones close the door for 30 seconds.

As text: the steward's policy fixes it, and compares text.
"""
_LABEL = re.compile(r"^otpauth://totp/[^?]*")


def method(session: VaultSession) -> dict[str, Any] | None:
    """Return the vault's method of one-time codes, if it is there."""
    found = [session.read(f"{METHODS}/{each}") for each in session.names(METHODS)]
    return next((each for each in found if each.get("name") == FORM["method_name"]), None)


def enrol(
    session: VaultSession, entities: Mapping[str, str], lost: Sequence[str], handover: Path
) -> Iterator[tuple[str, Literal["create", "update"]]]:
    """Give each officer (name to entity id) without a secret one, and whoever lost hers another; yield whom.

    Raise VAULT_NAME_UNKNOWN for one who lost hers and is no officer, VAULT_MISSING if there is no method.
    """
    if not set(lost) <= set(entities):
        raise VaultError("VAULT_NAME_UNKNOWN", "no such officer", hint="name her in the file first")
    kind = method(session)
    if kind is None:
        raise VaultError("VAULT_MISSING", "the vault has no method of one-time codes", place=METHODS)
    for name, entity in sorted(entities.items()):
        whose = {"method_id": kind["id"], "entity_id": entity}
        if name in lost:
            session.write(f"{METHODS}/admin-destroy", whose)
        made = session.write(f"{METHODS}/admin-generate", whose)
        if made:
            _hand_over(handover / OFFICERS, name, made)
            yield name, "update" if name in lost else "create"


def _hand_over(folder: Path, name: str, made: Mapping[str, Any]) -> None:
    # The vault labels it by the entity's id; a person knows herself by her name.
    url = _LABEL.sub(f"otpauth://totp/Lapis:{quote(name)}", str(made["url"]))
    credentials.write_private(folder / f"{name}.otpauth", url.encode())
    credentials.write_private(folder / f"{name}.png", base64.b64decode(made["barcode"]))

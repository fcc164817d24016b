"""One-time codes for a login that nobody attends, from what was handed over for a device. It prints none of it.

With its secret beside the password, a second factor is one more file to steal and no more: for machines that watch, not
for people.
"""

from __future__ import annotations

import base64
import binascii
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from linkage.errors import LapisError
from scripts import files


def code(file: Path, now: float) -> str:
    """Return the code of this half minute (seconds since 1970); raises LapisError DEVICE_FORM."""
    url = urlsplit(files.read(file).decode("ascii", "replace").strip())
    try:
        [secret] = parse_qs(url.query)["secret"]
        key = base64.b32decode(secret + "=" * (-len(secret) % 8))
        return TOTP(key, 6, SHA1(), 30).generate(int(now)).decode()  # noqa: S303 - RFC 6238, as applications read it
    except (KeyError, ValueError, binascii.Error):
        pass
    # Outside the except block: the cause would hold the secret.
    raise LapisError("DEVICE_FORM", "expected an otpauth address", place=str(file))

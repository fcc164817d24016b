"""Fold what people write as a label (a header, a month, a programme) so that spellings compare. Not for names."""

from __future__ import annotations

import re
import unicodedata

_NOT_LABEL = re.compile(r"[^A-Z0-9]+")


def fold(text: str) -> str:
    """Return `text` without accents, in upper case, with letters, digits and single spaces only. Idempotent."""
    if not text.isascii():
        # Upper case may bring marks of its own (ΐ), so decompose after it.
        text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).upper())
        text = "".join(sign for sign in text if not unicodedata.combining(sign))
    return _NOT_LABEL.sub(" ", text.upper()).strip()

"""The one error that a person meets: a stable code, a place, and what to do. Never a value."""

from __future__ import annotations


class LapisError(Exception):
    """Carry a stable `code`, a message without data, a `place` (file, sheet, row, column) and a `hint` (what to do)."""

    def __init__(self, code: str, message: str, *, place: str = "", hint: str = "") -> None:
        super().__init__(code, message, place, hint)
        self.code = code
        self.message = message
        self.place = place
        self.hint = hint

    def __str__(self) -> str:
        """Show `CODE: place: message (hint)`."""
        where = f"{self.place}: " if self.place else ""
        todo = f" ({self.hint})" if self.hint else ""
        return f"{self.code}: {where}{self.message}{todo}"

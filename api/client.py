"""A small client for analysts: released counts and flags as pandas frames. It needs no other part of Lapis.

It holds a token and no data; every call says why people are looked at, and leaves an entry in the centre's log. pandas
is loaded when the first frame is made.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import pandas as pd

PAGE = 200


class Http(Protocol):
    """What the client needs of an HTTP library: `httpx.Client` with a base address and the centre's certificate."""

    def get(self, url: str, *, params: dict[str, Any], headers: dict[str, str]) -> Any:
        """Ask."""


class Refused(Exception):  # noqa: N818 — a refusal is what it is called
    """The centre refused; `code` is stable."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code


@dataclass(frozen=True, slots=True)
class Client:
    """Ask a centre over `http`, with a token, for one purpose and on one legal basis."""

    http: Http
    token: str = field(repr=False)
    purpose: str
    basis: str

    def layers(self, cube: str = "layers", **query: Any) -> pd.DataFrame:
        """Return cells of a cube of layers: level, place, cell, people (missing where hidden)."""
        return _frame(self._pages("/v1/layers", "cells", cube=cube, **query))

    def gaps(self, cube: str = "needs", **query: Any) -> pd.DataFrame:
        """Return cells of a cube of needs, of the untouched poor, or of who is left out."""
        return _frame(self._pages("/v1/gaps", "cells", cube=cube, **query))

    def causes(self, **query: Any) -> pd.DataFrame:
        """Return causes by place with their denominators."""
        return _frame(self._pages("/v1/causes", "causes", **query))

    def funds(self, sheet: str = "plans", **query: Any) -> pd.DataFrame:
        """Return a sheet of the rupiah."""
        return _frame(self._pages("/v1/funds", "rows", sheet=sheet, **query))

    def villages(self, **query: Any) -> pd.DataFrame:
        """Return the quality of villages' rows."""
        return _frame(self._pages("/v1/villages", "rows", **query))

    def flags(self, **query: Any) -> pd.DataFrame:
        """Return flags, a row each, with the rows to look at as a list."""
        return _frame(self._pages("/v1/flags", "flags", **query))

    def _pages(self, path: str, key: str, **query: Any) -> Iterator[dict[str, Any]]:
        """Yield everything a list has; raises Refused."""
        why = {"purpose": self.purpose, "basis": self.basis, "limit": PAGE}
        after: Any = None
        while True:
            given = {**why, **query, **({} if after is None else {"after": after})}
            answer = self.http.get(path, params=given, headers={"Authorization": f"Bearer {self.token}"})
            body = answer.json()
            if answer.status_code != 200:
                raise Refused(str(body.get("code", "FAILED")), str(body.get("detail", "")))
            yield from body[key]
            after = body["after"]
            if after is None:
                return


def _frame(rows: Iterator[dict[str, Any]]) -> pd.DataFrame:
    # Here, not above: pandas takes longer to load than all the rest.
    import pandas as pd

    frame = pd.DataFrame(list(rows))
    return frame.astype({"people": "Int64"}) if "people" in frame else frame

"""What a page's filters send: as the API's, and nothing where somebody chose nothing."""

from __future__ import annotations

from functools import cache
from typing import Annotated

from fastapi import Query

from linkage.identity.regions import gazetteer

AnyProgramme = Annotated[str, Query(pattern="^([A-Z0-9-]{1,20})?$", examples=["PKH"], description="code, or nothing")]
AnyRegency = Annotated[
    str, Query(pattern=r"^([0-9]{2}\.[0-9]{2})?$", examples=["18.01"], description="official code, or nothing")
]
AnyAgency = Annotated[str, Query(pattern="^([a-z0-9-]{1,40})?$", examples=["baznas"], description="one, or nothing")]
AnyPerson = Annotated[
    str, Query(pattern="^([0-7][0-9a-f]{15})?$", examples=["1c0ffee123456789"], description="one, or nothing")
]
_YEAR = "[12][0-9]{3}"
_LEAP = "[12][0-9](0[48]|[2468][048]|[13579][26])|(1[26]|2[048])00"
_DAYS = (
    f"{_YEAR}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])",
    f"{_YEAR}-(0[13-9]|1[0-2])-(29|30)",
    f"{_YEAR}-(0[13578]|1[02])-31",
    f"({_LEAP})-02-29",
)
"""The days of the calendar, so that what the form allows is never refused."""
AnyDay = Annotated[
    str, Query(pattern=f"^({'|'.join(_DAYS)})?$", examples=["2026-11-24"], description="a day, or nothing")
]


@cache
def regencies() -> tuple[tuple[str, str], ...]:
    """Return the regencies of the province by code."""
    return tuple(sorted((code, name) for code, name in gazetteer().names.items() if code.count(".") == 1))

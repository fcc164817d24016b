"""What goes out of the layers over HTTP. A count is of a release or it is null; an id is random."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Path, Query
from pydantic import BaseModel, Field

from api.routes.forms import EXAMPLE_ID, EXAMPLE_PERSON, HEX, MOST, Closed
from api.services.findings import Outcome

PLACE = r"^[0-9]{2}(\.[0-9]{2}){0,2}(\.[0-9]{4})?$"
Level = Annotated[
    Literal["province", "regency", "district", "village"] | None,
    Query(examples=["district"], description="of places of one level"),
]
Place = Annotated[
    str | None, Query(pattern=PLACE, examples=["18.01"], description="of this place and of those within it")
]
ReleaseNumber = Annotated[int | None, Query(ge=1, le=MOST, examples=[1], description="an earlier release")]
After = Annotated[int | None, Query(ge=0, le=MOST, description="as the page before says")]
FlagId = Annotated[str, Path(pattern=HEX, examples=[EXAMPLE_ID])]


class Released(BaseModel):
    """Of which release an answer is: its number, and the moment it tells of."""

    release: int = Field(examples=[1])
    at: datetime
    after: int | None = Field(None, description="asks for the next page")


class ReleaseView(BaseModel):
    """A release, and since when it may go out."""

    release: int = Field(examples=[1])
    at: datetime
    approved_at: datetime | None


class CellView(BaseModel):
    """One cell: `people` is null where it is hidden, because of few people or lest others follow from it."""

    level: str = Field(examples=["district"])
    place: str = Field(examples=["18.01.04"], description="empty: the province")
    cell: list[str] = Field(examples=[["decile=1-2", "layers=0"]])
    people: int | None = Field(examples=[412])


class CellList(Released):
    """A page of cells."""

    cells: list[CellView]


class CauseView(BaseModel):
    """How many people of a place a cause stands in the way of; of those in need, of all; and a release before."""

    level: str = Field(examples=["district"])
    place: str = Field(examples=["18.01.04"])
    cause: str = Field(examples=["school"])
    people: int | None
    in_need: int | None
    affected: int | None
    affected_before: int | None


class CauseList(Released):
    """A page of causes."""

    causes: list[CauseView]


class SheetView(Released):
    """A page of a sheet: rows as published, null where few people are behind a figure."""

    rows: list[dict[str, Any]] = Field(
        examples=[[{"fund": "APBN", "programme": "PKH", "agency": "kemensos", "year": 2026, "budget": 900_000_000,
                    "disbursed": 850_000_000, "undisbursed": 50_000_000, "over": 0}]]
    )  # fmt: skip


class FlagRowView(BaseModel):
    """One row that a flag wants looked at; rupiah."""

    person: str = Field(examples=[EXAMPLE_PERSON])
    agency: str
    programme: str | None
    period: str | None
    amount: int | None


class FlagView(BaseModel):
    """A flag: under which rule, on what, its rows, and what a person found of it. It denies nothing."""

    id: str = Field(examples=[EXAMPLE_ID])
    rule: str = Field(examples=["same-programme-twice"])
    effect: Literal["info", "review", "hold"]
    citation: str
    unit: Literal["person", "household"]
    rows: list[FlagRowView]
    outcome: Outcome | None


class FlagList(BaseModel):
    """A page of flags."""

    flags: list[FlagView]
    after: str | None = None


class NewOutcome(Closed):
    """What was found of a flag: only `review-together` goes back to agencies, about paid rows alone."""

    outcome: Outcome = Field(examples=["both-may-stand"])


class OutcomeView(BaseModel):
    """How many rows go back to their agencies at the next weekly cut."""

    flag: str = Field(examples=[EXAMPLE_ID])
    rows: int


class UnregisteredView(BaseModel):
    """A person without a usable NIK: why, for how many days she has been known, and on how many layers."""

    person: str = Field(examples=[EXAMPLE_PERSON])
    village: str | None
    reason: Literal["none", "dummy", "invalid", "damaged"]
    days: int
    layers: int
    refer_to: Literal["dukcapil"] = "dukcapil"


class UnregisteredList(BaseModel):
    """A page of persons without a usable NIK, the longest waiting first."""

    persons: list[UnregisteredView]
    after: str | None = None

"""What goes in and out over HTTP. Request models are closed, ids are random, and no field has room for a name."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import Path, Query
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

HEX = "^[0-9a-f]{32}$"
PERSON = "^[0-7][0-9a-f]{15}$"
EXAMPLE_ID = "5f0c8a1e2b7d4c369a8e1f02b3c4d5e6"
EXAMPLE_PERSON = "1c0ffee123456789"

MOST = 2**31 - 1
"""The largest number that a counter of the store has on PostgreSQL."""
Limit = Annotated[int, Query(ge=1, le=200, description="at most so many")]
ListId = Annotated[str, Path(pattern=HEX, examples=[EXAMPLE_ID])]
PersonId = Annotated[str, Path(pattern=PERSON, examples=[EXAMPLE_PERSON])]
Programme = Annotated[str | None, Query(pattern="^[A-Z0-9-]{1,20}$", examples=["PKH"], description="code")]
Regency = Annotated[str | None, Query(pattern=r"^[0-9]{2}\.[0-9]{2}$", examples=["18.01"], description="official code")]
AgencyId = Annotated[str | None, Query(pattern="^[a-z0-9-]{1,40}$", examples=["baznas"], description="of one agency")]


class Closed(BaseModel):
    """A form without room for more."""

    model_config = ConfigDict(extra="forbid")


def whole(given: object) -> object:
    """Take 4.0 as 4: to JSON they are one number."""
    return int(given) if isinstance(given, float) and given.is_integer() else given


class NewUpload(Closed):
    """A sealed list that is about to be sent: the SHA-256 of the file, and its octets."""

    digest: str = Field(pattern="^[0-9a-f]{64}$", examples=["9f" * 32])
    size: Annotated[int, BeforeValidator(whole)] = Field(ge=1, le=4 * 2**30, strict=True, examples=[1_048_576])


class UploadView(BaseModel):
    """How much of a list is there, and its job once it is whole."""

    id: str = Field(examples=[EXAMPLE_ID])
    agency: str = Field(examples=["baznas"])
    digest: str
    size: int
    received: int = Field(description="octets that are safe here; send on from this offset")
    job: str | None = None
    created_at: datetime


class ProgressView(BaseModel):
    """How far a running job's stage is."""

    stage: str
    done: int
    total: int


class JobView(BaseModel):
    """A job: waiting, done with its counts, or refused with the code and place of what was wrong."""

    id: str = Field(examples=[EXAMPLE_ID])
    kind: Literal["ingest", "link"]
    state: Literal["waiting", "done", "refused"]
    agency: str | None = None
    created_at: datetime
    ended_at: datetime | None = None
    code: str | None = None
    place: str | None = None
    rows: int | None = None
    known_rows: int | None = None
    run: int | None = None
    persons: int | None = None
    reviews: int | None = None
    progress: ProgressView | None = None


class UploadList(BaseModel):
    """Lists, newest first."""

    submissions: list[UploadView]


class JobList(BaseModel):
    """Jobs, newest first."""

    jobs: list[JobView]


class PersonView(BaseModel):
    """A pseudonymous person, and how many rows as asked are hers."""

    person: str = Field(examples=[EXAMPLE_PERSON])
    rows: int


class PersonList(BaseModel):
    """A page of persons; `after` asks for the next."""

    persons: list[PersonView]
    after: str | None = None


class AidView(BaseModel):
    """One row of aid; the amount in rupiah."""

    agency: str
    programme: str
    period: str | None
    amount: int | None
    regency: str | None
    village: str | None


class StandingView(BaseModel):
    """How a person stands by the layers: `decile` null where no list says; needs and programmes as published codes."""

    layers: int
    decile: int | None
    met: list[str]
    unmet: list[str]
    fitting: list[str]
    causes: list[str]
    flags: list[str]


class Profile(BaseModel):
    """What a person got, oldest first, and how she stands; `standing` is null until the layers know her."""

    person: str = Field(examples=[EXAMPLE_PERSON])
    aid: list[AidView]
    standing: StandingView | None = None


class OverlapView(BaseModel):
    """One person's aid of one period from more than one agency or programme."""

    person: str = Field(examples=[EXAMPLE_PERSON])
    period: str
    programmes: list[str]
    agencies: list[str]
    rows: int


class OverlapList(BaseModel):
    """A page of overlaps; `after` asks for the next."""

    overlaps: list[OverlapView]
    after: str | None = None


class CoveredView(BaseModel):
    """People of a regency, or those of a programme there, and its poor on no layer; null where it was not released."""

    regency: str
    people: int | None
    untouched: int | None


class Coverage(BaseModel):
    """Coverage by regency."""

    regencies: list[CoveredView]


class RunView(BaseModel):
    """One linkage run."""

    id: int
    started_at: datetime
    finished_at: datetime
    policy: str


class RunList(BaseModel):
    """Runs, newest first."""

    runs: list[RunView]


class ReviewCounts(BaseModel):
    """Pairs that wait for a person, by reason."""

    reasons: dict[str, int]


class State(BaseModel):
    """Whether the service lives, or can work."""

    state: Literal["alive", "ready"]


class Token(BaseModel):
    """A short-lived token (RFC 6749)."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - the scheme's name
    expires_in: int


def shown(person: int) -> str:
    """Write a person's id."""
    return f"{person:016x}"


def read(person: str) -> int:
    """Read a person's id."""
    return int(person, 16)

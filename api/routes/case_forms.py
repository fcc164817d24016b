"""What goes in and out about cases. References are never here: digests, accessors, counts, and what is sealed."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, Field

from api.routes.forms import EXAMPLE_PERSON, PERSON, Closed, whole

Reason = Literal["not-needed", "wrong-purpose", "too-many", "not-as-logged", "requester", "other"]
Verdict = Literal["justified", "not-justified"]


class NewCase(Closed):
    """Whose rows must be named, and for how long; purpose and basis stand in the query."""

    persons: list[Annotated[str, Field(pattern=PERSON)]] = Field(
        min_length=1, max_length=30, examples=[[EXAMPLE_PERSON]], description="pseudonymous persons; urgent: at most 5"
    )
    hours: Annotated[int, BeforeValidator(whole)] = Field(
        ge=1, le=336, strict=True, examples=[72], description="until it ends; urgent: at most 4"
    )
    urgent: bool = Field(False, strict=True, description="told at once, reviewed within a day; vital-interest alone")
    officer_key: str | None = Field(
        None, pattern="^[0-9a-f]{64}$", description="the X25519 key to which agencies may seal answers"
    )


class Asked(BaseModel):
    """A request in the vault: SHA-256 of its ciphertext, and the accessor by which an approver finds it there."""

    digest: str
    accessor: str


class CaseView(BaseModel):
    """A case as counts; `asked` for approvers alone."""

    case: str = Field(examples=["case-12"])
    state: Literal["waiting", "refused", "released", "expired"]
    opened_at: datetime
    expires: datetime
    purpose: str
    basis: str
    urgent: bool
    answers: bool
    persons: int
    references: int
    approvals: int
    refused_for: str | None = None
    verdict: str | None = None
    asked: list[Asked] | None = None


class CaseList(BaseModel):
    """Cases, newest first."""

    cases: list[CaseView]


class EntryProof(BaseModel):
    """A log entry, its place, the hashes up to the root, the signed checkpoint, and how it continues `since`."""

    entry: str
    index: int
    path: list[str]
    checkpoint: str
    continues: list[str]


class NewRefusal(Closed):
    """Why a case is refused."""

    reason: Reason


class NewReview(Closed):
    """What the review of an urgent case found."""

    verdict: Verdict


class ReleaseView(BaseModel):
    """Which agencies have a ticket now."""

    case: str
    agencies: list[str]


class AlertView(BaseModel):
    """Something about an urgent case that a person must look at."""

    case: str
    code: Literal["URGENT_CASE", "REVIEW_OVERDUE"]
    since: datetime


class AlertList(BaseModel):
    """Alerts, oldest first."""

    alerts: list[AlertView]


class TicketView(BaseModel):
    """A ticket, sealed to its agency; `answers`: whether the case takes one."""

    case: str
    expires: datetime
    answers: bool
    sealed: str


class TicketList(BaseModel):
    """An agency's tickets, newest first."""

    tickets: list[TicketView]


class NewAnswer(Closed):
    """An answer, sealed and signed by `lapis agency resolve --answer`."""

    sealed: str = Field(min_length=2, description="with the rest of the body at most 64 KiB")


class AnswerView(BaseModel):
    """An agency's sealed answer."""

    agency: str
    sealed: str


class AnswerList(BaseModel):
    """A case's answers, by agency."""

    answers: list[AnswerView]

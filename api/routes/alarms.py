"""Alarms: the reconciler raises what the vault's trail shows, and those who answer for the centre see all of them."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, status
from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, Field

from api.access import Visit
from api.access.admission import VISIT
from api.routes.forms import Closed, Limit, whole
from api.services import alarms
from api.services.alarms import Sign
from api.store import Alarm

router = APIRouter(prefix="/v1", tags=["alarms"])
Here = Annotated[Visit, VISIT]
PLACE = r"^[A-Za-z0-9._-]{1,120}(:[0-9]{1,15})?$"
ABOUT = (
    r"^((request|answer|unwrap|token|day|time|part|cut|changed|end|line) [A-Za-z0-9:._+-]{1,150}( [0-9]{1,15})?"
    r"|[a-z-]{1,20}[:/][A-Za-z0-9:/._+-]{0,200} [A-Za-z0-9_.\[\]-]{1,100})$"
)
"""Where, and what about, as a look writes it: free words do not fit."""
MOST = 200


def _no_identity(given: str) -> str:
    """Refuse what could be a NIK: nothing that an alarm names is such a number."""
    if re.search(r"\d{16}", given):
        raise ValueError
    return given


Place = Annotated[str, Field(pattern=PLACE), AfterValidator(_no_identity)]
About = Annotated[str, Field(pattern=ABOUT), AfterValidator(_no_identity)]
Code = Annotated[str, Field(pattern="^[A-Z_]{1,40}$", examples=["REPLAY"])]
Case = Annotated[str, Field(pattern="^[a-z0-9-]{1,40}$", examples=["case-12"])]


class NewAlarm(Closed):
    """One finding: what it is about (a request, a path, a part, a day), where the trail shows it, and since when."""

    code: Code
    about: About = Field(examples=["request 5f0c8a1e-2b7d-4c36-9a8e-1f02b3c4d5e6"])
    place: Place = Field(examples=["audit.log:441"])
    at: AwareDatetime
    count: Annotated[int, BeforeValidator(whole)] = Field(1, ge=1, le=10**9, strict=True)
    case: Case | None = None


class NewAlarms(Closed):
    """Findings of one look."""

    alarms: list[NewAlarm] = Field(min_length=1, max_length=MOST)


class AlarmView(BaseModel):
    """One alarm: `at` is when it happened, `first_at` when the centre was told."""

    id: int
    code: str
    about: str
    agency: str | None
    place: str | None
    case: str | None
    count: int
    at: datetime
    first_at: datetime
    raised_by: str | None


class AlarmList(BaseModel):
    """Alarms, newest first."""

    alarms: list[AlarmView]


class Raised(BaseModel):
    """How many alarms were new."""

    new: int


@router.post("/alarms", operation_id="createAlarms", status_code=status.HTTP_201_CREATED)
def raised(visit: Here, wanted: NewAlarms) -> Raised:
    """Raise what a look found; the same again is one alarm."""
    signs = [Sign(each.code, each.about, each.at, each.place, each.case, count=each.count) for each in wanted.alarms]
    new = alarms.raise_(visit.session, signs, visit.asked.entity, visit.service.centre.clock())
    visit.enter("ALARMS_RAISED", count=len(signs), new=new, codes=" ".join(sorted({each.code for each in signs})))
    return Raised(new=new)


@router.get("/alarms", operation_id="listAlarms")
def listed(visit: Here, limit: Limit = 50) -> AlarmList:
    """List alarms, newest first."""
    found = alarms.listed(visit.session, limit)
    visit.enter("ALARMS_LISTED", count=len(found))
    return AlarmList(alarms=[_view(each) for each in found])


def _view(alarm: Alarm) -> AlarmView:
    return AlarmView.model_validate(alarm, from_attributes=True)

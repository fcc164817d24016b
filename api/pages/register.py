"""The register as a page: agreements, the impact assessment, the records of processing to take along. Digests only."""

from __future__ import annotations

import csv
import io
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse

from api.access import Visit
from api.access.admission import VISIT
from api.pages import cells, downloads, views
from api.pages.cells import named
from api.pages.exports import Csv
from api.pages.tables import Asked, Column, Table, asked
from api.services import register
from api.services.exports import plain
from policies.processing import load_processing

router = APIRouter(prefix="/pages", tags=["pages"])
Here = Annotated[Visit, VISIT]
COLUMNS = ("part", "name", "field", "value")
AGREEMENTS = Table("agreements", (
    Column("agency", get=lambda row: row.agency.name), Column("code", cells.ID, lambda row: row.agency.id),
    Column("agreement", get=lambda row: row.agreement and row.agreement.number),
    Column("digest", cells.ID, lambda row: row.agreement and row.agreement.digest),
    Column("state", named("agreement"), lambda row: _state(row)),
    Column("until", cells.DAY, lambda row: row.agreement and row.agreement.until),
))  # fmt: skip


def _state(row: register.OnFile) -> str:
    return "in_force" if row.in_force else "ended" if row.agreement else "missing"


@router.get("/register", operation_id="showRegister", response_class=HTMLResponse, responses=downloads.GIVEN)
def shown(request: Request, visit: Here, agreements: Annotated[Asked, Depends(asked(AGREEMENTS))]) -> Response:
    """Show every agency with its agreement, and the impact assessment."""
    found = register.listed(visit.session, register.today(visit.service.centre.clock()))
    view = AGREEMENTS.view(request, found, agreements)
    visit.enter("REGISTER_READ", count=len(found), **view.taken)
    return views.tabled(
        request, "register.html", view, assessment=register.assessment(visit.session),
        production=visit.service.production,
    )  # fmt: skip


@router.get("/register/processing.csv", operation_id="readProcessingTable", response_class=Csv)
def table(visit: Here) -> Csv:
    """Give the records of processing as CSV."""
    found = register.processing(visit.session, visit.service.centre, load_processing())
    visit.enter("REGISTER_READ", count=len(found["recipients"]))
    out = io.StringIO()
    write = csv.writer(out)
    write.writerow(COLUMNS)
    write.writerows([plain(str(cell)) for cell in row] for row in rows(found))
    return Csv(out.getvalue(), headers={"content-disposition": 'attachment; filename="lapis-processing.csv"'})


def rows(found: dict[str, Any]) -> list[tuple[str, str, str, object]]:
    """Return the records, a field a row."""
    flat: list[tuple[str, str, str, object]] = []
    for part, value in found.items():
        if isinstance(value, list):
            flat += [(part, str(next(iter(each.values()))), name, one) for each in value for name, one in each.items()]
        elif isinstance(value, dict):
            flat += [(part, "", name, one) for name, one in value.items()]
        else:
            flat.append((part, "", "", "" if value is None else value))
    return flat

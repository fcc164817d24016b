"""Put the application together: routes, one gate before all of them, one form of refusal. It holds no state."""

from __future__ import annotations

from typing import Any

from fastapi import Depends, FastAPI
from starlette.types import ASGIApp

from api.access.admission import admit, refuse
from api.guard import Guard
from api.pages import approvals as approval_pages
from api.pages import campaigns as campaign_pages
from api.pages import desk as desk_pages
from api.pages import entrance as browser
from api.pages import exports, glossary, home, lists, oversight, queue, refusals, report
from api.pages import layers as layer_pages
from api.pages import people as people_pages
from api.pages import register as register_pages
from api.pages import releases as release_pages
from api.pages import reviews as review_pages
from api.pages import runs as run_pages
from api.pages import subjects as subject_pages
from api.problems import Problem, documented, install
from api.routes import (
    alarms,
    campaigns,
    cases,
    counts,
    entrance,
    findings,
    jobs,
    layers,
    people,
    record,
    register,
    reviews,
    rows,
    signoffs,
    subjects,
    submissions,
)
from api.routes.reasons import reason
from api.service import Service

TITLE = "Lapis"
VERSION = "1"


class _Application(FastAPI):
    """FastAPI with the guard outside of everything, also of its own answer to a fault."""

    def build_middleware_stack(self) -> ASGIApp:
        return Guard(super().build_middleware_stack())

    def openapi(self) -> dict[str, Any]:
        """Return the published form, with refusals and the way in."""
        if self.openapi_schema is None:
            form = super().openapi()
            parts = form.setdefault("components", {})
            parts.setdefault("schemas", {})["Problem"] = Problem.model_json_schema()
            parts["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
            for path, item in form["paths"].items():
                for operation in item.values():
                    if path.startswith("/v1/"):
                        operation["security"] = [{"token": []}]
        return super().openapi()


def create_app(service: Service) -> FastAPI:
    """Return the application that serves `service`; every route stands behind the gate."""
    app = _Application(
        title=TITLE,
        version=VERSION,
        summary="Layer aid without anyone holding an identity.",
        docs_url=None,
        redoc_url=None,
        dependencies=[Depends(admit)],
        responses=documented(),
    )
    app.state.service = service
    install(app, refuse, refusals.shown)
    why = [reason(service.rules)]
    for part in (entrance, submissions, jobs, counts, alarms, campaigns, rows, cases, browser, glossary, home, lists):
        app.include_router(part.router)
    for part in (signoffs, queue, subjects, subject_pages, register, register_pages):
        app.include_router(part.router)
    for part in (run_pages, campaign_pages, approval_pages, release_pages, desk_pages):
        app.include_router(part.router)
    app.include_router(layers.releases)
    pages_of_people = (people_pages, layer_pages, review_pages, report, oversight, exports)
    for part in (people, layers, record, findings, reviews, *pages_of_people):
        app.include_router(part.router, dependencies=why)
    for asked in (cases.opening, subjects.reasoned):
        app.include_router(asked, dependencies=why)
    app.include_router(oversight.cases_router)
    app.state.queries = _queries(app.openapi())
    return app


def _queries(form: dict[str, Any]) -> dict[str, frozenset[str]]:
    """Return each operation's query parameters, as published."""
    operations = [operation for item in form["paths"].values() for operation in item.values()]
    return {
        each["operationId"]: frozenset(one["name"] for one in each.get("parameters", ()) if one["in"] == "query")
        for each in operations
    }

"""The glossary: what the words on the pages mean, for everybody. It says nothing about anybody, and is no entry."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from api.pages import rendering, views
from api.pages.cells import label
from api.pages.labels import LABELS

router = APIRouter(tags=["pages"])


@router.get("/glossary", operation_id="showGlossary", response_class=HTMLResponse)
def shown(request: Request) -> HTMLResponse:
    """Show every term with its meaning, in the order of the reader's language."""
    language = rendering.language_of(request)
    terms = [(code, label(code, "term", language), label(code, "meaning", language)) for code in LABELS["term"]]
    return views.show(request, "glossary.html", terms=sorted(terms, key=lambda each: each[1].casefold()))

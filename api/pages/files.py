"""The pages' own files, sent compressed. Pages are not: their length could tell a form's secret."""

from __future__ import annotations

import gzip
from functools import cache
from importlib import resources

from fastapi import Request, Response

TYPES = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8"}
FILES = ("lapis.css", "pico.min.css", "htmx.min.js")


def send(request: Request, file: str) -> Response:
    """Return one of `FILES`, compressed if the browser takes it."""
    headers = {"cache-control": "public, max-age=3600", "vary": "Accept-Encoding"}
    packed = "gzip" in request.headers.get("accept-encoding", "")
    if packed:
        headers["content-encoding"] = "gzip"
    return Response(_content(file, packed=packed), media_type=TYPES[file.rpartition(".")[2]], headers=headers)


@cache
def _content(file: str, *, packed: bool) -> bytes:
    content = (resources.files("api.pages") / "static" / file).read_bytes()
    return gzip.compress(content, mtime=0) if packed else content

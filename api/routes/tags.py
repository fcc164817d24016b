"""Answers with an ETag: who has the same answer already is told so, and is not sent it again. It remembers nothing."""

from __future__ import annotations

import hashlib
from typing import Annotated, Any

from fastapi import Header, Response, status
from pydantic import BaseModel

Known = Annotated[
    str | None,
    Header(alias="If-None-Match", max_length=200, examples=['"1f2e"'], description="the ETag of an earlier answer"),
]
UNCHANGED: dict[int | str, dict[str, Any]] = {304: {"description": "Not changed since that answer"}}


def tagged(answer: BaseModel, known: str | None, response: Response) -> Any:
    """Return the answer under its ETag, or 304 without a body if it is the one that is known."""
    tag = f'"{hashlib.sha256(answer.model_dump_json().encode()).hexdigest()[:32]}"'
    if known is not None and tag in known:
        return Response(status_code=status.HTTP_304_NOT_MODIFIED, headers={"ETag": tag})
    response.headers["ETag"] = tag
    return answer

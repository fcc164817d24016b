"""Bodies that hold many references: read after the gate, in their published form, and never repeated in a refusal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, TypeVar

import pyarrow as pa
from fastapi import Depends, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, BeforeValidator, Field, ValidationError

from api.routes.forms import Closed, whole
from api.services.outcomes import Word
from linkage.encoding.tokens import TOKEN

MOST = 50_000
"""References in one request: 3.4 of the 4 MiB that the guard lets through. A larger list is asked in parts."""
Ref = Annotated[str, Field(pattern="^[0-9a-f]{64}$", examples=["7d" * 32])]
Form = TypeVar("Form", bound=BaseModel)


class Refs(Closed):
    """An agency's references of its own rows, in hexadecimal."""

    refs: list[Ref] = Field(min_length=1, max_length=MOST)


class Outcomes(Closed):
    """What became of a campaign's rows: references under a word each, or numbers under a word each."""

    rows: dict[Word, Annotated[list[Ref], Field(max_length=MOST)]] = Field(
        default={}, examples=[{"moved": ["7d" * 32]}]
    )
    counts: dict[Word, Annotated[int, Field(strict=True, ge=0, le=10**6), BeforeValidator(whole)]] = Field(
        default={}, examples=[{"visited": 12}]
    )


class OwnAnswer(Closed):
    """An answer to one question about one own row: whether the person is on another list too."""

    question: str = Field(pattern="^[0-9a-f]{32}$", examples=["5f" * 16])
    ref: Ref
    same: bool = Field(strict=True)


class OwnAnswers(Closed):
    """Answers about own rows in doubt."""

    answers: list[OwnAnswer] = Field(min_length=1, max_length=MOST // 2)


def taken(form: type[Form]) -> Any:
    """Return the dependency that reads a body of that form; a body that is not raises RequestValidationError."""

    def read(octets: Annotated[bytes, Depends(_octets)]) -> Form:
        try:
            return form.model_validate_json(octets)
        except ValidationError as error:
            # Without input and context: a refusal says where, and never what.
            faults = error.errors(include_url=False, include_context=False, include_input=False)
        raise RequestValidationError([{**each, "loc": ("body", *each["loc"])} for each in faults])

    return Depends(read)


def published(form: type[BaseModel]) -> dict[str, Any]:
    """Return what the published form says of such a body."""
    schema = form.model_json_schema()
    whole = _inlined(schema, schema.pop("$defs", {}))
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": whole}}}}


def _inlined(schema: Any, parts: dict[str, Any]) -> Any:
    """Put the parts of a schema where they are named: inside of a published form those names lead nowhere."""
    if isinstance(schema, list):
        return [_inlined(each, parts) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _inlined(parts[schema["$ref"].rpartition("/")[2]], parts)
    return {name: _inlined(each, parts) for name, each in schema.items()}


def columns(refs: Sequence[str]) -> pa.Array:
    """Return references as fixed_size_binary(32)[n]."""
    return pa.array([bytes.fromhex(ref) for ref in refs], TOKEN)


async def _octets(request: Request) -> bytes:
    """Read the body; the gate came before, and the guard has set its limit."""
    return await request.body()

"""What SQLite and PostgreSQL say in different words. One construct each; whoever writes a query names no database."""

from __future__ import annotations

from typing import Any

from sqlalchemy import String
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import FunctionElement, literal


class json_text(FunctionElement[str]):  # noqa: N801 — it reads as the function it is
    """The text at a path of names in a column of canonical JSON: `json_text(column, "subject", "person")`."""

    type = String()
    inherit_cache = True
    name = "json_text"

    def __init__(self, column: Any, *path: str) -> None:
        super().__init__(column, *(literal(name) for name in path))


@compiles(json_text, "sqlite")
def _sqlite(element: json_text, compiler: SQLCompiler, **more: Any) -> str:
    column, *path = (compiler.process(each, **more) for each in element.clauses)
    whole = " || '.' || ".join(path)
    return f"json_extract({column}, '$.' || {whole})"


@compiles(json_text, "postgresql")
def _postgresql(element: json_text, compiler: SQLCompiler, **more: Any) -> str:
    column, *path = (compiler.process(each, **more) for each in element.clauses)
    return f"(CAST({column} AS jsonb) #>> ARRAY[{', '.join(path)}])"

"""Schemathesis asks the real application whatever its published form allows and forbids, and finds nothing."""

import re

import pytest
import schemathesis
from hypothesis import HealthCheck, settings

from api.access.principals import ROLES
from api.app import create_app
from tests.api.http.conftest import bearer, operations, seed, serve
from tests.api.http.test_access import TABLE

STABLE = re.compile("^(read|list|create|send|complete|start|count|issue)[A-Z][A-Za-z]+$")


@pytest.fixture
def published(centre, tmp_path):
    """The published form of an application over a store with people in it."""
    seed(centre)
    return schemathesis.openapi.from_asgi("/openapi.json", create_app(serve(centre, tmp_path / "inbox")))


schema = schemathesis.pytest.from_fixture("published")


@schema.parametrize()
@settings(max_examples=20, suppress_health_check=list(HealthCheck))
def test_no_request_finds_a_fault(case):
    name = case.operation.definition.raw["operationId"]
    role = next((role for role in ("agency", "pmo-head", *sorted(ROLES)) if role in TABLE[name]), "analyst")
    headers = {} if "anyone" in TABLE[name] else bearer(role, "baznas" if role == "agency" else None)
    case.call_and_validate(headers=headers)


def test_every_operation_has_a_stable_name_and_says_what_it_does(service):
    app = create_app(service)
    for name, method, path, _ in operations(app):
        assert STABLE.match(name), name
        operation = app.openapi()["paths"][path][method]
        assert operation["description"] and {"401", "403", "429", "503"} <= set(operation["responses"])


def test_whatever_goes_in_has_an_example(service):
    form = create_app(service).openapi()
    for item in form["paths"].values():
        for operation in item.values():
            for given in operation.get("parameters", ()):
                known = given["schema"].get("examples") or given.get("examples") or given["schema"].get("enum")
                plain = {"limit", "after", "actor", "person", "kind", "upload-offset"}
                assert known or given["name"] in plain, given["name"]

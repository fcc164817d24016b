"""Schemathesis asks the real application whatever its published form allows and forbids, and finds nothing."""

import re
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, assume, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode

from api.access.principals import OF_AN_AGENCY, ROLES
from api.app import create_app
from tests.api.http.conftest import bearer, operations, seed, serve
from tests.api.http.test_access import TABLE

VERBS = (
    "read|list|create|send|complete|start|count|issue|approve|refuse|pull|withdraw|show|ask|finish|end|choose|decide"
)
STABLE = re.compile(f"^({VERBS})[A-Z][A-Za-z]+$")


def written(query):
    """Say whether all of a query arrives: what is empty is not written into an address, and then nothing is wrong."""
    address = requests.Request("GET", "http://testserver/", params=query).prepare().url
    return set(query) <= dict(parse_qsl(urlsplit(address).query, keep_blank_values=True)).keys()


def ask(operation, mode, headers):
    """Ask for an operation in one mode; a route without anything to give has nothing to give wrongly."""

    @settings(max_examples=15, suppress_health_check=list(HealthCheck), deadline=None)
    @given(case=operation.as_strategy(generation_mode=mode))
    def one(case):
        assume(written(case.query or {}))
        case.call_and_validate(headers=headers)

    try:
        one()
    except Unsatisfiable:
        assert mode is GenerationMode.NEGATIVE
        return False
    return True


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_no_request_finds_a_fault(centre, tmp_path, mode):
    seed(centre)
    form = schemathesis.openapi.from_asgi("/openapi.json", create_app(serve(centre, tmp_path / "inbox")))
    tried = 0
    for found in form.get_all_operations():
        operation = found.ok()
        name = operation.definition.raw["operationId"]
        role = next((role for role in ("agency", "pmo-head", *sorted(ROLES)) if role in TABLE[name]), "analyst")
        headers = {} if "anyone" in TABLE[name] else bearer(role, "baznas" if role in OF_AN_AGENCY else None)
        tried += ask(operation, mode, headers)
    assert tried > 10


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
            for each in operation.get("parameters", ()):
                known = each["schema"].get("examples") or each.get("examples") or each["schema"].get("enum")
                plain = {"limit", "after", "actor", "person", "kind", "upload-offset"}
                assert known or each["name"] in plain, each["name"]

"""The register: none on file, and neither the centre starts with real data nor an agency sends any."""

import csv
import datetime as dt
import io
from dataclasses import replace

import pytest
from fastapi.testclient import TestClient
from sqlmodel import Session

from api.app import create_app
from api.errors import ServiceError
from api.services import register
from tests.api.conftest import AGENCIES
from tests.api.http.conftest import NOW, bearer, entries
from tests.api.http.test_pages import shown

TODAY = dt.date(2026, 3, 1)
LIST = {"digest": "ab" * 32, "size": 10}
AGREED = {"number": "1/PKS/2026", "signed": "2026-01-01", "until": "2027-01-01", "digest": "9f" * 32}


def agree(client, agency, role="dpo", **changes):
    return client.post("/v1/agreements", json={"agency": agency, **AGREED, **changes}, headers=bearer(role))


def assess(client, signed="2026-02-01"):
    wanted = {"signed": signed, "digest": "9f" * 32, "attacks": "7d" * 32}
    return client.post("/v1/assessments", json=wanted, headers=bearer("dpo"))


def start(centre):
    """Return the code with which a start with real data is refused, or nothing."""
    try:
        register.check_start(centre)
    except ServiceError as error:
        return error.code
    return None


def test_real_data_need_an_assessment_and_an_agreement_of_every_agency(client, centre):
    assert start(centre) == "ASSESSMENT_MISSING"
    assert assess(client).status_code == 201
    for agency in AGENCIES:
        assert start(centre) == "AGREEMENT_MISSING"
        assert agree(client, agency).json()["in_force"]
    assert start(centre) is None
    assert start(replace(centre, clock=lambda: NOW + dt.timedelta(days=336))) == "AGREEMENT_MISSING"
    assert start(replace(centre, clock=lambda: NOW + dt.timedelta(days=340))) == "ASSESSMENT_MISSING"


def test_an_agency_without_an_agreement_sends_nothing_where_data_are_real(service, centre):
    client = TestClient(create_app(replace(service, production=True)), raise_server_exceptions=False)
    refused = client.post("/v1/submissions", json=LIST, headers=bearer(agency="baznas"))
    assert (refused.status_code, refused.json()["code"]) == (409, "AGREEMENT_MISSING")
    assert agree(client, "desa").status_code == 201
    assert client.post("/v1/submissions", json=LIST, headers=bearer(agency="baznas")).status_code == 409
    assert client.post("/v1/submissions", json=LIST, headers=bearer(agency="desa")).status_code == 201


def test_where_data_are_synthetic_none_is_needed(client):
    assert client.post("/v1/submissions", json=LIST, headers=bearer(agency="baznas")).status_code == 201


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"signed": "2026-03-02"}, "AGREEMENT_DAYS"), ({"until": "2026-01-01"}, "AGREEMENT_DAYS"),
     ({"until": "2031-03-01"}, "AGREEMENT_DAYS"), ({"agency": "nobody"}, "AGENCY_UNKNOWN"),
     ({"number": "<b>"}, "REQUEST_INVALID"), ({"digest": "9f"}, "REQUEST_INVALID")],
)  # fmt: skip
def test_an_agreement_that_says_nothing_is_refused(client, changes, code):
    assert agree(client, **{"agency": "baznas", **changes}).json()["code"] == code


@pytest.mark.parametrize("signed", ["2026-03-02", "2025-02-27"])
def test_an_assessment_is_of_the_last_year(client, signed):
    assert assess(client, signed).json()["code"] == "ASSESSMENT_DAYS"


def test_the_newest_agreement_counts_and_the_older_stays(client, centre):
    agree(client, "baznas", until="2026-02-01")
    with Session(centre.store) as session:
        assert not register.listed(session, TODAY)[0].in_force
    agree(client, "baznas", number="2/PKS/2026")
    with Session(centre.store) as session:
        (found,) = [each for each in register.listed(session, TODAY) if each.agency.id == "baznas"]
        assert found.in_force and found.agreement.number == "2/PKS/2026"
    assert [each["code"] for each in entries(centre)] == ["AGREEMENT_RECORDED"] * 2


def test_the_records_of_processing_name_recipients_uses_and_what_is_on_file(client, seeded, centre):
    client.get(
        f"/v1/persons/{seeded.person}", params={"purpose": "targeting", "basis": "public-task"}, headers=bearer()
    )
    agree(client, "baznas")
    assess(client)
    found = client.get("/v1/processing", headers=bearer("dpo")).json()
    assert found["uses"] == {"targeting": 1} and found["assessment"]["attacks"] == "7d" * 32
    assert {each["agency"]: each["agreement"] for each in found["recipients"]} == {
        "baznas": "1/PKS/2026", "csr": None, "desa": None
    }  # fmt: skip
    answer = client.get("/pages/register/processing.csv", headers=bearer("pmo-head"))
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert {row["part"] for row in rows} >= {"controller", "activities", "recipients", "uses", "assessment"}
    assert entries(centre)[-1]["code"] == "REGISTER_READ"


def test_the_page_says_what_is_missing(client, seeded):
    page = shown(client, "/pages/register", "dpo")
    assert "lapis officer assessment" in page and page.count("tidak ada</span>") == 3
    agree(client, "baznas")
    assess(client)
    page = shown(client, "/pages/register", "pmo-head")
    assert "lapis officer assessment" not in page and "berlaku</span>" in page

"""Questions about people: what they answer, page by page, and what small counts hide."""

import datetime as dt

import pytest
from sqlmodel import Session, select

from api.services import persons
from api.store import Content, Membership, Submission
from policies.topology_rules import parse_topology
from tests.api.http.conftest import bearer
from tests.api.http.released import release

pytestmark = [pytest.mark.sqlite, pytest.mark.postgresql]
RULES = "version = 1\nsingle = []\napart = []\npriority = "
ASKED = {"purpose": "targeting", "basis": "public-task"}


def ask(client, path, **query):
    answer = client.get(path, params={**ASKED, **query}, headers=bearer())
    assert answer.status_code == 200, answer.text
    return answer.json()


def pages(client, path, name, **query):
    found, after = [], None
    while True:
        page = ask(client, path, limit=7, **query, **({"after": after} if after else {}))
        found += page[name]
        after = page["after"]
        if after is None:
            return found


def test_persons_come_in_pages_each_once(client, seeded):
    found = pages(client, "/v1/persons", "persons")
    assert len(found) == len({each["person"] for each in found}) == 40
    assert {each["rows"] for each in found} == {2}
    assert len(pages(client, "/v1/persons", "persons", regency="18.02")) == 1
    assert pages(client, "/v1/persons", "persons", programme="BLT-DD") == []


def test_a_profile_shows_aid_and_nothing_else(client, seeded):
    told = ask(client, f"/v1/persons/{seeded.person}")
    aid = told["aid"]
    assert told["standing"] is None, "the layers are not made yet"
    assert [row["agency"] for row in aid] == ["baznas", "desa"]
    assert set(aid[0]) == {"agency", "programme", "period", "amount", "regency", "village"}
    answer = client.get(f"/v1/persons/{2**62:016x}", params=ASKED, headers=bearer())
    assert answer.status_code == 404


def test_overlaps_are_two_agencies_with_one_programme_and_period(client, seeded):
    found = pages(client, "/v1/overlaps", "overlaps")
    assert len(found) == 40
    assert found[0]["agencies"] == ["baznas", "desa"] and found[0]["programmes"] == ["PKH"]
    assert pages(client, "/v1/overlaps", "overlaps", kind="programmes") == []


def test_two_programmes_in_one_period_are_an_overlap_of_programmes(client, seeded, centre):
    from sqlmodel import Session, col, select

    from api.store import Content

    with Session(centre.store) as session, session.begin():
        for row in session.exec(select(Content).where(col(Content.agency) == "desa")):
            row.programme = "SEMBAKO"
    assert pages(client, "/v1/overlaps", "overlaps") == []
    found = pages(client, "/v1/overlaps", "overlaps", kind="programmes")
    assert len(found) == 40 and found[0]["programmes"] == ["PKH", "SEMBAKO"]


def test_coverage_says_what_was_released_and_counts_nothing_itself(client, seeded, centre):
    nothing = client.get("/v1/coverage", params=ASKED, headers=bearer())
    assert (nothing.status_code, nothing.json()["code"]) == (409, "NOTHING_RELEASED")
    release(centre)
    assert ask(client, "/v1/coverage")["regencies"] == [{"regency": "18.01", "people": 400, "untouched": 120}]
    told = ask(client, "/v1/coverage", programme="PKH")["regencies"]
    assert told == [{"regency": "18.01", "people": None, "untouched": 120}]


@pytest.mark.parametrize("people", range(0, 200, 3))
def test_one_person_more_moves_a_count_by_nothing_or_by_ten(people):
    from api.services.persons import suppress

    before, after = suppress(people), suppress(people + 1)
    assert (after or 0) - (before or 0) in {0, 10} and before != 0


def test_runs_and_reviews_are_counts(client, seeded):
    runs = client.get("/v1/runs", headers=bearer("dpo")).json()["runs"]
    assert [set(run) for run in runs] == [{"id", "started_at", "finished_at", "policy"}]
    assert client.get("/v1/reviews", headers=bearer("dpo")).json() == {"reasons": {"TWO_NIKS": 1}}


def test_where_somebody_lives_is_by_the_list_whose_word_goes_first_and_else_by_the_newest(client, seeded, centre):
    with Session(centre.store) as session, session.begin():
        for agency, regency in (("baznas", "18.05"), ("desa", "18.07")):
            query = select(Content).join(Membership, Membership.record == Content.record)
            session.exec(query.where(Membership.person == 1, Content.agency == agency)).one().regency = regency
        session.get_one(Submission, 2).visible_at += dt.timedelta(days=1)
    with Session(centre.store) as session:
        found = [persons.home(session, 1, parse_topology(f"{RULES}{text}").rank)
                 for text in ("[]", '["baznas"]', '["csr", "desa"]')]  # fmt: skip
        assert [(each.agency, each.regency) for each in found] == [
            ("desa", "18.07"), ("baznas", "18.05"), ("desa", "18.07")]  # fmt: skip
        assert persons.home(session, 99, len) is None

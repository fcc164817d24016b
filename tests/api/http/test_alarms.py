"""What a reconciler raises is kept once, shown to those who answer for the centre, and has no room for a person."""

import pytest

from tests.api.http.conftest import bearer, entries

ALARM = {"code": "REPLAY", "about": "request 5f0c8a1e", "place": "audit.log:441", "at": "2026-03-01T00:00:00Z",
         "count": 2, "case": "case-12"}  # fmt: skip


def send(client, *alarms, role="reconciler"):
    return client.post("/v1/alarms", json={"alarms": list(alarms)}, headers=bearer(role))


def test_an_alarm_is_kept_once_and_shown_with_who_raised_it(client, centre):
    other = {**ALARM, "code": "GAP", "about": "cut audit.log"}
    del other["case"]
    assert send(client, ALARM).json() == {"new": 1}
    assert send(client, {**ALARM, "count": 5}, other).json() == {"new": 1}
    shown = client.get("/v1/alarms", headers=bearer("dpo")).json()["alarms"]
    assert [(each["code"], each["count"], each["case"]) for each in shown] == [
        ("GAP", 2, None),
        ("REPLAY", 5, "case-12"),
    ]
    assert {each["raised_by"] for each in shown} == {entries(centre)[0]["actor"]}
    assert [entry["code"] for entry in entries(centre)] == ["ALARMS_RAISED", "ALARMS_RAISED", "ALARMS_LISTED"]
    assert entries(centre)[1]["subject"]["codes"] == "GAP REPLAY"


@pytest.mark.parametrize(
    "wrong",
    [
        {"about": "1871014107900001"},
        {"place": "Siti Aminah, 12 <b>"},
        {"code": "replay"},
        {"about": "Siti Aminah"},
        {"note": "a note"},
        {"count": 0},
    ],
)
def test_there_is_no_room_for_a_person(client, centre, wrong):
    answer = send(client, {**ALARM, **wrong})
    assert answer.status_code == 422
    assert not any(str(value) in answer.text for value in wrong.values() if value)
    assert client.get("/v1/alarms", headers=bearer("dpo")).json() == {"alarms": []}


def test_an_agency_s_spent_budget_is_among_them(client, centre):
    import datetime as dt

    from api.services.budget import _alarm

    for _ in range(2):
        _alarm(centre.store, "baznas", dt.date(2026, 3, 1), centre.clock())
    shown = client.get("/v1/alarms", headers=bearer("pmo-head")).json()["alarms"]
    assert [(each["code"], each["agency"], each["about"]) for each in shown] == [
        ("TOKEN_BUDGET", "baznas", "baznas 2026-03-01")
    ]

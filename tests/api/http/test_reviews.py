"""The queue over HTTP and as pages: evidence in levels and bits, opinions, questions, and nothing of a row."""

import re

import pytest
from sqlmodel import Session, select

from api.store import Decision, OwnerQuestion
from tests.api.http.browsing import HTML
from tests.api.http.conftest import bearer, entries

DOUBT = {"purpose": "overlap-review", "basis": "public-task"}
PAIR = f"{2:016x}{44:016x}"
LINES = ["Nama: sama", "Tanggal lahir: sama", "Desa/kelurahan: tidak diketahui", "NIK: berbeda",
         "Kartu keluarga: tidak diketahui"]  # fmt: skip


def get(client, path="", role="pmo-officer", **query):
    return client.get(f"/v1/reviews/pairs{path}", params={**DOUBT, **query}, headers=bearer(role))


def say(client, answer, reason="relatives", role="pmo-officer"):
    body = {"answer": answer, "reason": reason}
    return client.post(f"/v1/reviews/pairs/{PAIR}/decisions", params=DOUBT, json=body, headers=bearer(role))


def page(client, path, role="pmo-officer"):
    answer = client.get(f"/pages/reviews{path}", params=DOUBT, headers={**HTML, **bearer(role)})
    assert answer.status_code == 200, answer.text
    return answer.text


def test_a_pair_shows_pattern_weights_and_sum_and_the_entry_names_the_people_looked_at(client, seeded, centre):
    found = get(client, f"/{PAIR}").json()
    evidence = found["evidence"]
    assert [step["field"] for step in evidence["steps"]] == ["name", "date", "place", "nik", "kk"]
    assert [step["level"] for step in evidence["steps"]] == [1, 2, -1, 0, -1]
    whole = evidence["prior"] + sum(step["bits"] for step in evidence["steps"])
    assert evidence["total"] == pytest.approx(whole)
    assert [side["agency"] for side in found["sides"]] == ["baznas", "desa"]
    assert entries(centre)[-1]["code"] == "REVIEW_READ"
    assert entries(centre)[-1]["subject"]["persons"] == [f"{2:016x}", f"{4:016x}"]


def test_the_queue_is_paged_and_narrowed_by_reason(client, seeded):
    first = get(client, limit=1).json()
    assert [each["pair"] for each in first["pairs"]] == [PAIR] and first["after"].endswith(PAIR)
    assert get(client, limit=1, after=first["after"]).json() == {"pairs": [], "after": None}
    assert get(client, reason="UNSURE").json()["pairs"] == []


def test_two_niks_need_two_people_and_the_second_may_be_the_head(client, seeded, centre):
    assert say(client, "yes").json()["decided"] is None
    assert say(client, "yes").json()["decided"] is None
    assert get(client, f"/{PAIR}").json()["yes"] == 1
    assert say(client, "yes", role="pmo-head").json()["decided"] == "same"
    with Session(centre.store) as session:
        made = session.exec(select(Decision)).one()
    assert made.same and made.by_two
    assert get(client, f"/{PAIR}").json()["code"] == "REVIEW_UNKNOWN"
    decided = [each["subject"].get("decided") for each in entries(centre) if each["code"] == "REVIEW_DECIDED"]
    assert decided == [None, None, "same"]


def test_owners_are_asked_once(client, seeded, centre):
    asked = [client.post(f"/v1/reviews/pairs/{PAIR}/questions", params=DOUBT, headers=bearer("pmo-officer"))
             for _ in range(2)]  # fmt: skip
    assert asked[0].json() == {"pair": PAIR, "agencies": ["baznas", "desa"]}
    assert asked[1].json()["code"] == "REVIEW_ASKED"
    with Session(centre.store) as session:
        ids = session.exec(select(OwnerQuestion.id)).all()
    assert len(set(ids)) == 2 and not any(each in str(entries(centre)) for each in ids)


def test_the_page_draws_every_step_and_its_buttons_decide(client, seeded, centre):
    assert PAIR in page(client, "")
    text = page(client, f"/{PAIR}")
    assert len(re.findall(r"<rect class=\"(?:for|against|sum|none)\"", text)) == 7
    lines = re.findall(r"<text x=\"0\"[^>]*>([^<]*)<", text)
    assert lines[1:-1] == LINES
    sent = client.post(f"/pages/reviews/{PAIR}", params=DOUBT, data={"answer": "no", "reason": "relatives"},
                       headers={**HTML, **bearer("pmo-officer")}, follow_redirects=False)  # fmt: skip
    assert sent.status_code == 303 and sent.headers["location"].startswith("/pages/reviews?purpose=")
    with Session(centre.store) as session:
        assert not session.exec(select(Decision)).one().same
    assert "Tidak ada yang menunggu" in page(client, "") or PAIR not in page(client, "")


def test_an_analyst_sees_and_has_no_button(client, seeded):
    text = page(client, f"/{PAIR}", "analyst")
    assert "<rect" in text and 'name="answer"' not in text and "/questions" not in text


def test_what_stands_in_a_row_is_nowhere_on_the_page_or_in_the_answer(client, seeded):
    assert set(get(client, f"/{PAIR}").json()["sides"][0]) == {"person", "agency", "programme", "period"}
    for shown in (page(client, f"/{PAIR}"), page(client, ""), get(client, f"/{PAIR}").text):
        assert "18.01" not in shown and "300.000" not in shown and "300000" not in shown

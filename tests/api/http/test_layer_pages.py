"""The PMO's pages show what was released, hide what is hidden, and keep what a person found."""

import json
import re

import pytest
from fastapi.testclient import TestClient
from sqlmodel import Session

from api.app import create_app
from api.pages.charts import read_outlines
from api.store import FlagOutcome
from tests.api.http.browsing import HTML
from tests.api.http.conftest import bearer, entries, serve
from tests.api.http.released import FLAG, release
from tests.api.test_outlines import collection

WHY = {"purpose": "targeting", "basis": "public-task"}
LOOK = {"purpose": "overlap-review", "basis": "public-task"}


@pytest.fixture
def released(seeded, centre):
    release(centre)
    return seeded


def shown(client, path, why=WHY, status=200, **query):
    answer = client.get(path, params={**why, **query}, headers={**HTML, **bearer("pmo-officer")})
    assert answer.status_code == status, answer.text
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.text.partition("<main")[2]))


def test_before_the_first_release_pages_say_what_is_missing(client, seeded):
    for path in ("layers", "gaps", "funds", "villages"):
        assert "rilis" in shown(client, f"/pages/{path}", status=409)


def test_layers_show_the_released_cells_and_nothing_for_other_regencies(client, released, centre):
    text = shown(client, "/pages/layers")
    assert all(number in text for number in ("130", "90", "50", "10", "220", "55"))
    assert "Lampung Selatan: 120" in text and "Way Kanan: –" in text
    assert [entry["code"] for entry in entries(centre)] == ["LAYERS_READ"]


def test_programmes_that_meet_are_marked_by_the_rule_that_asks_about_them(client, released):
    answer = client.get("/pages/layers", params=WHY, headers={**HTML, **bearer("pmo-officer")})
    marks = re.findall(r'<td class="number (\w*)"[^>]*>(\d+)</td>', answer.text)
    assert marks == [("itself", "220"), ("info", "55"), ("info", "55"), ("itself", "220")]


def test_gaps_show_needs_causes_and_hide_what_is_hidden(client, released, centre):
    text = shown(client, "/pages/gaps", regency="18.01")
    assert "Pendidikan 210 70" in text and "Jauh dari sekolah 30 90 –" in text
    assert "disembunyikan 400" in text
    assert entries(centre)[-1]["subject"]["place"] == "18.01"


def test_funds_name_the_untraced_rest(client, released):
    text = shown(client, "/pages/funds")
    assert "Belum terlacak: Rp 100" in text and "kemensos" in text


def test_without_deciles_and_treasury_pages_say_so_and_claim_nothing(client, seeded, centre):
    release(centre, poor=False, money=False)
    layers = shown(client, "/pages/layers")
    assert "Belum ada daftar" in layers and "130" in layers and "Way Kanan" not in layers
    assert "Belum ada daftar" in shown(client, "/pages/gaps")
    funds = shown(client, "/pages/funds")
    assert "Belum ada anggaran" in funds and "terlacak sampai" not in funds
    assert "Sumber dana tidak diketahui" in funds and "unknown" not in funds


def test_a_finding_about_a_flag_is_kept_with_its_entry_and_the_flag_no_longer_waits(client, released, centre):
    assert "Bantuan ganda: orang" in shown(client, "/pages/flags", LOOK)
    answer = client.post(
        f"/pages/flags/{FLAG}", params={**LOOK, "state": "open"}, data={"outcome": "both-may-stand"},
        headers={**HTML, **bearer("pmo-officer")}, follow_redirects=False,
    )  # fmt: skip
    assert answer.status_code == 303 and answer.headers["location"].startswith("/pages/flags?purpose=overlap-review")
    with Session(centre.store) as session:
        assert session.get(FlagOutcome, FLAG).outcome == "both-may-stand"
    assert "Bantuan ganda: orang" not in shown(client, "/pages/flags", LOOK)
    assert "Keduanya boleh tetap" in shown(client, "/pages/flags", LOOK, state="settled")
    assert [entry["code"] for entry in entries(centre)][:2] == ["FLAGS_LISTED", "FLAG_SETTLED"]


def test_people_without_a_nik_are_listed_by_how_long_they_wait(client, released):
    text = shown(client, "/pages/unregistered")
    assert f"{2:016x}" in text and "Tidak ada nomor" in text
    assert "Tidak ada orang" in shown(client, "/pages/unregistered", regency="18.08")


def test_a_profile_says_what_is_needed_what_would_fit_and_what_asks_for_a_look(client, released):
    text = shown(client, f"/pages/persons/{2:016x}")
    assert "1 (desil 1)" in text and "Kebutuhan belum terpenuhi Pendidikan" in text
    assert "Penghalangnya Jauh dari sekolah" in text and "Tanda periksa Bantuan ganda" in text
    assert "Kebutuhan terpenuhi" not in shown(client, f"/pages/persons/{3:016x}")


def test_a_deployers_map_stands_in_place_of_the_tiles_and_says_the_same(released, centre, tmp_path):
    outlines = read_outlines(json.dumps(collection()).encode())
    client = TestClient(create_app(serve(centre, tmp_path / "inbox", outlines=outlines)), raise_server_exceptions=False)
    text = shown(client, "/pages/layers")
    assert "Lampung Selatan: 120" in text and "Way Kanan: –" in text
    page = client.get("/pages/layers", params=WHY, headers={**HTML, **bearer("pmo-officer")}).text
    assert len(re.findall(r'<path d="M', page)) == 15 and "rahasia" not in page
    printed = client.get("/pages/report.pdf", params=WHY, headers=bearer("pmo-officer"))
    assert printed.status_code == 200 and printed.content.startswith(b"%PDF")

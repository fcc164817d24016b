"""A ticket of a released case on the page: fetched, opened, found in the own list, answered; and rows pulled."""

import datetime as dt
import io
import re
from pathlib import Path

import openpyxl

from scripts import submit
from tests.casework import PROGRAMMES, world
from tests.scripts.page.serving import number_of, page
from tests.scripts.test_cases import ANSWERED, opened, place, rows_of, said

__all__ = ["place", "world"]


def desk(place, name):
    """Serve the page of an agency that has what the centre handed over."""
    home = place.world.home(name)
    submit.keep(home, place.world.bao.layout.seal_dir / "agencies" / f"{name}.json", place.folder / "tls" / "ca.pem")
    return page(home, unlocked=False, centre=place.address)


def unlock(place, running):
    running.session.unlock((place.world.folder / "passphrase").read_text().strip())


def test_a_ticket_is_found_in_the_agencys_own_list_and_answered(place, capsys):
    case = opened(place, capsys, *ANSWERED, persons=2)
    for name in ("ani", "budi"):
        assert place.officer(name, "approve", case, "--yes") == 0
    assert place.officer("citra", "release", case) == 0
    name = next(iter(PROGRAMMES))
    source = Path(place.world.workbook(name))
    with desk(place, name) as running:
        visitor = running.visitor()
        assert case in visitor.follow(visitor.post("tickets")).text
        assert visitor.get(f"tickets/{case}").headers["location"].endswith("/unlock")
        unlock(place, running)
        shown = visitor.get(f"tickets/{case}").text
        assert "Menjernihkan pembayaran ganda" in shown and "Masukkan dulu daftarnya" in shown
        assert visitor.post(f"tickets/{case}", {"list": "1"}).status == 409
        as_sealed = {"programme": PROGRAMMES[name], "period": "2026-03", "regency": "18.71"}
        wrong = number_of(visitor.put(source.read_bytes(), source.name, **{**as_sealed, "period": "2026-04"}))
        none = visitor.follow(visitor.post(f"tickets/{case}", {"list": wrong}))
        assert "2 baris tiket tidak ada" in none.text and source.name in none.text
        found = re.search(r"/found/([0-9]+)/answer", none.text)[1]
        assert "TICKET_PARTLY" in visitor.post(f"found/{found}/answer").text, "an agency answers once"
        number = number_of(visitor.put(source.read_bytes(), source.name, **as_sealed))
        result = visitor.follow(visitor.post(f"tickets/{case}", {"list": number}))
        file, found = re.search(r"/downloads/([0-9]+)", result.text)[1], re.search(r"/found/([0-9]+)/", result.text)[1]
        written = openpyxl.load_workbook(io.BytesIO(visitor.get(f"downloads/{file}").body)).active
        rows = [[str(cell) for cell in row if cell is not None] for row in written.iter_rows(values_only=True)]
        listed = rows_of(source)
        assert len(rows) == 3 and all(row[3:] == listed[int(row[2]) - 1] for row in rows[1:])
        assert not any(cell in result.text for row in rows[1:] for cell in row[4:6]), "only in the workbook"
        answered = visitor.follow(visitor.post(f"found/{found}/answer"))
        assert "sudah sampai pada petugas" in answered.text
        again = visitor.follow(visitor.post(f"found/{found}/answer"))
        assert "ANSWER_GIVEN" in again.text
    capsys.readouterr()
    where = ("--passphrase-file", place.world.folder / "passphrase", "--out", place.folder / "of-the-page")
    assert place.officer("citra", "answers", case, *where) == 0
    answers = said(capsys)["answers"]
    assert [row[3:] for row in rows_of(answers[name]["path"])[1:]] == [row[3:] for row in rows[1:]]


def test_rows_of_a_campaign_are_pulled_and_their_outcomes_told(place, capsys):
    until = (dt.datetime.now(dt.UTC) + dt.timedelta(days=90)).date()
    mine, theirs = list(PROGRAMMES)
    made = ("--programme", "BSPS", "--criterion", "without", "--expires", until)
    assert place.officer("citra", "campaign", "open", *made) == 0
    campaign = said(capsys)["campaigns"][0]["id"]
    for name in ("ani", "budi"):
        assert place.officer(name, "campaign", "approve", campaign) == 0
    source = Path(place.world.workbook(mine))
    assert theirs != mine
    with desk(place, mine) as running:
        unlock(place, running)
        visitor = running.visitor()
        number = number_of(
            visitor.put(source.read_bytes(), source.name, programme=PROGRAMMES[mine], period="2026-03", regency="18.71")
        )
        pulled = visitor.follow(visitor.post("referrals", {"list": number}))
        file = re.search(r"/downloads/([0-9]+)", pulled.text)
        book = openpyxl.load_workbook(io.BytesIO(visitor.get(f"downloads/{file[1]}").body))
        assert "Ambil buku kerja" in pulled.text and book.active.max_row > 1
        book.active.cell(2, 7).value = "pindah"
        out = io.BytesIO()
        book.save(out)
        files = [("workbook", "x.xlsx", out.getvalue())]
        assert visitor.post("outcomes", {"campaign": "x"}, files).status == 409
        assert "RETURNS_FORM" in visitor.post("outcomes", {"campaign": "1"}, [("workbook", "x", b"x")]).text
        told = visitor.follow(visitor.post("outcomes", {"campaign": str(campaign)}, files))
        assert "Pusat sudah diberi tahu" in told.text and "pindah" in told.text

"""From the page to a real centre: sent, taken in, asked about campaigns, and what happens when the centre is away."""

import datetime as dt
import io
import json
import os
import re
import socket

import openpyxl
import pytest
from sqlalchemy import text
from sqlmodel import Session as Store
from sqlmodel import select

from api.store import Content, FindingRow, Submission, open_store
from scripts import connection, enrolment, homes
from tests.api.http.running import Up
from tests.scripts.desks import AGREED, PASSPHRASE, lapis
from tests.scripts.page.serving import PEOPLE, number_of, page, workbook

ZAKAT = {"programme": "ZAKAT", "period": "2026-03"}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A centre that was set up and runs, by commands alone, with one agency enrolled."""
    folder = tmp_path_factory.mktemp("place")
    (folder / "secret").write_text(PASSPHRASE)
    unlock, centre, agency = ("--passphrase-file", folder / "secret"), folder / "centre", folder / "baznas"
    lapis("centre", "init", "--home", centre, "--seal", folder / "seal", "--name", "pmo")
    lapis("custodian", "init", "--name", "Kominfo", "--home", folder / "custodian", *unlock)
    lapis("agency", "enrol", "--id", "baznas", "--name", "Baznas Lampung", "--centre", centre / "card.json",
          "--custodian", folder / "custodian" / "card.json", "--home", agency, *unlock)  # fmt: skip
    lapis("custodian", "agreement", agency / "card.json", *AGREED, "--document", centre / "card.json", "--home",
          folder / "custodian")  # fmt: skip
    lapis("custodian", "epoch", "2026-1", "--agency", agency / "card.json", "--out", folder / "out", "--home",
          folder / "custodian", *unlock)  # fmt: skip
    lapis("agency", "epoch", folder / "out" / "2026-1.baznas.bundle", "--home", agency, *unlock)
    lapis("centre", "enrol", agency / "card.json", "--home", centre)
    lapis("centre", "epoch", folder / "out" / "2026-1.epoch.json", "--home", centre)
    (folder / "who.toml").write_text('agencies = ["baznas"]\n')
    up = Up(centre, 20_000 + os.getpid() % 20_000, own_issuer=True)
    lapis("centre", "identities", folder / "who.toml", "--handover", folder / "handover", "--home", centre,
          "--redirect", f"{up.address}/login/callback")  # fmt: skip
    up.start()
    up.wait()
    yield up, folder
    up.stop()
    homes.load(centre).server.stop()


def test_a_list_is_sent_taken_in_and_asked_about(place):
    up, folder = place
    with page(folder / "baznas") as running:
        visitor, session = running.visitor(), running.session
        number = number_of(visitor.put(workbook(), **ZAKAT))
        shown = visitor.follow(visitor.post(f"lists/{number}/seal"))
        assert "Isi alamat pusat" in shown.text
        name = session.outbox[0].name
        refused = visitor.follow(visitor.post("outbox", {"file": name}))
        assert "CENTRE_MISSING" in refused.text
        assert "CENTRE_UNTRUSTED" in visitor.post("centre", {"centre": "http://lapis"}, []).text
        handed = [("credentials", "baznas.json", (folder / "handover" / "agencies" / "baznas.json").read_bytes()),
                  ("authority", "ca.pem", (up.home / "tls" / "ca.pem").read_bytes())]  # fmt: skip
        assert visitor.post("centre", {"centre": up.address}, handed).status == 303
        for file in ("centre-access.json", "centre-authority.pem", "page.json"):
            assert (session.home / file).stat().st_mode & 0o077 == 0
        secret = json.loads(handed[0][2])["secret_id"]
        assert secret not in visitor.get("centre").text
        sent = visitor.follow(visitor.post("outbox", {"file": name}))
        assert "Diterima" in sent.text and "Kirim sekarang" not in sent.text
        assert session.sent[name]["state"] == "done" and session.sent[name]["rows"] == 4
        asked = visitor.follow(visitor.post("referrals", {"list": number}))
        assert asked.status == 200 and "Tidak ada kampanye" in asked.text
        told = visitor.follow(visitor.post("tickets"))
        assert told.status == 200 and "Belum ada tiket" in told.text
    with Store(open_store(up.home / "store.sqlite")) as store:
        assert [each.rows for each in store.exec(select(Submission)).all()] == [4]


def test_one_person_goes_all_the_way(place):
    up, folder = place
    with page(folder / "baznas", centre=up.address) as running:
        visitor = running.visitor()
        values = {"name": "ROKAYAH", "reason": "lost", "sex": "P", "village": "Hajimena", "programme": "ZAKAT",
                  "period": "2026-03", "amount": "300000"}  # fmt: skip
        number = number_of(visitor.follow(visitor.post("person", values)))
        visitor.follow(visitor.post(f"lists/{number}/seal"))
        name = next(path.name for path in running.session.outbox if path.name not in running.session.sent)
        visitor.follow(visitor.post("outbox", {"file": name}))
        assert running.session.sent[name]["state"] == "done" and running.session.sent[name]["rows"] == 1


def test_a_centre_that_is_away_is_waited_for_and_the_wait_can_be_stopped(place, monkeypatch):
    _, folder = place
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with page(folder / "baznas", centre=f"https://127.0.0.1:{port}") as running:
        visitor = running.visitor()
        number = number_of(visitor.put(workbook(PEOPLE[:2]), **ZAKAT))
        visitor.follow(visitor.post(f"lists/{number}/seal"))
        name = running.session.outbox[0].name
        answer = visitor.post("outbox", {"file": name})
        assert 'http-equiv="refresh"' in visitor.raw("GET", answer.headers["location"]).text
        assert visitor.post(f"lists/{number}/seal").status == 409
        assert visitor.post("tickets").status == 409, "one thing after another"
        work = answer.headers["location"].rpartition("/")[2]
        assert "WORK_STOPPED" in visitor.follow(visitor.post(f"work/{work}/stop")).text
        monkeypatch.setattr(connection, "PATIENCE", 0.1)
        assert "CENTRE_AWAY" in visitor.follow(visitor.post("outbox", {"file": name})).text
        assert name not in running.session.sent


def test_sent_rows_are_asked_about_and_taken_back_once_and_only_after_a_second_press(place):
    up, folder = place
    with page(folder / "baznas", centre=up.address) as running:
        visitor, session = running.visitor(), running.session
        assert "Masukkan dulu daftarnya" in visitor.get("rows").text
        number = number_of(visitor.put(workbook(), **ZAKAT))
        visitor.follow(visitor.post(f"lists/{number}/seal"))
        visitor.follow(visitor.post("outbox", {"file": session.outbox[0].name}))
        stand = visitor.follow(visitor.post("rows", {"list": number}))
        assert re.search(r"<td>tercatat</td><td[^>]*>4<", stand.text) and "Tidak ada yang diminta" in stand.text
        for given, code in (({"rows": "1-3"}, "ROWS_UNKNOWN"), ({"rows": "drei"}, "ROWS_FORM"), ({}, "ROWS_FORM"),
                            ({"rows": "5", "sheet": "Other"}, "ROWS_UNKNOWN")):  # fmt: skip
            assert code in visitor.post("withdrawals", {"list": number, "which": "some", **given}).text
        asked = visitor.follow(visitor.post("withdrawals", {"list": number, "which": "some", "rows": "5, 7-999999999"}))
        assert "3 baris ditarik" in asked.text and 'action="' in asked.text
        again = visitor.follow(visitor.post("rows", {"list": number}))
        assert re.search(r"<td>tercatat</td><td[^>]*>4<", again.text), "nothing was taken back yet"
        form = re.search(r'action="[^"]*/(withdrawals/[0-9]+)"', asked.text)[1]
        done = visitor.follow(visitor.post(form))
        assert "3 baris sudah ditarik" in done.text and "<button>Ya" not in done.text
        assert "3 baris sudah ditarik" in visitor.follow(visitor.post(form)).text, "again, it changes nothing"
        left = visitor.follow(visitor.post("rows", {"list": number}))
        assert re.search(r"<td>tercatat</td><td[^>]*>1<", left.text)
        assert re.search(r"<td>tidak tercatat</td><td[^>]*>3<", left.text)


def test_what_the_centre_asks_of_a_row_comes_back_in_a_workbook(place):
    up, folder = place
    with page(folder / "baznas", centre=up.address) as running:
        visitor, session = running.visitor(), running.session
        number = number_of(visitor.put(workbook(), **ZAKAT))
        visitor.follow(visitor.post(f"lists/{number}/seal"))
        visitor.follow(visitor.post("outbox", {"file": session.outbox[0].name}))
        send_back(up.home)
        stand = visitor.follow(visitor.post("rows", {"list": number}))
        assert re.search(r"<td>perlu ditinjau bersama instansi lain</td><td[^>]*>1<", stand.text)
        assert not [row[1] for row in PEOPLE if row[1] and row[1] in stand.text]
        taken = visitor.get(re.search(r"downloads/[0-9]+", stand.text)[0])
        sheet = openpyxl.load_workbook(io.BytesIO(taken.body)).active
        assert sheet.max_row == 2 and sheet["C2"].value in {row[1] for row in PEOPLE}
        assert "jangan menghentikan bantuan" in sheet["F2"].value


def send_back(home):
    """One row goes back for review, as after a person's finding and the weekly cut: here without person and finding."""
    with Store(open_store(home / "store.sqlite")) as store:
        store.exec(text("PRAGMA foreign_keys = OFF"))
        record = store.exec(select(Content.record).order_by(Content.record)).first()
        store.add(FindingRow(record=record, finding=1, agency="baznas", cut=dt.date(2026, 1, 12)))
        store.commit()


def test_a_list_is_sealed_anew_under_a_new_epoch_once(place):
    up, folder = place
    with page(folder / "baznas", centre=up.address) as running:
        visitor, session = running.visitor(), running.session
        number = number_of(visitor.put(workbook(PEOPLE[:3]), **ZAKAT))
        fresh = number_of(visitor.put(workbook([("1871014103809001", "NEW ROW", *PEOPLE[0][2:])]), **ZAKAT))
        visitor.follow(visitor.post(f"lists/{number}/seal"))
        assert "RESUBMIT_SAME" in visitor.follow(visitor.post("renewals", {"list": number})).text
        unlock = ("--passphrase-file", folder / "secret")
        ends = str(enrolment.today() + dt.timedelta(399))
        lapis("custodian", "epoch", "2026-2", "--agency", session.home / "card.json", "--out", folder / "out", "--home",
              folder / "custodian", "--expires", ends, *unlock)  # fmt: skip
        lapis("centre", "epoch", folder / "out" / "2026-2.epoch.json", "--home", up.home)
        bundle = (folder / "out" / "2026-2.baznas.bundle").read_bytes()
        assert visitor.post("epoch", {"passphrase": PASSPHRASE}, [("bundle", "b", bundle)]).status == 303
        assert session.agency.epoch.epoch == "2026-2"
        assert "RESUBMIT_UNKNOWN" in visitor.follow(visitor.post("renewals", {"list": fresh})).text
        known = set(session.outbox)
        visitor.follow(visitor.post("renewals", {"list": number}))
        (sealed,) = set(session.outbox) - known
        sent = visitor.follow(visitor.post("outbox", {"file": sealed.name}))
        assert session.sent[sealed.name]["state"] == "done" and "Diterima" in sent.text
        assert session.sent[sealed.name]["known_rows"] > 0
        assert "RESUBMIT_SAME" in visitor.follow(visitor.post("renewals", {"list": number})).text

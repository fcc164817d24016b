"""Keys on the page: made, read out, backed up and brought back, and epochs that come, warn and end."""

import datetime as dt
import html
import io
import re

import pypdfium2
import pytest

from linkage.encoding import backup, cards, keyring
from linkage.encoding.cards import CentreCard, EnrolmentCard
from scripts import enrolment
from tests.scripts.desks import PASSPHRASE, Desks, lapis
from tests.scripts.page.serving import number_of, page, workbook

NEW = {"id": "dinsos", "name": "Dinas Sosial", "passphrase": PASSPHRASE, "again": PASSPHRASE}
TODAY = enrolment.today()


@pytest.fixture(scope="module")
def desks(tmp_path_factory):
    return Desks(tmp_path_factory.mktemp("desks"))


@pytest.fixture
def handed(desks):
    return [("centre", "centre.json", (desks.folder / "centre.json").read_bytes()),
            ("custodian", "custodian.json", (desks.custodian / "card.json").read_bytes())]  # fmt: skip


@pytest.fixture
def fresh(tmp_path):
    """The page on a laptop where nothing was done yet."""
    with page(tmp_path / "new", unlocked=False) as running:
        yield running.visitor()


def shown(text):
    """Return the fingerprints on a page."""
    return re.findall(r'class="digits">([0-9 ]+)<', text)


def test_an_agency_goes_from_nothing_to_a_sealed_list_by_the_page_alone(fresh, handed, desks):
    home = fresh.running.session.home
    assert "Buat kunci" in fresh.get().text and "Buat kunci instansi Anda" in fresh.get("unlock").text
    assert fresh.post("keys", NEW, handed).status == 303
    keys = fresh.get("keys").text
    kinds = (("card.json", EnrolmentCard), ("centre.json", CentreCard), ("custodian.json", EnrolmentCard))
    known = [cards.load((home / name).read_text(), kind) for name, kind in kinds]
    assert shown(keys) == [cards.fingerprint(each) for each in known]
    card = fresh.get("keys/card.json")
    assert card.body == (home / "card.json").read_bytes() and "attachment" in card.headers["content-disposition"]
    (desks.folder / "dinsos.json").write_bytes(card.body)
    lapis("custodian", "agreement", desks.folder / "dinsos.json", "--number", "2", "--signed", "2026-01-01", "--until",
          "2099-12-31", "--document", desks.folder / "centre.json", "--home", desks.custodian)  # fmt: skip
    lapis("custodian", "epoch", "2026-1", "--agency", desks.folder / "dinsos.json", "--out", desks.folder / "out",
          "--home", desks.custodian, *desks.unlock)  # fmt: skip
    assert "EPOCH_MISSING" in fresh.post("unlock", {"passphrase": PASSPHRASE}).text
    bundle = (desks.folder / "out" / "2026-1.dinsos.bundle").read_bytes()
    assert fresh.post("epoch", {"passphrase": PASSPHRASE}, [("bundle", "b", bundle)]).status == 303
    assert len(shown(fresh.get("keys").text)) == 4, "the epoch has a fingerprint too"
    number = number_of(fresh.put(workbook(), programme="ZAKAT", period="2026-03"))
    fresh.follow(fresh.post(f"lists/{number}/seal"))
    assert [path.name[:7] for path in (home / "outbox").iterdir()] == ["dinsos-"]
    for name in ("keyring.box", "outbox", "epochs"):
        assert (home / name).exists()
    assert (home / "keyring.box").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("change", "code"),
    [({"again": PASSPHRASE + "x"}, "PASSPHRASE_TWICE"), ({"passphrase": "short", "again": "short"}, "PASSPHRASE_SHORT"),
     ({"id": "../dinsos"}, "AGENCY_NAME"), ({"id": "Dinas Sosial"}, "AGENCY_NAME"), ({"name": " "}, "AGENCY_NAME"),
     ({"id": "-x"}, "AGENCY_NAME"), ({"id": "a" * 33}, "AGENCY_NAME")],
)  # fmt: skip
def test_keys_that_cannot_be_made_leave_nothing_behind(fresh, handed, change, code):
    answer = fresh.post("keys", NEW | change, handed)
    assert answer.status == 409 and code in answer.text
    assert PASSPHRASE not in answer.text, "what was typed as a passphrase is not shown again"
    assert not [path for path in fresh.running.session.home.rglob("*") if path.is_file()]


def test_a_card_of_another_kind_or_none_is_refused(fresh, handed):
    swapped = [("centre", "c", handed[1][2]), ("custodian", "k", handed[0][2])]
    for given in (swapped, [("centre", "c", b"{}"), handed[1]], [handed[0], ("custodian", "k", b"\xff")]):
        assert "CARD_FORMAT" in fresh.post("keys", NEW, given).text
    assert "CARDS_MISSING" in fresh.post("keys", NEW, handed[:1]).text
    assert not fresh.running.session.enrolled


def test_keys_are_never_replaced(running, handed):
    visitor, box = running.visitor(), running.session.home / "keyring.box"
    before = {path.name: path.read_bytes() for path in running.session.home.glob("*.*")}
    assert "FILE_EXISTS" in visitor.post("keys", NEW, handed).text
    assert {path.name: path.read_bytes() for path in running.session.home.glob("*.*")} == before
    lines = "\n".join(backup.lines(box.read_bytes()))
    assert "FILE_EXISTS" in visitor.post("keys/restored", {"lines": lines, "passphrase": PASSPHRASE}, handed).text


def test_the_backup_sheet_holds_the_locked_keys_and_brings_them_back_elsewhere(running, fresh, handed):
    visitor, home = running.visitor(), running.session.home
    assert "BOX_OPEN" in visitor.post("keys/backup", {"passphrase": "not this one"}).text
    sheet = visitor.post("keys/backup", {"passphrase": PASSPHRASE})
    assert sheet.headers["content-type"] == "application/pdf"
    text = pypdfium2.PdfDocument(io.BytesIO(sheet.body))[0].get_textpage().get_text_range()
    lines = backup.lines((home / "keyring.box").read_bytes())
    assert all(line in " ".join(text.split()) for line in lines)
    ring = keyring.open_((home / "keyring.box").read_bytes(), PASSPHRASE)
    assert ring.root.expose().hex() not in text.lower()
    given = {"lines": "\n".join(lines), "passphrase": PASSPHRASE}
    wrong = {**given, "lines": "\n".join([*lines[:2], lines[2][:-1] + "?", *lines[3:]])}
    answer = fresh.post("keys/restored", wrong, handed)
    assert "BACKUP_LINE" in answer.text and "line 3" in answer.text
    assert "BOX_OPEN" in fresh.post("keys/restored", {**given, "passphrase": "not this one"}, handed).text
    assert fresh.post("keys/restored", given, handed).status == 303
    assert shown(fresh.get("keys").text)[0] == cards.fingerprint(ring.card())


def test_no_page_shows_what_a_passphrase_protects(running):
    visitor, session = running.visitor(), running.session
    secret = session.agency.ring.root.expose().hex(), session.agency.epoch.key.expose().hex(), PASSPHRASE
    for where in ("", "keys", "rows", "unlock", "centre", "keys/card.json"):
        assert not [each for each in secret if each in html.unescape(visitor.get(where).text)], where


def bundle(desks, party, name, days):
    desks.epoch(name, party, more=("--expires", str(TODAY + dt.timedelta(days))))


@pytest.fixture
def ending(tmp_path):
    """An agency with two epochs: one that ends in 40 days, and one that ended before it."""
    desks = Desks(tmp_path)
    home = desks.enrol("csr")
    bundle(desks, "csr", "2026-1", 10)
    bundle(desks, "csr", "2026-2", 40)
    return home


def test_the_end_of_an_epoch_is_said_thirty_days_ahead_on_every_page_and_then_it_refuses(ending, monkeypatch):
    with page(ending) as running:
        visitor = running.visitor()
        number = number_of(visitor.put(workbook(), programme="ZAKAT", period="2026-03"))
        assert "sisa 40 hari" in visitor.get().text
        for day, said in ((9, False), (10, True), (40, True)):
            monkeypatch.setattr(enrolment, "today", lambda day=day: TODAY + dt.timedelta(day))
            for where in ("", "outbox", "keys", f"lists/{number}"):
                assert ("Epok 2026-2 berakhir" in visitor.get(where).text) is said, (day, where)
        keys = visitor.get("keys").text
        assert "sudah berakhir" in keys and "berlaku" in keys, "the first has ended, the second is in force"
        monkeypatch.setattr(enrolment, "today", lambda: TODAY + dt.timedelta(41))
        assert visitor.post(f"lists/{number}/seal").status == 403, "the last day passed while the page was open"
        assert not list(ending.glob("outbox/*"))
        assert "EPOCH_RETIRED" in visitor.post("unlock", {"passphrase": PASSPHRASE}).text
        assert visitor.get(f"lists/{number}").status == 200, "and her list is still there"


def test_a_bundle_that_was_accepted_already_a_strange_one_and_one_that_ended_are_refused(ending, monkeypatch, desks):
    with page(ending) as running:
        visitor, session = running.visitor(), running.session
        old = (session.home / "epochs" / "2026-1.bundle").read_bytes()
        kept = sorted(path.name for path in (session.home / "epochs").iterdir())

        def refused(content, code):
            answer = visitor.post("epoch", {"passphrase": PASSPHRASE}, [("bundle", "b", content)])
            assert answer.status == 409 and code in answer.text
            assert sorted(path.name for path in (session.home / "epochs").iterdir()) == kept

        refused(old, "FILE_EXISTS")
        refused(b"", "FILE_MISSING")
        refused(b"{}", "BUNDLE_SIGNATURE")
        desks.enrol("other")
        desks.epoch("2026-3", "other")
        refused((desks.folder / "out" / "2026-3.other.bundle").read_bytes(), "BUNDLE_SIGNATURE")
        (session.home / "epochs" / "2026-1.bundle").unlink()
        kept.remove("2026-1.bundle")
        monkeypatch.setattr(enrolment, "today", lambda: TODAY + dt.timedelta(11))
        refused(old, "EPOCH_RETIRED")

"""An agency's keys by command: back up and restore, epochs that end, lists sealed anew, and what two agencies share."""

import datetime as dt
import io
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from linkage.encoding import cards, envelope, keyring
from linkage.encoding.cards import OAEP
from scripts import cli, enrolment
from tests.scripts.desks import PASSPHRASE, Desks, lapis

TODAY = enrolment.today()
NIK = "1871015708809001"
LIST = f"NIK;Nama;Tanggal Lahir\n{NIK};Siti Aminah;17-08-1980\n1871014101759002;Budi Santoso;01-01-1975\n"


@pytest.fixture
def desks(tmp_path):
    desks = Desks(tmp_path)
    for party in ("baznas", "csr"):
        desks.enrol(party)
    (tmp_path / "daftar.csv").write_text(LIST)
    return desks


def tokenised(desks, party, command="tokenise"):
    return lapis("agency", command, desks.folder / "daftar.csv", "--programme", "ZAKAT", "--period", "2026-03",
                 "--out", desks.folder / f"outbox-{party}", *desks.at(party), "--json")  # fmt: skip


def refused(*arguments, capsys):
    assert cli.main([str(each) for each in arguments]) == cli.REFUSED
    return capsys.readouterr().err


def opened(desks, path):
    """What the centre's vault would see: the tables of a sealed file."""
    with Path(path).open("rb") as file:
        found = envelope.inspect(file)
        body = envelope.open_(file, found, lambda wrapped: desks.centre_key.decrypt(wrapped, OAEP))
        return pq.read_table(io.BytesIO(body.read()))


def test_one_nik_in_two_agencies_files_gives_different_bytes_on_the_wire(desks):
    desks.epoch("2026-1", "baznas", "csr")
    paths = [tokenised(desks, party)["files"][0]["path"] for party in ("baznas", "csr")]
    ours, theirs = (opened(desks, path) for path in paths)
    assert ours["nik"].to_pylist() == theirs["nik"].to_pylist(), "inside, or nothing could be linked"
    assert not set(ours["ref"].to_pylist()) & set(theirs["ref"].to_pylist()), "a reference is the agency's own"
    first, second = (Path(path).read_bytes() for path in paths)
    bodies = []
    for whole in (first, second):
        found = envelope.inspect(io.BytesIO(whole))
        bodies.append(whole[found.start :])
        assert all(token not in whole for token in ours["nik"].to_pylist())
    blocks = {bodies[0][at : at + 8] for at in range(len(bodies[0]) - 7)}
    assert not any(bodies[1][at : at + 8] in blocks for at in range(len(bodies[1]) - 7)), "no eight bytes in common"


def test_the_token_in_a_submission_is_the_epochs_and_another_epoch_gives_another(desks):
    desks.epoch("2026-1", "baznas")
    first = tokenised(desks, "baznas")["files"][0]
    desks.epoch("2026-2", "baznas", more=("--expires", str(TODAY + dt.timedelta(399))))
    again = tokenised(desks, "baznas", "resubmit")["files"][0]
    assert (again["submitted"], again["known"], again["new"]) == (2, 2, 0)
    old, new = opened(desks, first["path"]), opened(desks, again["path"])
    assert old["ref"].to_pylist() == new["ref"].to_pylist(), "the same rows"
    assert not set(old["nik"].to_pylist()) & set(new["nik"].to_pylist()), "under other tokens"


def test_resubmit_refuses_what_was_never_submitted_and_what_already_was(desks, capsys):
    desks.epoch("2026-1", "baznas")
    again = ("agency", "resubmit", desks.folder / "daftar.csv", "--programme", "ZAKAT", "--period", "2026-03",
             *desks.at("baznas"))  # fmt: skip
    assert "RESUBMIT_UNKNOWN" in refused(*again, capsys=capsys)
    tokenised(desks, "baznas")
    assert "RESUBMIT_SAME" in refused(*again, capsys=capsys)
    assert not list((desks.folder / "baznas").glob("outbox/*"))


def test_keys_come_back_from_typed_lines_and_find_the_same_references(desks, capsys):
    desks.epoch("2026-1", "baznas")
    before = opened(desks, tokenised(desks, "baznas")["files"][0]["path"])
    lapis("agency", "backup", "--out", desks.folder / "cadangan.txt", *desks.at("baznas"))
    text = (desks.folder / "cadangan.txt").read_text()
    assert (desks.folder / "cadangan.txt").stat().st_mode & 0o077 == 0
    ring = keyring.open_((desks.folder / "baznas" / "keyring.box").read_bytes(), PASSPHRASE)
    assert ring.root.expose().hex() not in text.replace(" ", "").lower()
    (desks.folder / "typed.txt").write_text(text.lower())
    known = ("--centre", desks.folder / "centre.json", "--custodian", desks.custodian / "card.json")
    restored = lapis("agency", "restore", desks.folder / "typed.txt", *known, *desks.at("new"), "--json")
    assert restored["fingerprints"]["this agency"] == cards.fingerprint(ring.card())
    lapis("agency", "epoch", desks.folder / "out" / "2026-1.baznas.bundle", *desks.at("new"))
    after = opened(desks, tokenised(desks, "new")["files"][0]["path"])
    assert after["ref"].to_pylist() == before["ref"].to_pylist()


def test_a_backup_with_a_wrong_line_or_passphrase_restores_nothing(desks, capsys):
    lapis("agency", "backup", "--out", desks.folder / "cadangan.txt", *desks.at("baznas"))
    lines = (desks.folder / "cadangan.txt").read_text().splitlines()
    known = ("--centre", desks.folder / "centre.json", "--custodian", desks.custodian / "card.json")
    (desks.folder / "wrong.txt").write_text("\n".join([*lines[:2], lines[2][:-1] + "?", *lines[3:]]))
    assert "line 3" in refused("agency", "restore", desks.folder / "wrong.txt", *known, *desks.at("new"), capsys=capsys)
    (desks.folder / "other").write_text("wrong horse battery")
    wrong = ("--home", desks.folder / "new", "--passphrase-file", desks.folder / "other")
    assert "BOX_OPEN" in refused("agency", "restore", desks.folder / "cadangan.txt", *known, *wrong, capsys=capsys)
    assert not (desks.folder / "new").exists()


def test_an_epoch_that_ends_soon_is_said_and_one_that_ended_is_refused(desks, capsys, monkeypatch):
    desks.epoch("2026-1", "baznas", more=("--expires", str(TODAY + dt.timedelta(20))))
    made = tokenised(desks, "baznas")
    assert made["expires"] == str(TODAY + dt.timedelta(20))
    assert "ends in 20 days" in lapis("agency", "tokenise", desks.folder / "daftar.csv", "--programme", "ZAKAT",
                                      *desks.at("baznas"))  # fmt: skip
    monkeypatch.setattr(enrolment, "today", lambda: TODAY + dt.timedelta(21))
    late = ("agency", "tokenise", desks.folder / "daftar.csv", "--programme", "ZAKAT", *desks.at("baznas"))
    assert "EPOCH_RETIRED" in refused(*late, capsys=capsys)
    bundle = desks.folder / "out" / "2026-1.csr.bundle"
    lapis("custodian", "epoch", "2026-1", "--agency", desks.folder / "csr" / "card.json", "--out", bundle.parent,
          "--home", desks.custodian, *desks.unlock)  # fmt: skip
    assert "EPOCH_RETIRED" in refused("agency", "epoch", bundle, *desks.at("csr"), capsys=capsys)
    assert not (desks.folder / "csr" / "epochs").exists()


def test_the_epoch_that_ends_last_is_in_force_whatever_its_name(desks):
    desks.epoch("2026-10", "baznas", more=("--expires", str(TODAY + dt.timedelta(300))))
    desks.epoch("2026-9", "baznas", more=("--expires", str(TODAY + dt.timedelta(100))))
    assert tokenised(desks, "baznas")["epoch"] == "2026-10"


@pytest.mark.parametrize("days", [0, -1, 401])
def test_the_custodian_makes_no_epoch_that_has_ended_or_goes_on_for_years(desks, days, capsys):
    ends = ("--expires", str(TODAY + dt.timedelta(days)))
    make = ("custodian", "epoch", "2026-1", "--agency", desks.folder / "csr" / "card.json", "--out", desks.folder / "o")
    assert "EPOCH_EXPIRES" in refused(*make, *ends, "--home", desks.custodian, *desks.unlock, capsys=capsys)


def test_the_last_day_of_an_epoch_is_set_once(desks, capsys):
    desks.epoch("2026-1", "baznas")
    later = ("--expires", str(TODAY + dt.timedelta(30)))
    make = ("custodian", "epoch", "2026-1", "--agency", desks.folder / "csr" / "card.json", "--out", desks.folder / "o")
    assert "EPOCH_EXPIRES" in refused(*make, *later, "--home", desks.custodian, *desks.unlock, capsys=capsys)


def test_custodian_and_agency_read_the_same_digits(desks):
    desks.epoch("2026-1", "baznas")
    ours = lapis("agency", "fingerprint", *desks.at("baznas"), "--json")["fingerprints"]
    theirs = lapis("custodian", "fingerprint", "--home", desks.custodian, *desks.unlock, "--json")["fingerprints"]
    assert ours["the custodian"] == theirs["the custodian"]
    assert ours["epoch 2026-1"] == next(shown for name, shown in theirs.items() if name.startswith("epoch 2026-1"))


def test_the_backup_sheet_is_a_page_to_print(desks):
    lapis("agency", "backup", "--out", desks.folder / "cadangan.pdf", *desks.at("baznas"))
    assert (desks.folder / "cadangan.pdf").read_bytes().startswith(b"%PDF-")

"""No agreement, no key: the custodian seals nothing to an agency that has not signed, or whose days are over."""

import datetime as dt

import pytest

from scripts import cli, homes
from tests.scripts.desks import Desks, lapis

TODAY = dt.datetime.now(dt.UTC).astimezone().date()


@pytest.fixture
def desks(tmp_path):
    made = Desks(tmp_path)
    made.enrol("baznas")
    return made


def epoch(desks, *parties):
    """Return the status of making an epoch for agencies."""
    each = [part for party in parties for part in ("--agency", desks.folder / party / "card.json")]
    arguments = ("custodian", "epoch", "2026-1", *each, "--out", desks.folder / "out", "--home", desks.custodian,
                 *desks.unlock)  # fmt: skip
    return cli.main([str(each) for each in arguments])


def forget(desks, party):
    (desks.custodian / "agreements" / f"{party}.json").unlink()


def test_without_an_agreement_nobody_of_the_run_gets_a_key(desks, capsys):
    desks.enrol("csr")
    forget(desks, "csr")
    assert epoch(desks, "baznas", "csr") == cli.REFUSED
    assert "AGREEMENT_MISSING" in capsys.readouterr().err
    assert not (desks.folder / "out").exists() and not (desks.custodian / "epochs").exists()
    assert epoch(desks, "baznas") == 0


@pytest.mark.parametrize(("first", "last"), [(-30, -1), (1, 30)])
def test_an_agreement_that_is_not_in_force_is_none(desks, first, last, capsys):
    days = [str(TODAY + dt.timedelta(each)) for each in (first, last)]
    desks.agree("baznas", "--number", "1", "--signed", days[0], "--until", days[1])
    assert epoch(desks, "baznas") == cli.REFUSED
    assert "AGREEMENT_MISSING" in capsys.readouterr().err


def test_a_damaged_record_is_none(desks):
    for text in ("", "{}", "[]", '{"signed": 3, "until": 4}'):
        (desks.custodian / "agreements" / "baznas.json").write_text(text)
        assert epoch(desks, "baznas") == cli.REFUSED


def test_the_record_keeps_a_digest_and_no_paper(desks):
    made = lapis("custodian", "agreement", desks.folder / "baznas" / "card.json", "--number", "7", "--signed", TODAY,
                 "--until", TODAY + dt.timedelta(9), "--document", desks.folder / "secret", "--home", desks.custodian,
                 "--json")  # fmt: skip
    assert made["number"] == "7" and len(made["digest"]) == 64
    kept = (desks.custodian / "agreements" / "baznas.json").read_text()
    assert (desks.folder / "secret").read_text().strip() not in kept


def test_the_centre_does_not_start_with_real_data_before_all_is_on_file(tmp_path, capsys):
    homes.create(tmp_path / "centre", tmp_path / "seal")
    assert cli.main(["centre", "up", "--production", "--home", str(tmp_path / "centre"), "--port", "0"]) == cli.REFUSED
    assert "ASSESSMENT_MISSING" in capsys.readouterr().err
    assert not (tmp_path / "centre" / "vault").exists()

"""The command line: help with an example everywhere, exit statuses that mean something, errors that show no value."""

import argparse
import importlib
import json
import os
import subprocess
import sys

import pytest

from linkage.encoding import CentreCard, cards
from scripts import cli
from tests.scripts.desks import AGREED

PASSPHRASE = "correct horse battery"


def leaves(parser, name=""):
    """List the commands of a parser, however deep, with their names and parsers."""
    nested = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    if not nested:
        return [(name, parser)]
    return [leaf for part, below in nested[0].choices.items() for leaf in leaves(below, f"{name} {part}".strip())]


def commands():
    """List every command of every group with its parser."""
    found = []
    for group in cli.GROUPS:
        parser = argparse.ArgumentParser(prog=f"lapis {group}")
        importlib.import_module(f"scripts.{group}").add_arguments(parser)
        found += [pytest.param(group, name, leaf, id=f"{group} {name}".strip()) for name, leaf in leaves(parser)]
    return found


@pytest.mark.parametrize(("group", "name", "parser"), commands())
def test_every_command_helps_with_an_example_and_can_answer_in_json(group, name, parser):
    text = parser.format_help()
    assert f"example:\n  lapis {group} {name}".rstrip() in text
    assert "--json" in text
    assert all(action.help for action in parser._actions if action.option_strings)


@pytest.mark.parametrize("arguments", [[], ["nothing"], ["agency"], ["centre", "ingest"], ["synth", "--people", "x"]])
def test_wrong_usage_is_status_2(arguments):
    with pytest.raises(SystemExit) as end:
        cli.main(arguments)
    assert end.value.code == 2


@pytest.fixture
def secret(tmp_path):
    path = tmp_path / "passphrase"
    path.write_text(PASSPHRASE + "\n")
    return str(path)


def test_a_missing_file_or_home_is_refused_with_status_3(tmp_path, secret, capsys):
    for arguments in (
        ["agency", "tokenise", "x.xlsx", "--home", str(tmp_path / "none"), "--passphrase-file", secret],
        ["centre", "link", "--home", str(tmp_path / "none")],
        ["custodian", "epoch", "1", "--agency", "x", "--out", str(tmp_path), "--home", str(tmp_path / "none"),
         "--passphrase-file", secret],
    ):  # fmt: skip
        assert cli.main(arguments) == cli.REFUSED
    shown = capsys.readouterr()
    assert all(code in shown.err for code in ("ENROL_FIRST", "CENTRE_MISSING", "FILE_UNREADABLE"))


def test_one_refused_submission_does_not_stop_the_others(tmp_path, capsys):
    from scripts import homes

    homes.create(tmp_path / "centre", tmp_path / "seal")
    for name in ("one", "two"):
        (tmp_path / name).write_bytes(b"not a submission")
    arguments = ["centre", "ingest", str(tmp_path / "one"), str(tmp_path / "two"), "--home", str(tmp_path / "centre")]
    assert cli.main([*arguments, "--json"]) == cli.REFUSED
    shown = capsys.readouterr()
    assert json.loads(shown.out) == {"receipts": [], "refused": {"one": "ENVELOPE_FORMAT", "two": "ENVELOPE_FORMAT"}}


def test_the_centre_takes_no_unsafe_policy(tmp_path, capsys):
    from scripts import homes

    homes.create(tmp_path / "centre", tmp_path / "seal")
    assert cli.main(["centre", "link", "--home", str(tmp_path / "centre"), "--policy", "open-clk"]) == cli.REFUSED
    assert "POLICY_UNSAFE" in capsys.readouterr().err


def test_a_keyring_is_never_replaced(tmp_path, secret, capsys):
    arguments = ["custodian", "init", "--name", "X", "--home", str(tmp_path / "c"), "--passphrase-file", secret]
    assert cli.main(arguments) == 0
    before = (tmp_path / "c" / "keyring.box").read_bytes()
    assert (tmp_path / "c" / "keyring.box").stat().st_mode & 0o077 == 0
    assert cli.main(arguments) == cli.REFUSED
    assert (tmp_path / "c" / "keyring.box").read_bytes() == before


BLOCKED = [
    *("pandas", "scipy", "sklearn", "recordlinkage", "sqlmodel", "sqlalchemy", "alembic"),
    *("hvac", "numba", "matplotlib", "openpyxl", "requests"),
]
ALONE = f"""
import sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {BLOCKED!r}:
            raise ImportError(name)
sys.meta_path.insert(0, Refuse())
from scripts.cli import main
sys.exit(main(sys.argv[1:]))
"""


def alone(*arguments):
    """Run a command as an agency's laptop would: with nothing of the centre installed."""
    return subprocess.run(
        [sys.executable, "-c", ALONE, *map(str, arguments)], capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip


@pytest.fixture
def enrolled(tmp_path, secret):
    """An agency that enrolled and accepted an epoch by its commands alone."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(65537, 3072)
    pem = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / "centre.json").write_text(cards.dump(CentreCard("pmo", 1, pem.decode())))
    home, unlock = tmp_path / "agency", ("--passphrase-file", secret)
    custodian = ("--home", tmp_path / "custodian", *unlock)
    steps = [
        ("custodian", "init", "--name", "Kominfo", *custodian),
        ("agency", "enrol", "--id", "baznas", "--name", "Baznas", "--centre", tmp_path / "centre.json",
         "--custodian", tmp_path / "custodian" / "card.json", "--home", home, *unlock),
        ("custodian", "agreement", home / "card.json", *AGREED, "--document", tmp_path / "centre.json", *custodian[:2]),
        ("custodian", "epoch", "2026-1", "--agency", home / "card.json", "--out", tmp_path / "out", *custodian),
        ("agency", "epoch", tmp_path / "out" / "2026-1.baznas.bundle", "--home", home, *unlock),
    ]  # fmt: skip
    for step in steps:
        done = alone(*step)
        assert done.returncode == 0, done.stderr
    return home, unlock


LIST = """DAFTAR MUSTAHIK;;;;;
No;NIK;Nama;JK;Tanggal Lahir;Nominal
1;1871015708809001;Siti Aminah;P;17-08-1980;Rp 600.000,-
2;;Budi Santoso;L;01-02-1975;Rp 600.000,-
3;;;;;
JUMLAH;;;;;1200000
"""


def test_an_agency_works_from_enrolment_to_submission_with_nothing_of_the_centre_installed(enrolled, tmp_path):
    home, unlock = enrolled
    (tmp_path / "daftar.csv").write_text(LIST)
    done = alone("agency", "tokenise", tmp_path / "daftar.csv", "--programme", "ZAKAT", "--period", "2026-03",
                 "--regency", "18.71", "--home", home, *unlock, "--json")  # fmt: skip
    assert done.returncode == 0, done.stderr
    made = json.loads(done.stdout)["files"][0]
    assert (made["read"], made["submitted"]) == (2, 2)
    sealed = next((home / "outbox").glob("*.lapis")).read_bytes()
    written = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
    for value in (b"1871015708809001", b"AMINAH", b"Aminah", b"SANTOSO", b"1980-08-17"):
        assert value not in sealed and value not in written and value not in done.stdout.encode()
    again = alone("agency", "tokenise", tmp_path / "daftar.csv", "--programme", "ZAKAT", "--period", "2026-03",
                  "--regency", "18.71", "--home", home, *unlock, "--json")  # fmt: skip
    assert json.loads(again.stdout)["files"][0]["path"] == made["path"]


def test_a_list_that_cannot_be_read_is_refused_by_place_and_leaves_nothing(enrolled, tmp_path):
    home, unlock = enrolled
    bad = tmp_path / "rusak.xlsx"
    bad.write_bytes(b"PK\x03\x04 SITI AMINAH 1871015708809001")
    done = alone("agency", "tokenise", bad, "--programme", "ZAKAT", "--home", home, *unlock)
    assert done.returncode == cli.REFUSED
    assert "rusak.xlsx" in done.stderr and "AMINAH" not in done.stderr and "1871015708809001" not in done.stderr
    assert not list(home.glob("outbox/*")) and not list(home.glob("references/*"))


def test_a_wrong_passphrase_is_refused(enrolled, tmp_path):
    home, _ = enrolled
    (tmp_path / "wrong").write_text("wrong horse battery")
    done = alone("agency", "tokenise", "x.csv", "--home", home, "--passphrase-file", tmp_path / "wrong")
    assert done.returncode == cli.REFUSED and "BOX_OPEN" in done.stderr


def test_a_truth_without_references_is_refused(tmp_path, capsys):
    from scripts import homes, synth

    homes.create(tmp_path / "centre", tmp_path / "seal")
    synth.run(300, 1, tmp_path / "lists")
    (tmp_path / "none").mkdir()
    arguments = ["centre", "evaluate", "--home", str(tmp_path / "centre"), "--truth", str(tmp_path / "lists" / "truth")]
    assert cli.main([*arguments, "--references", str(tmp_path / "none")]) == cli.REFUSED
    assert "REFERENCES_MISSING" in capsys.readouterr().err

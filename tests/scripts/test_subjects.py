"""A person's request by command, over TLS and with the real vault: at the agency's counter, then at officers' desks."""

import json

from tests.scripts.test_cases import place, world

__all__ = ["place", "world"]


def told(capsys):
    """Return what the last command answered."""
    return json.loads(capsys.readouterr().out)


def test_a_request_goes_from_the_counter_to_its_answer(place, capsys, tmp_path):
    row = _first()
    capsys.readouterr()
    number = tmp_path / "nik"
    number.write_text(row)
    handed = place.world.bao.layout.seal_dir / "agencies" / "dinsos.json"
    at_centre = ("--centre", place.address, "--credentials", handed, "--authority", place.folder / "tls" / "ca.pem",
                 "--passphrase-file", place.world.folder / "passphrase")  # fmt: skip
    assert place.agency("dinsos", "subject", "access", "--nik-file", number, *at_centre) == 0
    printed = capsys.readouterr().out
    made = json.loads(printed)
    assert made["state"] == "registered" and row not in printed
    name = made["request"]
    for who, state in (("ani", "registered"), ("budi", "approved")):
        assert place.officer(who, "subjects", "approve", name) == 0
        assert told(capsys)["state"] == state
    assert place.officer("budi", "subjects", "trail", name, "--out", tmp_path / "no") != 0
    assert place.officer("ani", "subjects", "trail", name, "--out", tmp_path / "jawaban") == 0
    capsys.readouterr()
    answer = json.loads((tmp_path / "jawaban" / "jawaban.json").read_text())
    assert answer["found"] and {each["agency"] for each in answer["aid"]} == {"baznas", "dinsos"}
    assert place.officer("ani", "subjects", "close", name, "done") == 0
    assert told(capsys)["request"]["state"] == "closed"
    assert place.officer("ani", "subjects", "list") == 0
    assert [each["outcome"] for each in told(capsys)["requests"]] == ["done"]


def _first():
    """Return the NIK of the first person on the agency's own list."""
    from tests.api.conftest import people

    return people(1)["nik"][0].as_py()


def test_a_number_that_is_no_nik_never_leaves_the_counter(place, capsys, tmp_path):
    number = tmp_path / "nik"
    number.write_text("1234567890")
    more = ("--centre", place.address, "--passphrase-file", place.world.folder / "passphrase")
    assert place.agency("dinsos", "subject", "access", "--nik-file", number, *more) == 3
    assert "1234567890" not in "".join(capsys.readouterr())

"""An agency corrects what it sent: only changed rows go, each naming the row that it replaces, and the past stays."""

import datetime as dt
import io
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from api.services import ingest, link
from api.services.layers import rows as linked
from linkage.encoding import envelope
from linkage.encoding.cards import OAEP
from linkage.identity import Defaults
from linkage.layering.events import ROWS, as_known
from scripts import cli, sealing, tokenising
from tests.api.conftest import silent
from tests.casework import PASSPHRASE, world
from tests.scripts.desks import Desks, lapis

__all__ = ["world"]

HEAD = "NIK;Nama;Tanggal Lahir;Nominal\n"
SITI, BUDI = "1871015708809001;Siti Aminah;17-08-1980;", "1871014101759002;Budi Santoso;01-01-1975;"
CITRA = "1801064107759013;Citra Dewi;01-07-1975;"
SENT = f"{HEAD}{SITI}300000\n{BUDI}300000\n"


@pytest.fixture
def desks(tmp_path):
    desks = Desks(tmp_path)
    desks.enrol("baznas")
    desks.epoch("2026-1", "baznas")
    return desks


def tokenised(desks, text, *more, name="daftar.csv"):
    (desks.folder / name).write_text(text)
    return lapis("agency", "tokenise", desks.folder / name, "--programme", "ZAKAT", *more,
                 "--out", desks.folder / "outbox", *desks.at("baznas"), "--json")["files"][0]  # fmt: skip


def opened(desks, made):
    with Path(made["path"]).open("rb") as file:
        found = envelope.inspect(file)
        body = envelope.open_(file, found, lambda wrapped: desks.centre_key.decrypt(wrapped, OAEP))
        return pq.read_table(io.BytesIO(body.read()))


def test_a_corrected_list_sends_what_changed_and_names_what_it_replaces(desks):
    first = opened(desks, tokenised(desks, SENT, "--period", "2026-03"))
    made = tokenised(desks, f"{HEAD}{SITI}250000\n{BUDI}300000\n{CITRA}300000\n", "--corrects", "2026-03")
    assert (made["submitted"], made["corrected"], made["new"], made["unchanged"]) == (2, 1, 1, 1)
    again = opened(desks, made)
    assert again["amount"].to_pylist() == [250_000, 300_000]
    assert again["corrects"].to_pylist() == [first["ref"][0].as_py(), None]
    assert not set(again["ref"].to_pylist()) & set(first["ref"].to_pylist())


def test_a_correction_is_corrected_in_turn_and_back_again(desks):
    tokenised(desks, SENT, "--period", "2026-03")
    refs = []
    for amount in (250_000, 200_000, 300_000):
        table = opened(desks, tokenised(desks, f"{HEAD}{SITI}{amount}\n", "--corrects", "2026-03"))
        refs.append((table["corrects"][0].as_py(), table["ref"][0].as_py()))
    assert [corrects for corrects, _ in refs[1:]] == [ref for _, ref in refs[:-1]], "a chain, each the one before"
    assert len({ref for _, ref in refs}) == 3


def test_a_wrong_period_is_corrected_by_naming_the_one_that_was_sent(desks):
    first = opened(desks, tokenised(desks, SENT, "--period", "2026-03"))
    made = tokenised(desks, f"{HEAD}{SITI}300000\n", "--period", "2026-04", "--corrects", "2026-03")
    table = opened(desks, made)
    assert table["period"].to_pylist() == ["2026-04"] and table["corrects"].to_pylist() == [first["ref"][0].as_py()]


@pytest.mark.parametrize(
    ("text", "corrects", "code"),
    [(SENT, "2026-03", "CORRECTS_NOTHING"), (SENT, "2025-12", "CORRECTS_UNKNOWN"), (SENT, "kapan", "DEFAULT_PERIOD"),
     (f"{HEAD}{CITRA}1\n", "2026-03", "CORRECTS_UNKNOWN")],
)  # fmt: skip
def test_what_corrects_nothing_is_refused_and_nothing_is_written(desks, capsys, text, corrects, code):
    tokenised(desks, SENT, "--period", "2026-03")
    before = list((desks.folder / "outbox").iterdir())
    (desks.folder / "koreksi.csv").write_text(text)
    arguments = ("agency", "tokenise", desks.folder / "koreksi.csv", "--programme", "ZAKAT", "--corrects", corrects,
                 "--out", desks.folder / "outbox", *desks.at("baznas"))  # fmt: skip
    assert cli.main([str(each) for each in arguments]) == cli.REFUSED
    assert code in capsys.readouterr().err
    assert list((desks.folder / "outbox").iterdir()) == before


def test_what_the_agency_remembers_holds_nothing_of_a_row(desks):
    tokenised(desks, SENT, "--period", "2026-03")
    for path in (desks.folder / "baznas" / "references").iterdir():
        table = pq.read_table(path)
        assert table.column_names == ["sheet", "row", "file", "ref", "digest", "corrects"]
        for text in ("1871015708809001", "Siti", "SITI", "300000"):
            assert text.encode() not in path.read_bytes()


def test_at_the_centre_the_past_does_not_change(world):
    """What was known when: before the correction came the earlier amount stands, from then on the other."""
    held = sealing.open_agency(world.folder / "baznas", PASSPHRASE)
    path, day = world.folder / "februari.csv", dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
    for text, corrects, when in ((SENT, None, day), (f"{HEAD}{SITI}250000\n", "2026-02", day + dt.timedelta(days=9))):
        path.write_text(text)
        made = tokenising.tokenise(held, path, Defaults("ZAKAT", "2026-02"), corrects=corrects)
        ingest.ingest(replace(world.centre, clock=lambda when=when: when), Path(made.path), silent)
    link.link(world.centre, silent)
    with world.centre.store.connect() as connection:
        table = linked.every(connection).select(ROWS.names)
    for at, expected in ((day, [300_000, 300_000]), (day + dt.timedelta(days=8), [300_000, 300_000]),
                         (day + dt.timedelta(days=9), [250_000, 300_000])):  # fmt: skip
        standing = as_known(table, at)
        amounts = [each for each in standing["amount"].to_pylist() if each is not None]
        assert sorted(amounts) == expected
    persons = {row["person"] for row in table.to_pylist() if row["amount"] == 250_000}
    assert persons <= {row["person"] for row in table.to_pylist() if row["amount"] == 300_000}, "one person's rows"

"""The commands of a campaign, from an officer's desk to an operator's workbook and back, over TLS."""

import datetime as dt
import json
import socket
import threading
import time
from dataclasses import replace
from functools import partial

import openpyxl
import pytest
import uvicorn
from sqlmodel import Session, select

from api.access import Verifier
from api.access.buckets import Buckets, Rate
from api.app import create_app
from api.services import enrol, feedback, ingest, link, reviews
from api.store import Content, Decision, Membership, OwnerQuestion, Review, open_store
from linkage.encoding import CentreCard, EnrolmentCard, EpochCard, cards
from linkage.errors import LapisError
from scripts import cli, returns, up
from scripts.returns import Answered, Line
from tests.api.conftest import open_centre, silent
from tests.api.http.conftest import serve
from tests.scripts.desks import AGREED
from vault import ensure_certificate, issuer, jwks, public_key
from vault.logins import AUDIENCE

NAMES = ("SITI AMINAH", "BAMBANG SUTRISNO", "WAYAN LESTARI", "DEDI KURNIAWAN", "ROKAYAH", "HENDRA SAPUTRA")


def run(capsys, *arguments, status=0):
    """Run a command and return what it printed as JSON."""
    capsys.readouterr()
    assert cli.main([str(each) for each in (*arguments, "--json")]) == status, capsys.readouterr().err
    return json.loads(capsys.readouterr().out) if status == 0 else capsys.readouterr().err


def write_list(path, people):
    rows = [f"187101{41 + at:02}0380{9001 + at},{NAMES[at]},{1 + at:02}/03/1980,P,Rp 300.000" for at in people]
    path.write_text("\n".join(["NIK,Nama,Tanggal Lahir,JK,Nominal", *rows]) + "\n")
    return path


@pytest.fixture
def world(bao, tmp_path, capsys, monkeypatch):
    """Baznas lists people 0–3 for ZAKAT, Dinas Sosial 2–5 for PKH; both are linked, and the service runs."""
    secret = tmp_path / "passphrase"
    secret.write_text("a long enough passphrase")
    monkeypatch.setenv("LAPIS_PASSPHRASE_FILE", str(secret))
    custodian, cards_dir = tmp_path / "custodian", tmp_path / "card.json"
    home = tmp_path / "centre"
    (home / "filters").mkdir(parents=True)
    centre = replace(open_centre(home, bao.session), clock=lambda: dt.datetime.now(dt.UTC))
    with bao.session("ingest") as session:
        key = public_key(session, "ingest")
    cards_dir.write_text(cards.dump(CentreCard("pmo", key.version, key.pem)))
    given = ("--centre", cards_dir, "--custodian", custodian / "card.json")
    run(capsys, "custodian", "init", "--name", "Inspektorat", "--home", custodian, "--passphrase-file", secret)
    for name in ("baznas", "dinsos"):
        run(capsys, "agency", "enrol", "--id", name, "--name", name, *given, "--home", tmp_path / name,
            "--passphrase-file", secret)  # fmt: skip
        enrol.register_agency(centre.store, cards.load((tmp_path / name / "card.json").read_text(), EnrolmentCard),
                              centre.clock())  # fmt: skip
    out = tmp_path / "bundles"
    own = [option for name in ("baznas", "dinsos") for option in ("--agency", tmp_path / name / "card.json")]
    for name in ("baznas", "dinsos"):
        run(capsys, "custodian", "agreement", tmp_path / name / "card.json", *AGREED, "--document", secret, "--home",
            custodian)  # fmt: skip
    run(capsys, "custodian", "epoch", "2026-1", *own, "--out", out, "--home", custodian, "--passphrase-file", secret)
    enrol.register_epoch(centre.store, cards.load((out / "2026-1.epoch.json").read_text(), EpochCard))
    for name, people, programme in (("baznas", range(4), "ZAKAT"), ("dinsos", range(2, 6), "PKH")):
        bundle = next(out.glob(f"*{name}*"))
        run(capsys, "agency", "epoch", bundle, "--home", tmp_path / name, "--passphrase-file", secret)
        made = run(capsys, "agency", "tokenise", write_list(tmp_path / f"{name}.csv", people), "--programme", programme,
                   "--period", "2026-03", "--home", tmp_path / name, "--passphrase-file", secret)  # fmt: skip
        ingest.ingest(centre, tmp_path / made["files"][0]["path"], silent)
    link.link(centre, silent)
    with running(bao, centre, tmp_path) as address:
        yield World(bao, tmp_path, address)
    centre.store.dispose()


class World:
    """Where everything is."""

    def __init__(self, bao, folder, address):
        self.bao, self.folder, self.address = bao, folder, address

    def agency(self, name):
        seal = self.bao.layout.seal_dir / "agencies" / f"{name}.json"
        return ("--home", self.folder / name, "--centre", self.address, "--credentials", seal,
                "--authority", self.folder / "tls" / "ca.pem")  # fmt: skip

    def source(self, name, programme):
        return ("--source", self.folder / f"{name}.csv", "--programme", programme, "--period", "2026-03",
                "--passphrase-file", self.folder / "passphrase", *self.agency(name))  # fmt: skip

    def officer(self, name):
        """The options of an officer's first command; later ones need but her folder and password."""
        return ("--name", name, "--centre", self.address, "--vault", self.bao.address,
                "--centre-authority", self.folder / "tls" / "ca.pem", "--vault-authority", self.bao.ca_file,
                *self.known(name))  # fmt: skip

    def known(self, name):
        password = self.bao.layout.seal_dir / "officers" / f"{name}.password"
        return ("--home", self.folder / f"officer-{name}", "--password-file", password)


class running:  # noqa: N801 - a context manager
    """The application behind TLS, in a thread, believing the real vault."""

    def __init__(self, bao, centre, folder):
        ensure_certificate(folder / "tls", dt.datetime.now(dt.UTC))
        audience = frozenset({AUDIENCE})
        verifier = Verifier(lambda: issuer(bao.address), audience, lambda: jwks(bao.address, bao.ca_file), centre.clock)
        quick = Buckets(Rate(1e6, 1e6), time.monotonic)
        app = create_app(
            serve(centre, folder / "inbox", verifier=verifier, issue=partial(up._issue, bao), logins=quick)
        )
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        tls = {"ssl_certfile": folder / "tls" / "server.pem", "ssl_keyfile": folder / "tls" / "server.key"}
        self.server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_config=None, **tls))
        self.thread = threading.Thread(target=self.server.run, kwargs={"sockets": [self.listener]})

    def __enter__(self):
        self.thread.start()
        return f"https://127.0.0.1:{self.listener.getsockname()[1]}"

    def __exit__(self, *_):
        self.server.should_exit = True
        self.thread.join()
        self.listener.close()


def test_a_campaign_goes_from_the_officers_to_the_operator_and_back(world, capsys):
    until = (dt.datetime.now(dt.UTC) + dt.timedelta(days=90)).date()
    made = run(capsys, "officer", "campaign", "open", "--programme", "ZAKAT", "--criterion", "without", "--expires",
               until, *world.officer("citra"))  # fmt: skip
    number = made["campaigns"][0]["id"]
    assert "ACCESS_DENIED" in run(capsys, "officer", "campaign", "approve", number, *world.known("citra"), status=3)
    assert "CAMPAIGN_NOT_IN_FORCE" in run(
        capsys, "agency", "pull", number, *world.source("dinsos", "PKH"), status=3)  # fmt: skip
    states = [run(capsys, "officer", "campaign", "approve", number, *world.officer(who))["campaigns"][0]["state"]
              for who in ("ani", "budi")]  # fmt: skip
    assert states == ["open", "in-force"]
    pulled = run(capsys, "agency", "pull", *world.source("dinsos", "PKH"))
    assert pulled["campaigns"] == {str(number): 2}
    book = world.folder / "dinsos.rujukan.xlsx"
    assert book.stat().st_mode & 0o077 == 0
    page = openpyxl.load_workbook(book).active
    rows = [[cell.value for cell in row] for row in page.iter_rows(min_row=2)]
    assert [row[1:6] for row in rows] == [
        [4, "ROKAYAH", number, "ZAKAT", returns.ADVICE["offer-programme"]],
        [5, "HENDRA SAPUTRA", number, "ZAKAT", returns.ADVICE["offer-programme"]],
    ]
    assert "FILE_EXISTS" in run(capsys, "agency", "pull", *world.source("dinsos", "PKH"), status=3)
    fill(book, {2: "Dikunjungi", 3: "pindah"})
    told = run(capsys, "agency", "outcomes", number, "--source", book, *world.agency("dinsos"))
    assert told == {"kept": 2, "dropped": 0}
    shown = run(capsys, "officer", "campaign", "list", *world.known("ani"))["campaigns"]
    assert shown[0]["outcomes"] == {"moved": None, "visited": None}
    ended = run(capsys, "officer", "campaign", "refuse", number, *world.known("ani"))
    assert ended["campaigns"][0]["state"] == "refused"
    for file in (world.folder / "officer-ani").iterdir():
        assert not file.stat().st_mode & 0o077 and b"eyJ" not in file.read_bytes()


def test_rows_stand_on_record_until_their_agency_takes_them_back(world, capsys):
    mine = world.source("dinsos", "PKH")
    assert run(capsys, "agency", "feedback", *mine) == {"rows": {"known": 4}, "files": []}
    gone = run(capsys, "agency", "withdraw", "--rows", "2,4-9", *mine)
    assert gone == {"withdrawn": 3, "unknown": 0}
    assert run(capsys, "agency", "feedback", *mine)["rows"] == {"known": 1, "unknown": 3}
    assert "ROWS_UNKNOWN" in run(capsys, "agency", "withdraw", "--rows", "77", *mine, status=3)
    assert run(capsys, "agency", "withdraw", "--all", *mine) == {"withdrawn": 1, "unknown": 3}


def doubt(world):
    """Let a row of each agency wait for a person, as a link leaves it."""
    store = open_store(world.folder / "centre" / "store.sqlite")
    with Session(store) as session, session.begin():
        rows = dict(session.exec(select(Content.agency, Content.record)).all())
        left, right = sorted(rows.values())
        run = session.exec(select(Membership.run)).first()
        session.add(Review(left=left, right=right, run=run, reason="UNSURE", probability=0.6, pattern="3,2,1,-1,-1"))
    return store, reviews.name_of((left, right))


def test_owners_answer_about_their_own_rows_in_the_workbook_that_feedback_wrote(world, capsys):
    store, pair = doubt(world)
    listed = run(capsys, "officer", "reviews", "list", *world.officer("citra"))["pairs"]
    assert [each["pair"] for each in listed] == [pair]
    assert cli.main([str(each) for each in ("officer", "reviews", "show", pair, *world.known("citra"))]) == 0
    drawn = capsys.readouterr().out
    assert "Evidence in bits" in drawn and "all told" in drawn and "█" in drawn
    assert run(capsys, "officer", "reviews", "ask", pair, *world.known("citra"))["agencies"]
    mine, book = world.source("dinsos", "PKH"), world.folder / "dinsos.umpan-balik.xlsx"
    assert run(capsys, "agency", "feedback", *mine)["files"] == []
    with Session(store) as session, session.begin():
        for question in session.exec(select(OwnerQuestion)):
            question.cut = feedback.last_cut(dt.datetime.now(dt.UTC))
    assert run(capsys, "agency", "feedback", *mine)["rows"] == {"confirm": 1, "known": 3}
    fill(book, {2: "Tidak"}, "JAWABAN")
    for expected in ({"kept": 1, "dropped": 0}, {"kept": 0, "dropped": 1}):
        assert run(capsys, "agency", "answer", "--source", book, *world.agency("dinsos")) == expected
    with Session(store) as session:
        assert [made.same for made in session.exec(select(Decision))] == [False]
    gone = run(capsys, "officer", "reviews", "decide", "0" * 32, "--answer", "no", "--because", "relatives",
               *world.known("citra"), status=3)  # fmt: skip
    assert "REVIEW_UNKNOWN" in gone
    store.dispose()


def test_an_answer_that_nobody_knows_is_named_by_its_row_and_not_shown(tmp_path):
    path = tmp_path / "a.xlsx"
    returns.write(path, [replace(LINES[0], question="5f" * 16), LINES[1]])
    fill(path, {2: "Ya", 3: "CANARY"}, "JAWABAN")
    assert returns.answers(path.read_bytes(), path.name) == [Answered("5f" * 16, LINES[0].ref.hex(), True)]
    fill(path, {2: "CANARY"}, "JAWABAN")
    with pytest.raises(LapisError) as refused:
        returns.answers(path.read_bytes(), path.name)
    assert refused.value.code == "ANSWER_WORD" and "row 2" in refused.value.place
    assert "CANARY" not in str(refused.value)


def fill(path, words, column="HASIL"):
    book = openpyxl.load_workbook(path)
    for row, word in words.items():
        book.active.cell(row, 1 + returns.COLUMNS.index(column)).value = word
    book.save(path)


LINES = [Line("Sheet1", 4, "=cmd|' /C calc'!A0", 3, "PKH", "Tawarkan", bytes([at]) * 32) for at in range(3)]


def test_a_name_that_looks_like_a_formula_stays_text(tmp_path):
    returns.write(tmp_path / "a.xlsx", LINES)
    cell = openpyxl.load_workbook(tmp_path / "a.xlsx").active.cell(2, 3)
    assert (cell.data_type, cell.value) == ("s", LINES[0].name)


def test_outcomes_are_read_for_one_campaign_and_blank_ones_are_left_out(tmp_path):
    path = tmp_path / "a.xlsx"
    returns.write(path, [*LINES, Line("", 9, "", 4, "PKH", "", bytes(32))])
    fill(path, {2: " Sudah Dilayani ", 4: "moved", 5: "pindah"})
    assert returns.read(path, 3) == {"already-served": [LINES[0].ref.hex()], "moved": [LINES[2].ref.hex()]}


def test_a_word_that_nobody_knows_is_named_by_its_row_and_not_shown(tmp_path):
    path = tmp_path / "a.xlsx"
    returns.write(path, LINES)
    fill(path, {3: "CANARY"})
    with pytest.raises(LapisError) as refused:
        returns.read(path, 3)
    assert refused.value.code == "OUTCOME_WORD" and "row 3" in refused.value.place
    assert "CANARY" not in str(refused.value)


@pytest.mark.parametrize("content", [b"", b"NIK,Nama\n1,2\n", bytes(range(100))])
def test_another_file_is_refused(tmp_path, content):
    (tmp_path / "a.xlsx").write_bytes(content)
    with pytest.raises(LapisError, match="RETURNS_FORM"):
        returns.read(tmp_path / "a.xlsx", 3)

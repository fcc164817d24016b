"""The whole of a case by command: officers at their desks, agencies at theirs, over TLS, with the real vault."""

import datetime as dt
import json
import re
import shutil
import socket
import threading
from dataclasses import dataclass, replace

import openpyxl
import pytest
import uvicorn
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session, select

from api.services import cases as service_cases
from api.services import sequencer
from api.store import Case, CaseRequest
from linkage.encoding import CentreCard, answer, cards
from linkage.errors import LapisError
from linkage.identity import Row
from policies.access_rules import load_access_rules
from scripts import approval, casework, cli, desk, files, found_rows
from tests.casework import ORIGIN, PROGRAMMES, world
from tests.conftest import person
from vault import cases as gated
from vault import ensure_certificate, signing_key
from vault.log import Checkpoint, LogError, Verifier, checkpoint, leaf_hash

__all__ = ["world"]


@dataclass(frozen=True)
class Place:
    """The service behind TLS, and everybody's folders."""

    world: object
    address: str
    folder: object

    def officer(self, name, command, *more):
        """Run an officer's command; return its status."""
        secret = self.world.bao.layout.seal_dir / "officers" / f"{name}.password"
        where = ("--home", self.folder / name, "--password-file", secret, "--json")
        return cli.main([str(each) for each in ("officer", command, *more, *where)])

    def agency(self, name, command, *more):
        """Run an agency's command; return its status."""
        where = ("--home", self.world.home(name), "--json")
        return cli.main([str(each) for each in ("agency", command, *more, *where)])

    def fetch(self, name):
        """Let an agency fetch its tickets."""
        handed = self.world.bao.layout.seal_dir / "agencies" / f"{name}.json"
        given = ("--credentials", handed, "--authority", self.folder / "tls" / "ca.pem")
        return self.agency(name, "tickets", "--centre", self.address, *given)

    def resolve(self, name, case, *more, source=None):
        """Let an agency find a ticket's rows in its list."""
        of_list = ("--programme", PROGRAMMES[name], "--period", "2026-03", "--regency", "18.71")
        kept = self.world.home(name) / "tickets" / f"{case}.ticket"
        secret = ("--passphrase-file", self.world.folder / "passphrase", "--out", self.folder / f"found-{name}")
        return self.agency(
            name, "resolve", kept, "--source", source or self.world.workbook(name), *of_list, *secret, *more
        )

    def seal_log(self):
        sequencer.seal(self.world.centre, ORIGIN)


@pytest.fixture(scope="module")
def place(world, tmp_path_factory):
    folder = tmp_path_factory.mktemp("desks")
    ensure_certificate(folder / "tls", dt.datetime.now(dt.UTC))
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    config = uvicorn.Config(
        world.app, lifespan="off", log_config=None, ssl_certfile=folder / "tls" / "server.pem",
        ssl_keyfile=folder / "tls" / "server.key",
    )  # fmt: skip
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    made = Place(world, f"https://127.0.0.1:{listener.getsockname()[1]}", folder)
    _enrol(made)
    yield made
    server.should_exit = True
    thread.join()
    listener.close()


def _enrol(place):
    """Set the officers' desks up; each has the log's key from elsewhere."""
    world = place.world
    with world.bao.session("log") as session:
        (place.folder / "log.verifier").write_text(Verifier(ORIGIN, signing_key(session, "log").public).encode())
    for name in ("ani", "budi", "citra"):
        arguments = [
            "officer", "enrol", "--name", name, "--centre", place.address, "--vault", world.bao.address,
            "--centre-authority", place.folder / "tls" / "ca.pem", "--vault-authority", world.bao.ca_file,
            "--log-key", place.folder / "log.verifier", "--home", place.folder / name,
            "--passphrase-file", world.folder / "passphrase",
            *(part for each in PROGRAMMES for part in ("--agency", world.home(each) / "card.json")),
        ]  # fmt: skip
        assert cli.main([str(each) for each in arguments]) == 0


@pytest.fixture(autouse=True)
def _today(world):
    yield
    world.clock.ahead = dt.timedelta()


def said(capsys):
    return json.loads(capsys.readouterr().out)


def refused(place, capsys, name, command, *more):
    """Return the code with which a command was refused."""
    capsys.readouterr()
    assert place.officer(name, command, *more) == cli.REFUSED
    return re.search(r"^[A-Z]+_[A-Z_]+", capsys.readouterr().err, re.MULTILINE)[0]


def opened(place, capsys, *more, persons=1):
    """Open a case as Citra, and let its entry come under a checkpoint."""
    capsys.readouterr()
    who = [f"{each:016x}" for each in place.world.persons[:persons]]
    basics = ("--purpose", "double-payment", "--basis", "public-task")
    assert place.officer("citra", "open", *who, *(more or basics)) == 0
    case = said(capsys)["case"]
    place.seal_log()
    return case


def released(place, capsys, *more, persons=1):
    case = opened(place, capsys, *more, persons=persons)
    for name in ("ani", "budi"):
        assert place.officer(name, "approve", case, "--yes") == 0
    assert place.officer("citra", "release", case) == 0
    capsys.readouterr()
    return case


ANSWERED = ("--purpose", "double-payment", "--basis", "public-task", "--answers")


def test_a_case_goes_from_an_officer_over_two_approvers_to_the_agency_s_own_rows_and_back(place, capsys, monkeypatch):
    case = opened(place, capsys, *ANSWERED, persons=2)
    assert refused(place, capsys, "citra", "approve", case) == "ACCESS_DENIED"
    monkeypatch.setattr("builtins.input", lambda _: "no")
    assert refused(place, capsys, "ani", "approve", case) == "NOT_CONFIRMED"
    assert refused(place, capsys, "citra", "release", case) == "CASE_NOT_APPROVED"
    monkeypatch.setattr("builtins.input", lambda _: "yes")
    assert place.officer("ani", "approve", case) == 0
    told = capsys.readouterr()
    assert json.loads(told.out)["approved"] is False
    for words in ("4 reference(s) of 2 person(s)", "double-payment", place.world.id("citra"), "may answer"):
        assert words in " ".join(told.err.split())
    assert place.officer("ani", "approve", case, "--yes") == 0
    assert said(capsys)["approved"] is False
    assert place.officer("budi", "approve", case, "--yes") == 0
    assert said(capsys)["approved"] is True
    assert place.officer("citra", "release", case) == 0
    assert said(capsys)["agencies"] == ["baznas", "dinsos"]
    assert refused(place, capsys, "citra", "release", case) == "CASE_RELEASED"
    found = {name: resolved(place, capsys, name, case, "--answer", "--centre", place.address) for name in PROGRAMMES}
    niks = [[row[4] for row in found[name][1:]] for name in PROGRAMMES]
    assert niks[0] == niks[1] and len(niks[0]) == 2
    unlock = ("--passphrase-file", place.world.folder / "passphrase", "--out", place.folder / "answers")
    assert place.officer("citra", "answers", case, *unlock) == 0
    answers = said(capsys)["answers"]
    assert {name: rows_of(each["path"]) for name, each in answers.items()} == found


def resolved(place, capsys, name, case, *more):
    """Fetch and resolve a ticket; return the workbook's rows, which are those of the agency's own list."""
    assert place.fetch(name) == 0
    capsys.readouterr()
    assert place.resolve(name, case, *more) == 0
    screen = capsys.readouterr()
    found = json.loads(screen.out)
    listed, written = rows_of(place.world.workbook(name)), rows_of(found["written"][0])
    assert written[0] == ["file", "sheet", "row", "No", "NIK", "Nama", "Tanggal Lahir", "JK"]
    assert [row[3:] for row in written[1:]] == [listed[each["row"] - 1] for each in found["rows"]]
    assert found["missing"] == 0 and {each["sheet"] for each in found["rows"]} == {"Penerima"}
    # The screen says where rows stand: a person's number or name is in the workbook alone.
    assert not any(row[at] in screen.out + screen.err for row in written[1:] for at in (4, 5))
    return written


def rows_of(path):
    """Return a workbook's rows as text, an empty row as an empty list."""
    sheet = openpyxl.load_workbook(path).worksheets[0]
    return [[str(cell) for cell in row if cell is not None] for row in sheet.iter_rows(values_only=True)]


class TestMaliciousService:
    """Whatever the service tells an approver, she approves what is logged and what the vault holds, or nothing."""

    def test_one_that_asks_the_vault_for_others_than_it_logs_is_refused(self, place, capsys, monkeypatch):
        with Session(place.world.centre.store) as session:
            found = service_cases.references.of_persons(place.world.centre, session, place.world.persons[4:5])
        real = gated.ask
        monkeypatch.setattr(gated, "ask", lambda login, _: real(login, found.pop().ciphertext))
        case = opened(place, capsys)
        monkeypatch.undo()
        assert refused(place, capsys, "ani", "approve", case, "--yes") == "CASE_NOT_IN_MANIFEST"
        assert approvals(place, case) == set()

    def test_one_that_shows_another_case_than_it_logged_is_refused(self, place, capsys):
        case, other = opened(place, capsys), opened(place, capsys, persons=3)
        with Session(place.world.centre.store) as session, session.begin():
            mine, theirs = (requests_of(session, each) for each in (case, other))
            spare = next(each for each in theirs if each.digest not in {every.digest for every in mine})
            mine[0].accessor = spare.accessor
            extra = CaseRequest(case=number(case), digest=spare.digest, agency=spare.agency, accessor=spare.accessor)
        assert refused(place, capsys, "ani", "approve", case, "--yes") == "CASE_NOT_AS_LOGGED"
        with Session(place.world.centre.store) as session, session.begin():
            session.add(extra)
        assert refused(place, capsys, "budi", "approve", case, "--yes") == "CASE_NOT_AS_LOGGED"
        assert approvals(place, other) == set()

    def test_one_that_shows_the_entry_of_another_case_is_refused(self, place, capsys):
        case, other = opened(place, capsys), opened(place, capsys)
        with Session(place.world.centre.store) as session, session.begin():
            session.get_one(Case, number(case)).entry = session.get_one(Case, number(other)).entry
        assert refused(place, capsys, "ani", "approve", case, "--yes") == "CASE_NOT_LOGGED"

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            (lambda proof: replace(proof, entry=proof.entry.replace("double-payment", "citizen-request")), "LOG_PROOF"),
            (lambda proof: replace(proof, index=0), "LOG_PROOF"),
            (lambda proof: replace(proof, checkpoint=proof.checkpoint.replace(ORIGIN, "lapis/other/log")),
             "LOG_CHECKPOINT"),
            (lambda proof: replace(proof, continues=proof.continues[1:] or ("00" * 32,)), "LOG_PROOF"),
        ],
    )  # fmt: skip
    def test_one_whose_entry_is_not_in_the_log_is_refused(self, place, capsys, monkeypatch, change, code):
        from api.services import proofs

        known = opened(place, capsys)
        assert place.officer("ani", "approve", known, "--yes") == 0
        case, real = opened(place, capsys), proofs.of_entry
        monkeypatch.setattr(proofs, "of_entry", lambda *given: change(real(*given)))
        assert refused(place, capsys, "ani", "approve", case, "--yes") == code
        assert approvals(place, case) == set()

    def test_one_that_never_signs_the_entry_is_refused_in_the_end(self, place, capsys, monkeypatch):
        monkeypatch.setattr(casework, "PATIENCE", 0.0)
        monkeypatch.setattr(Place, "seal_log", lambda _: None)
        case = opened(place, capsys)
        assert refused(place, capsys, "ani", "approve", case, "--yes") == "LOG_NOT_YET"


def number(case):
    return int(case.removeprefix("case-"))


def requests_of(session, case):
    return session.exec(select(CaseRequest).where(CaseRequest.case == number(case))).all()


def approvals(place, case):
    """Return who has approved anything of a case, as the vault says."""
    with Session(place.world.centre.store) as session, person(place.world.bao, "ani") as approver:
        accessors = [each.accessor for each in requests_of(session, case)]
        return {who for each in accessors for who in gated.look(approver, each).approvers}


def test_a_log_that_is_shorter_than_she_saw_it_is_refused():
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.generate()
    verifier, entry = Verifier(ORIGIN, key.public_key().public_bytes_raw()), b"{}"
    note = checkpoint.sign(Checkpoint(ORIGIN, 1, leaf_hash(entry)), verifier, key.sign)
    proof = {"entry": "{}", "index": 0, "path": [], "checkpoint": note, "continues": []}
    with pytest.raises(LogError, match="LOG_ROLLED_BACK"):
        approval.read("case-1", proof, verifier, Checkpoint(ORIGIN, 2, bytes(32)))
    with pytest.raises(LapisError, match="CASE_NOT_LOGGED"):
        approval.read("case-1", proof, verifier, None)


def test_her_own_case_and_one_that_is_over_are_not_hers_to_approve():
    now = dt.datetime.now(dt.UTC)
    made = approval.Statement(
        "case-1", "ani", now, now + dt.timedelta(hours=1), "double-payment", "public-task", False, 1, 2, None, "", ()
    )
    approval.check(made, "budi", now)
    with pytest.raises(LapisError, match="CASE_SELF_APPROVED"):
        approval.check(made, "ani", now)
    with pytest.raises(LapisError, match="CASE_EXPIRED"):
        approval.check(made, "budi", made.expires)


def test_a_refused_case_is_not_released(place, capsys):
    case = opened(place, capsys)
    assert place.officer("budi", "refuse", case, "--reason", "too-many") == 0
    assert said(capsys)["refused_for"] == "too-many"
    assert refused(place, capsys, "citra", "release", case) == "CASE_REFUSED"


def test_an_urgent_case_stands_among_the_alerts_until_it_is_reviewed(place, capsys):
    urgent = ("--purpose", "vital-interest", "--basis", "vital-interest", "--hours", "4", "--urgent")
    case = opened(place, capsys, *urgent)

    def alerts():
        assert place.officer("ani", "alerts") == 0
        return {each["code"] for each in said(capsys)["alerts"] if each["case"] == case}

    assert alerts() == {"URGENT_CASE"}
    place.world.clock.ahead = dt.timedelta(hours=25)
    assert alerts() == {"URGENT_CASE", "REVIEW_OVERDUE"}
    assert place.officer("ani", "review", case, "--verdict", "not-justified") == 0
    assert said(capsys)["verdict"] == "not-justified" and alerts() == set()
    assert place.officer("ani", "cases") == 0
    assert case in [each["case"] for each in said(capsys)["cases"]]


def test_another_agency_s_ticket_opens_nowhere_else_and_none_after_its_end(place, capsys, monkeypatch):
    case = released(place, capsys)
    for name in PROGRAMMES:
        assert place.fetch(name) == 0
    kept = [place.world.home(name) / "tickets" / f"{case}.ticket" for name in PROGRAMMES]
    assert place.resolve("baznas", case) == 0
    mine = kept[0].read_bytes()
    kept[0].write_bytes(kept[1].read_bytes())
    capsys.readouterr()
    assert place.resolve("baznas", case) == cli.REFUSED
    kept[0].write_bytes(mine)
    monkeypatch.setattr("time.time", lambda: dt.datetime.now(dt.UTC).timestamp() + 73 * 3600)
    assert place.resolve("baznas", case) == cli.REFUSED
    assert capsys.readouterr().err.count("TICKET_INVALID") == 2


def test_an_agency_that_does_not_find_all_is_told_which_of_its_lists_had_the_rest_and_answers_only_if_it_insists(
    place, capsys
):
    case = released(place, capsys, *ANSWERED, persons=2)
    assert place.fetch("baznas") == 0
    later = place.folder / "later.xlsx"
    shutil.copyfile(place.world.workbook("dinsos"), later)
    sent = ("--answer", "--centre", place.address)
    wrong = ("--period", "2026-04")
    capsys.readouterr()
    assert place.resolve("baznas", case, *wrong, *sent) == cli.REFUSED
    assert "TICKET_PARTLY" in capsys.readouterr().err
    arguments = ["agency", "resolve", place.world.home("baznas") / "tickets" / f"{case}.ticket", "--source", later,
                 "--programme", "ZAKAT", "--period", "2026-04", "--passphrase-file", place.world.folder / "passphrase",
                 "--home", place.world.home("baznas")]  # fmt: skip
    assert cli.main([str(each) for each in arguments]) == cli.REFUSED
    assert "baznas.xlsx" in capsys.readouterr().out
    assert place.resolve("baznas", case, *wrong, *sent, "--partly") == cli.REFUSED
    assert said(capsys)["answered"]


def test_an_answer_in_another_agency_s_name_is_not_opened(place, capsys):
    from api.store import CaseAnswer

    case = released(place, capsys, *ANSWERED)
    key = bytes.fromhex(desk.answer_key(place.folder / "citra"))
    forged = answer.seal(found_rows.pack([]), case, key, place.world.ring("dinsos"))
    with Session(place.world.centre.store) as session, session.begin():
        now = place.world.clock()
        session.add(CaseAnswer(case=number(case), agency="baznas", sealed=forged.decode(), given_at=now))
    unlock = ("--passphrase-file", place.world.folder / "passphrase", "--out", place.folder / "forged")
    assert place.officer("citra", "answers", case, *unlock) == cli.REFUSED
    assert said(capsys) == {"answers": {}, "refused": {"baznas": "ANSWER_INVALID"}}


def test_a_card_from_before_tickets_is_said_to_be_old(place, capsys, tmp_path):
    home = tmp_path / "agency"
    shutil.copytree(place.world.home("baznas"), home)
    card = files.card(home / "centre.json", CentreCard)
    (home / "centre.json").write_text(cards.dump(replace(card, ticket_key="")))
    (tmp_path / "any.ticket").write_bytes(b"{}")
    arguments = ["agency", "resolve", tmp_path / "any.ticket", "--source", place.world.workbook("baznas"),
                 "--home", home, "--passphrase-file", place.world.folder / "passphrase"]  # fmt: skip
    assert cli.main([str(each) for each in arguments]) == cli.REFUSED
    assert "CARD_OLD" in capsys.readouterr().err


ROWS = st.builds(
    found_rows.FoundRow, st.text(max_size=5),
    st.builds(Row, st.text(max_size=5), st.integers(1, 9), *2 * [st.lists(st.text(max_size=9), max_size=3).map(tuple)]),
)  # fmt: skip


@given(st.lists(ROWS, max_size=4))
def test_packed_rows_come_back_as_they_were(rows):
    assert found_rows.unpack(found_rows.pack(rows)) == rows


@given(st.binary(max_size=100))
def test_no_bytes_of_a_stranger_are_taken_for_rows(stranger):
    with pytest.raises(LapisError, match="ANSWER_FORM"):
        found_rows.unpack(stranger)


def test_a_small_answer_does_not_become_a_huge_one():
    import zlib

    with pytest.raises(LapisError, match="ANSWER_FORM"):
        found_rows.unpack(zlib.compress(b'{"version": 1, "rows": ["' + b"a" * 2 * found_rows.MOST + b'"]}', 9))


def test_a_cell_that_looks_like_a_formula_is_written_as_text_and_no_file_is_replaced(tmp_path):
    row = found_rows.FoundRow("a.xlsx", Row("S", 3, ("Nama",), ("=1+1",)))
    first, second = (found_rows.write(tmp_path / "rows.xlsx", [row]) for _ in range(2))
    assert first != second and first.stat().st_mode & 0o077 == 0
    cell = openpyxl.load_workbook(first).worksheets[0].cell(2, 4)
    assert (cell.value, cell.data_type) == ("=1+1", "s")


def test_the_command_offers_the_purposes_and_bases_of_the_rules():
    rules = load_access_rules()
    assert set(casework.PURPOSES) <= set(rules.purposes) and rules.bases == casework.BASES

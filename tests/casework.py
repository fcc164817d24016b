"""A world with a case in it: a real centre and vault, two agencies with real workbooks, and one service."""

import datetime as dt
import json
import os
from dataclasses import dataclass, replace
from pathlib import Path

import jwt
import pytest
import xlsxwriter
from fastapi.testclient import TestClient
from sqlmodel import Session, select

from api.access import Verifier
from api.app import create_app
from api.services import enrol, ingest, link
from api.store import Content, Membership, PendingEntry
from linkage import identity
from linkage.encoding import CentreCard, EnrolmentCard, EpochCard, cards, keyring, tokeniser
from linkage.encoding.tokeniser import AgencySecrets
from linkage.identity import Defaults
from scripts import cli, files, sealing, tokenising
from tests import conftest
from tests.api.conftest import open_centre, people, silent
from tests.api.http.conftest import serve
from tests.conftest import AGENCIES, person
from tests.scripts.desks import AGREED
from vault import Credentials, identity_token, issuer, jwks, login_agency, public_key, signing_key
from vault import cases as gated
from vault.logins import AUDIENCE

PASSPHRASE = "correct horse battery"
ASKED = {"purpose": "double-payment", "basis": "public-task"}
VITAL = {"purpose": "vital-interest", "basis": "vital-interest"}
ORIGIN = "lapis/tests/log"
ROWS = {"baznas": 8, "dinsos": 5}
"""Everyone on the shorter list is on the longer one too."""
PROGRAMMES = {"baznas": "ZAKAT", "dinsos": "PKH"}


@dataclass
class Clock:
    """The centre's time, which tests move."""

    ahead: dt.timedelta = dt.timedelta()

    def __call__(self):
        return dt.datetime.now(dt.UTC) + self.ahead


@dataclass(frozen=True)
class World:
    """The parts, and who speaks to them; `persons` are on both agencies' lists."""

    bao: object
    folder: Path
    centre: object
    clock: Clock
    client: TestClient
    app: object
    persons: tuple
    officer: object
    tokens: dict

    def home(self, name):
        """Return an agency's folder."""
        return self.folder / name

    def workbook(self, name):
        """Return an agency's own list."""
        return self.folder / f"{name}.xlsx"

    def bearer(self, name):
        """Return the header of whom the vault vouches for: an officer or an agency."""
        if name not in self.tokens:
            with (conftest.agency if name in AGENCIES else person)(self.bao, name) as session:
                self.tokens[name] = identity_token(session)
        return {"Authorization": f"Bearer {self.tokens[name]}"}

    def id(self, name):
        """Return the vault's id of somebody."""
        self.bearer(name)
        return jwt.decode(self.tokens[name], options={"verify_signature": False})["sub"]

    def ask(self, name, method, path, **more):
        """Make a request as somebody."""
        return self.client.request(method, f"/v1{path}", headers=self.bearer(name), **more)

    def open(self, count=1, hours=72, asked=ASKED, **more):
        """Open a case about some of the persons, as Citra."""
        body = {"persons": [f"{each:016x}" for each in self.persons[:count]], "hours": hours, **more}
        return self.ask("citra", "POST", "/cases", params=asked, json=body)

    def opened(self, **more):
        """Open a case and return its name."""
        answer = self.open(**more)
        assert answer.status_code == 201, answer.text
        return answer.json()["case"]

    def approve(self, name, case):
        """Approve in the vault, with the approver's own login; return how many requests have all approvals."""
        shown = self.ask("ani", "GET", f"/cases/{case}").json()["asked"]
        with person(self.bao, name) as session:
            digests = [bytes.fromhex(each["digest"]) for each in shown]
            return gated.approve(session, [each["accessor"] for each in shown], digests, self.id(name))

    def release(self, case):
        """Ask for the release, as Citra."""
        return self.ask("citra", "POST", f"/cases/{case}/release")

    def released(self, **more):
        """Take a case to its release and return its name."""
        case = self.opened(**more)
        for name in ("ani", "budi"):
            self.approve(name, case)
        answer = self.release(case)
        assert answer.status_code == 200, answer.text
        return case

    def entries(self, *codes):
        """Return the log's entries with these codes."""
        with Session(self.centre.store) as session:
            bodies = [json.loads(each) for each in session.exec(select(PendingEntry.body).order_by(PendingEntry.id))]
        return [each for each in bodies if each["code"] in codes]

    def refs(self, name):
        """Return an agency's references of its own list, row by row."""
        held = sealing.open_agency(self.home(name), PASSPHRASE)
        reading = identity.read_records(self.workbook(name).read_bytes(), f"{name}.xlsx", defaults(name))
        return tokeniser.references(reading.records, AgencySecrets(held.epoch.key, held.ring.ref_key)).to_pylist()

    def ring(self, name):
        """Return an agency's keyring."""
        return keyring.open_((self.home(name) / "keyring.box").read_bytes(), PASSPHRASE)

    def ticket_key(self):
        """Return the public half of the key of tickets."""
        with self.bao.session("release") as session:
            return signing_key(session, "ticket").public


def defaults(name):
    """Return what an agency says of its whole list."""
    return Defaults(programme=PROGRAMMES[name], period="2026-03", regency="18.71")


def write(path, table):
    """Write a list as an agency keeps it: a title, a header, and a row a person."""
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Penerima")
        sheet.write_string(0, 0, "DAFTAR PENERIMA")
        for at, title in enumerate(("No", "NIK", "Nama", "Tanggal Lahir", "JK")):
            sheet.write_string(2, at, title)
        for number, row in enumerate(table.to_pylist(), 1):
            day = row["birth_date"].strftime("%d-%m-%Y")
            for at, text in enumerate((str(number), row["nik"], row["name"], day, row["sex"])):
                sheet.write_string(2 + number, at, text)


def run(*arguments):
    """Run a command that must succeed."""
    assert cli.main([str(each) for each in arguments]) == 0, arguments


def _agencies(folder, card):
    """Enrol the custodian and the agencies by their own commands."""
    secret = folder / "passphrase"
    secret.write_text(PASSPHRASE)
    unlock = ("--passphrase-file", secret)
    (folder / "centre.json").write_text(cards.dump(card))
    custodian = ("--home", folder / "custodian", *unlock)
    run("custodian", "init", "--name", "Kominfo", *custodian)
    for name in ROWS:
        keys = ("--centre", folder / "centre.json", "--custodian", folder / "custodian" / "card.json")
        run("agency", "enrol", "--id", name, "--name", name.title(), *keys, "--home", folder / name, *unlock)
    each = [part for name in ROWS for part in ("--agency", folder / name / "card.json")]
    for name in ROWS:
        run("custodian", "agreement", folder / name / "card.json", *AGREED, "--document", secret, "--home",
            folder / "custodian")  # fmt: skip
    run("custodian", "epoch", "2026-1", *each, "--out", folder / "out", *custodian)
    for name in ROWS:
        run("agency", "epoch", folder / "out" / f"2026-1.{name}.bundle", "--home", folder / name, *unlock)


def _lists(folder, centre):
    """Let each agency write, tokenise and send its list; link them."""
    enrol.register_epoch(centre.store, files.card(folder / "out" / "2026-1.epoch.json", EpochCard))
    for name, rows in ROWS.items():
        enrol.register_agency(centre.store, files.card(folder / name / "card.json", EnrolmentCard), centre.clock())
        write(folder / f"{name}.xlsx", people(rows))
        held = sealing.open_agency(folder / name, PASSPHRASE)
        made = tokenising.tokenise(held, folder / f"{name}.xlsx", defaults(name))
        assert made.submitted == rows
        ingest.ingest(centre, Path(made.path), silent)
    link.link(centre, silent)


def _issue(bao):
    def issue(identity_, secret):
        with login_agency(bao.address, bao.ca_file, Credentials(identity_, secret)) as session:
            return identity_token(session)

    return issue


@pytest.fixture(scope="module")
def world(bao, tmp_path_factory):
    """The world of a module's tests; each opens cases of its own in it."""
    folder = tmp_path_factory.mktemp("world")
    (folder / "centre" / "filters").mkdir(parents=True)
    clock = Clock()
    centre = replace(open_centre(folder / "centre", bao.session), clock=clock)
    with bao.session("ingest") as ingest_, bao.session("release") as release:
        wrap, tickets = public_key(ingest_, "ingest"), signing_key(release, "ticket")
    _agencies(folder, CentreCard("pmo", wrap.version, wrap.pem, tickets.public.hex()))
    _lists(folder, centre)
    verifier = Verifier(
        lambda: issuer(bao.address), frozenset({AUDIENCE}), lambda: jwks(bao.address, bao.ca_file),
        lambda: dt.datetime.now(dt.UTC),
    )  # fmt: skip
    app = create_app(serve(centre, folder / "inbox", verifier=verifier, issue=_issue(bao)))
    client = TestClient(app, raise_server_exceptions=False)
    officer = keyring.create("citra", "Citra", os.urandom)
    yield World(bao, folder, centre, clock, client, app, _shared(centre), officer, {})
    centre.store.dispose()


def _shared(centre):
    with Session(centre.store) as session:
        rows = session.exec(
            select(Membership.person, Content.agency).join(Content, Content.record == Membership.record)
        ).all()
    agencies = {}
    for each, name in rows:
        agencies.setdefault(each, set()).add(name)
    found = tuple(sorted(each for each, names in agencies.items() if len(names) == len(ROWS)))
    assert len(found) == min(ROWS.values())
    return found

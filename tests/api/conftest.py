"""A custodian, agencies and a centre, each in a folder of its own, around the one real vault of the run."""

import datetime as dt
import hashlib
import os
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from api.centre import Centre
from api.services import enrol
from api.store import open_store
from linkage.encoding import CentreCard, Secret, epoch, keyring, submission, tokeniser
from linkage.encoding.envelope import Header, SealedWriter
from linkage.encoding.tokeniser import AgencySecrets
from linkage.identity import programme_codes
from policies.linkage_policies import load_linkage_policy
from tests.encoding.conftest import records
from vault import public_key

__all__ = ["records"]

POLICY = load_linkage_policy("lampung")
EPOCH = epoch.make("2026-1", os.urandom)
AGENCIES = {name: keyring.create(name, name.title(), os.urandom) for name in ("baznas", "desa", "csr")}


@dataclass(frozen=True)
class Desk:
    """One agency's means to submit; fields can be replaced to make a wrong submission."""

    folder: Path
    ring: keyring.Keyring
    centre: CentreCard
    epoch: object = EPOCH
    policy: object = POLICY

    def submit(self, table, name="list", tamper=None):
        """Write the submission of a table of records and return its path."""
        secrets = AgencySecrets(self.epoch.key, self.ring.ref_key)
        path = self.folder / f"{self.ring.party}-{name}.lapis"
        content_key = Secret(os.urandom(32))
        header = Header(
            self.ring.party,
            self.policy.hash,
            self.epoch.epoch,
            self.epoch.card.check,
            self.centre.ingest_key,
            self.centre.wrap(content_key),
        )
        with path.open("wb") as file:
            writer = SealedWriter(file, header, content_key, self.ring.signing_key)
            tables = tokeniser.encode(table, tokeniser.references(table, secrets), self.policy, secrets)
            if tamper:
                tables = map(tamper, tables)
            submission.write(tables, self.policy, tokeniser.statistics(table), writer)
            writer.finish()
        return path

    def but(self, **changes):
        """Return this desk with some fields changed."""
        return replace(self, **changes)


DATABASES = ("sqlite", "postgresql")


def pytest_generate_tests(metafunc):
    """Run what asks for the store on the databases that it is marked for; else services on both, routes as asked."""
    if "database" in metafunc.fixturenames:
        marked = [name for name in DATABASES if metafunc.definition.get_closest_marker(name)]
        routes = {"http", "browser"} & {*metafunc.module.__name__.split(".")}
        usual = metafunc.config.getoption("routes_on").split(",") if routes else DATABASES
        metafunc.parametrize("database", marked or usual, indirect=True)


@pytest.fixture(scope="session")
def migrated(tmp_path_factory):
    """A migrated store that stays empty: each test's own is a copy of it, as on PostgreSQL."""
    path = tmp_path_factory.mktemp("migrated") / "store.sqlite"
    open_store(path).dispose()
    return path


@pytest.fixture
def database(request, tmp_path):
    """Where a fresh store is: a path, or the address of a database that goes away afterwards."""
    if request.param == "sqlite":
        shutil.copyfile(request.getfixturevalue("migrated"), tmp_path / "store.sqlite")
        yield tmp_path / "store.sqlite"
        return
    cluster = request.getfixturevalue("postgres")
    address = cluster.fresh()
    yield address
    cluster.drop(address)


def open_centre(home, login):
    """Return the centre in a folder, as any process opens it."""
    named = home / "database"
    return Centre(
        store=open_store(named.read_text() if named.exists() else home / "store.sqlite"),
        filters=home / "filters",
        lock=home / "ingest.lock",
        policy=POLICY,
        programmes=frozenset(programme_codes()),
        login=login,
        clock=lambda: dt.datetime(2026, 3, 1, tzinfo=dt.UTC),
        entropy=os.urandom,
    )


@pytest.fixture
def centre(bao, tmp_path, database):
    """An empty centre with the three agencies and the epoch registered."""
    home = tmp_path / "centre"
    (home / "filters").mkdir(parents=True)
    if isinstance(database, str):
        (home / "database").write_text(database)
    else:
        database.rename(home / "store.sqlite")
    made = open_centre(home, bao.session)
    for ring in AGENCIES.values():
        enrol.register_agency(made.store, ring.card(), made.clock())
    enrol.register_epoch(made.store, EPOCH.card)
    yield made
    made.store.dispose()


@pytest.fixture
def desks(bao, tmp_path):
    """The agencies' desks, by name."""
    with bao.session("ingest") as session:
        key = public_key(session, "ingest")
    folder = tmp_path / "agencies"
    folder.mkdir()
    card = CentreCard("pmo", key.version, key.pem)
    return {name: Desk(folder, ring, card) for name, ring in AGENCIES.items()}


def people(count, start=0, **changes):
    """Make a table of records of `count` different people."""
    rows = []
    for at in range(start, start + count):
        day = dt.date(1945, 1, 1) + dt.timedelta(days=at * 7_919 % 27_000)
        digest = hashlib.sha256(str(at).encode()).digest()
        first, last = ("".join(chr(65 + octet % 26) for octet in part) for part in (digest[:7], digest[7:14]))
        rows.append(
            {
                "nik": f"187101{day.day + 40:02}{day:%m%y}{9000 + at % 999:04}",
                "kk": f"187101010120{9000 + at // 4 % 999:04}",
                "name": f"{first} {last}",
                "birth_date": day,
                "nik_birth_date": day,
                **changes,
            }
        )
    return records(*rows)


def silent(_stage, _done, _total):
    """Report nothing."""


def count(centre, *tables):
    """Return how many rows the store has of each table."""
    from sqlmodel import Session, func, select

    with Session(centre.store) as session:
        return tuple(session.exec(select(func.count()).select_from(table)).one() for table in tables)

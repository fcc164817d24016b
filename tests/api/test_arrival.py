"""A stolen store after a link: its very bytes do not tell which cells and tokens came with which list."""

import itertools

import pytest
from sqlalchemy import text
from sqlmodel import Session, select

from api.services import ingest, link
from api.store import Cell, Token, engine
from tests.api.conftest import people, silent

pytestmark = pytest.mark.sqlite
PAGE = 4_096


def values(centre):
    """Return the stored tokens of cells and of people, each under the name of its table."""
    with Session(centre.store) as session:
        return {
            "cell": set(session.exec(select(Cell.token)).all()),
            "token": set(session.exec(select(Token.nik)).all()) - {None},
        }


@pytest.fixture
def later(centre, desks):
    """A long list, then a short one: return what came with the second, by table."""
    ingest.ingest(centre, desks["baznas"].submit(people(1_500)), silent)
    before = values(centre)
    ingest.ingest(centre, desks["desa"].submit(people(150, start=1_500)), silent)
    return {table: found - before[table] for table, found in values(centre).items()}


def by_log(centre, table, later):
    """Say how well lists are told by where a token first stands in the write-ahead log: .5 is nothing, 1 all."""
    raw = (centre.lock.parent / "store.sqlite-wal").read_bytes()
    return _told([[(-raw.find(token), token in later) for token in values(centre)[table] if token in raw]])


def by_page(centre, table, later):
    """Say the same of where tokens lie in their pages, which SQLite fills from the end, whatever the order of keys."""
    raw = (centre.lock.parent / "store.sqlite").read_bytes()
    pages = {}
    for token in values(centre)[table]:
        at = raw.find(token)
        while at >= 0:
            pages.setdefault(at // PAGE, []).append((at, token in later))
            at = raw.find(token, at + 1)
    return _told(pages.values())


def by_number(centre, table, later):
    """Say the same of the order in which a table hands out its rows unasked."""
    with centre.store.connect() as connection:
        column = {"cell": "token", "token": "nik"}[table]
        found = connection.execute(text(f"SELECT {column} FROM {table} NOT INDEXED")).scalars().all()
    return _told([[(-at, value in later) for at, value in enumerate(found)]])


def _told(groups):
    right = pairs = 0
    for group in groups:
        early, late = ([at for at, is_late in group if is_late is wanted] for wanted in (False, True))
        right += sum(one > other for one, other in itertools.product(early, late))
        pairs += len(early) * len(late)
    return right / pairs if pairs else 0.5


@pytest.mark.parametrize("table", ["cell", "token"])
def test_before_a_link_the_log_tells_which_list_came_first(table, centre, later):
    assert by_log(centre, table, later[table]) > 0.95


def test_while_somebody_reads_a_link_says_that_the_log_still_tells(centre, later, monkeypatch):
    monkeypatch.setattr(engine, "BUSY_MILLISECONDS", 50)
    with centre.store.connect() as reader:
        reader.execute(text("BEGIN"))
        reader.execute(text("SELECT count(*) FROM cell"))
        assert not engine.forget_arrival(centre.store)
    assert engine.forget_arrival(centre.store)
    assert by_log(centre, "cell", later["cell"]) == 0.5


@pytest.mark.parametrize("attack", [by_log, by_page, by_number])
@pytest.mark.parametrize("table", ["cell", "token"])
def test_after_a_link_nothing_does(attack, table, centre, later):
    link.link(centre, silent)
    assert 0.4 < attack(centre, table, later[table]) < 0.6

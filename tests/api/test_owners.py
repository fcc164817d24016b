"""Asking the owners: each about its own row, late and seldom; what they answer holds, and what others say does not."""

import datetime as dt
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlmodel import Session, select

from api.centre import Bounds
from api.errors import ServiceError
from api.services import enrol, feedback, ingest, link, owners, reviews, unlinking
from api.services.owners import Told, Word
from api.services.reviews import Said
from api.store import Content, Decision, OwnerQuestion, Review, ReviewOpinion, SubjectRequest
from linkage.encoding import epoch
from tests.api.conftest import count, people, silent
from tests.api.test_campaigns import act, refs
from tests.api.test_reviews import persons
from tests.api.test_withdrawal import withdraw

SUNDAY, MONDAY = (dt.datetime(2026, 3, day, tzinfo=dt.UTC) for day in (1, 2))
PAID = {"programme": "PKH", "period": "2026-03", "amount": 300_000}
NEXT = epoch.make("2026-2", lambda count: bytes([9]) * count)


def others_names(rows, **changes):
    """The same numbers under other people's names."""
    names = people(rows, start=500)["name"]
    return people(rows, **changes).set_column(people(1).schema.get_field_index("name"), "name", names)


TABLES = {"baznas": people(60, **PAID), "csr": others_names(6, **PAID)}


@pytest.fixture
def doubted(centre, desks):
    """Two lists on which six NIKs stand beside two names each: these pairs wait. It is Sunday."""
    for name, table in TABLES.items():
        ingest.ingest(centre, desks[name].submit(table), silent)
    link.link(centre, silent)
    return centre


def at(centre, now, **bounds):
    return replace(centre, clock=lambda: now, bounds=Bounds(**bounds))


def pairs(centre):
    with Session(centre.store) as session:
        return [(each.left, each.right) for each in reviews.waiting(session, 100)]


def told(centre, desks, name):
    """Return the questions that an agency is told on Monday, as words still to be answered."""
    asked = refs(desks[name], TABLES[name])
    found = act(at(centre, MONDAY), feedback.ask, name, asked)
    assert [word == "confirm" for word in found.rows] == [place in found.questions for place in range(len(asked))]
    return [Word(question, asked[place].as_py(), True) for place, question in found.questions.items()]


def say(centre, name, words, same=True):
    return act(at(centre, MONDAY), owners.answer, name, [replace(word, same=same) for word in words])


def asked(centre):
    pair = pairs(centre)[0]
    act(at(centre, SUNDAY), owners.ask, pair, "citra")
    return pair


def together(centre, pair):
    now = persons(centre)
    return now[pair[0]] == now[pair[1]]


def relink(centre, refit=False):
    link.link(centre, silent, refit=refit)


def test_each_owner_is_told_of_one_row_of_its_own_with_the_next_cut_and_of_nothing_else(doubted, desks):
    asked(doubted)
    early = act(at(doubted, SUNDAY), feedback.ask, "baznas", refs(desks["baznas"], TABLES["baznas"]))
    assert set(early.rows) == {"known"} and not early.questions
    questions = [told(doubted, desks, name) for name in TABLES]
    assert [len(each) for each in questions] == [1, 1]
    # Two agencies that talk to each other cannot tell by the ids that they were asked about one pair.
    assert questions[0][0].question != questions[1][0].question


def test_two_yes_join_in_every_later_link_refit_and_epoch(doubted, desks):
    pair = asked(doubted)
    assert say(doubted, "baznas", told(doubted, desks, "baznas")) == Told(1, 0, 0)
    relink(doubted)
    assert not together(doubted, pair) and pair in pairs(doubted)
    assert say(doubted, "csr", told(doubted, desks, "csr")) == Told(1, 0, 1)
    for refit in (False, True):
        relink(doubted, refit)
        assert together(doubted, pair) and pair not in pairs(doubted)
    enrol.register_epoch(doubted.store, NEXT.card)
    for name, table in TABLES.items():
        receipt = ingest.ingest(doubted, desks[name].but(epoch=NEXT).submit(table, "again"), silent)
        assert receipt.known_rows == receipt.rows
    relink(doubted)
    assert together(doubted, pair)


def test_one_no_parts_and_the_other_is_no_longer_asked(doubted, desks):
    pair = asked(doubted)
    assert say(doubted, "csr", told(doubted, desks, "csr"), same=False) == Told(1, 0, 1)
    assert told(doubted, desks, "baznas") == []
    for refit in (False, True):
        relink(doubted, refit)
        assert not together(doubted, pair) and pair not in pairs(doubted)


def test_silence_leaves_the_pair_where_it_is(doubted, desks):
    pair = asked(doubted)
    for name in TABLES:
        assert len(told(doubted, desks, name)) == 1
    relink(doubted)
    assert pair in pairs(doubted) and not together(doubted, pair)
    assert len(told(doubted, desks, "csr")) == 1


def test_an_agency_cannot_answer_for_another_s_row(doubted, desks):
    """The attack: a stolen question's id, with the other's reference, with one of the thief's own, or with a guess."""
    asked(doubted)
    (mine,), (theirs,) = (told(doubted, desks, name) for name in TABLES)
    stolen = [theirs, replace(theirs, ref=mine.ref), replace(theirs, ref=bytes(32)), replace(mine, question="0" * 32)]
    assert say(doubted, "baznas", stolen) == Told(0, 4, 0)
    other = refs(desks["baznas"], TABLES["baznas"])[59].as_py()
    assert say(doubted, "baznas", [replace(mine, ref=other)]) == Told(0, 1, 0)
    assert count(doubted, Decision) == (0,)


def test_an_answer_counts_once_and_a_replay_changes_nothing(doubted, desks):
    """The attack: say no after yes, twice in one breath, and again after others decided otherwise."""
    pair = asked(doubted)
    words = told(doubted, desks, "baznas")
    assert say(doubted, "baznas", words * 2) == Told(1, 1, 0)
    assert say(doubted, "baznas", words, same=False) == Told(0, 1, 0)
    act(at(doubted, MONDAY), reviews.decide, pair, Said("yes", "asked-outside"), "citra")
    assert say(doubted, "baznas", words, same=False) == Told(0, 1, 0)
    with Session(doubted.store) as session:
        assert session.get(Decision, pair).same
        assert [each.same for each in session.exec(select(OwnerQuestion))] == [True]


def test_before_its_cut_a_question_takes_no_answer(doubted, desks):
    """The attack: whoever learns an id early settles the pair before anybody was told."""
    asked(doubted)
    with Session(doubted.store) as session:
        question = session.exec(select(OwnerQuestion).where(OwnerQuestion.agency == "csr")).one()
    words = [Word(question.id, each.as_py(), False) for each in refs(desks["csr"], TABLES["csr"])]
    assert say(doubted, "csr", words) == Told(0, 6, 0)


def test_a_withdrawn_row_takes_questions_answers_and_opinions_with_it(doubted, desks):
    pair = asked(doubted)
    words = told(doubted, desks, "csr")
    act(at(doubted, MONDAY), reviews.decide, pair, Said("unsure", "cannot-tell"), "citra")
    withdraw(doubted, "csr", refs(desks["csr"], TABLES["csr"]))
    assert count(doubted, OwnerQuestion, ReviewOpinion, Review) == (0, 0, 0)
    assert say(doubted, "csr", words) == Told(0, 1, 0)
    assert told(doubted, desks, "baznas") == []


def test_nobody_is_asked_about_an_erased_persons_row(doubted, desks):
    pair = asked(doubted)
    with Session(doubted.store) as session, session.begin():
        request = SubjectRequest(agency="csr", kind="erasure", channel="counter", received_at=SUNDAY,
                                 registered_at=SUNDAY)  # fmt: skip
        session.add(request)
        session.flush()
        unlinking.act(session, request.id, "erasure", [(pair[0], session.get_one(Content, pair[0]).agency)])
    assert pair not in pairs(doubted)
    assert told(doubted, desks, "csr") == [] == told(doubted, desks, "baznas")


def test_nobody_is_asked_about_rows_that_name_no_payment(centre, desks):
    """The attack: list a guess, and wait until somebody asks about the pair that it makes."""
    ingest.ingest(centre, desks["baznas"].submit(people(60, **PAID)), silent)
    ingest.ingest(centre, desks["csr"].submit(others_names(6, **{**PAID, "amount": None})), silent)
    link.link(centre, silent)
    with pytest.raises(ServiceError, match="REVIEW_UNPAID"):
        act(centre, owners.ask, pairs(centre)[0], "citra")
    with pytest.raises(ServiceError, match="REVIEW_UNKNOWN"):
        act(centre, owners.ask, (1, 2), "citra")


def test_owners_are_asked_once_and_a_cut_tells_no_more_than_people_can_look_at(doubted, desks):
    for pair in pairs(doubted):
        act(at(doubted, SUNDAY), owners.ask, pair, "citra")
        with pytest.raises(ServiceError, match="REVIEW_ASKED"):
            act(at(doubted, SUNDAY), owners.ask, pair, "citra")
    own = refs(desks["csr"], TABLES["csr"])
    weeks = [MONDAY + dt.timedelta(days=7 * week) for week in (0, 0, 1)]
    found = [act(at(doubted, day, rows_a_cut=2), feedback.ask, "csr", own).rows.count("confirm") for day in weeks]
    assert found == [2, 2, 4]


@pytest.mark.postgresql
def test_owners_who_answer_at_one_moment_settle_the_pair(doubted, desks):
    pair = asked(doubted)
    words = {name: told(doubted, desks, name) for name in TABLES}
    ready = threading.Barrier(2)

    def answered(name):
        ready.wait()
        return say(doubted, name, words[name]).settled

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(answered, TABLES)) == 1
    with Session(doubted.store) as session:
        assert session.get(Decision, pair).same


def two_niks(centre, desks):
    """Two paid rows of one person under two NIKs, which wait; found by hand, for the model parts them."""
    with Session(centre.store) as session, session.begin():
        first, second = session.exec(select(Content.record).order_by(Content.record).limit(2)).all()
        run = session.exec(select(Review.run)).first()
        session.add(Review(left=first, right=second, run=run, reason="TWO_NIKS", probability=0.7, two_niks=True))
    return first, second


def test_two_niks_are_joined_by_two_people_and_not_by_one_who_says_it_twice(doubted, desks):
    pair = two_niks(doubted, desks)
    for by in ("citra", "citra"):
        assert act(doubted, reviews.decide, pair, Said("yes", "misspelt"), by) is None
    with Session(doubted.store) as session:
        assert [each.yes for each in reviews.waiting(session, 100) if (each.left, each.right) == pair] == [1]
    made = act(doubted, reviews.decide, pair, Said("yes", "misspelt"), "budi")
    assert made.same and made.by_two
    relink(doubted)
    assert together(doubted, pair)
    assert not act(doubted, reviews.decide, pair, Said("no", "relatives"), "citra").same
    relink(doubted)
    assert not together(doubted, pair)


def test_who_is_unsure_decides_nothing(doubted):
    pair = pairs(doubted)[0]
    assert act(doubted, reviews.decide, pair, Said("unsure", "cannot-tell"), "citra") is None
    assert pair in pairs(doubted) and count(doubted, Decision, ReviewOpinion) == (0, 1)

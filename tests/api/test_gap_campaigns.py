"""Campaigns for people in a gap: whom they concern is what was planted, and nothing is learnt by listing a row."""

import datetime as dt
from dataclasses import replace

import pytest
from sqlmodel import Session

from api.errors import ServiceError
from api.services import campaigns
from api.services.campaigns import Draft
from api.services.layers import gaps, renew
from linkage.synth.aid import ASKED
from scripts.layer_store import fill
from tests.api.conftest import silent
from tests.api.test_layers import aid, later, more, planted

__all__ = ["aid", "planted"]
UNTIL = (ASKED + dt.timedelta(days=60)).date()


def concerned(centre, criterion, programme="RTLH", regency=None, opened_at=ASKED):
    with Session(centre.store) as session:
        return gaps.rows(session, criterion, programme, regency, opened_at)


def rows_of(aid, persons):
    columns = (aid.rows[name].to_pylist() for name in ("record", "person"))
    return {record for record, person in zip(*columns, strict=True) if person in persons}


def test_a_campaign_for_the_untouched_poor_concerns_the_planted_ones_and_no_others(planted, aid):
    renew.renew(planted, silent)
    wanted = rows_of(aid, set(aid.untouched.tolist()))
    assert concerned(planted, "untouched") == wanted and wanted
    regencies = {each for each in aid.rows["regency"].to_pylist() if each}
    parts = [concerned(planted, "untouched", regency=each) for each in regencies]
    assert set().union(*parts) == wanted and sum(map(len, parts)) == len(wanted) and len(parts) > 1


def test_a_campaign_for_a_need_concerns_whose_need_nothing_meets(planted, aid):
    renew.renew(planted, silent)
    roads = {row["person"] for row in aid.gaps.to_pylist() if row["cause"] == "road"}
    assert rows_of(aid, roads) == concerned(planted, "unmet", "RTLH") and roads
    assert concerned(planted, "unmet", "no-such-programme") == set()


def test_a_row_that_was_listed_to_find_out_is_not_concerned(planted, aid):
    renew.renew(planted, silent)
    before = concerned(planted, "untouched")
    fresh = more(aid, 0.05, 1)
    wanted = set(aid.untouched.tolist())
    fill(planted.store, fresh.set_column(fresh.schema.get_field_index("person"), fresh.schema.field("person"),
                                         [(sorted(wanted) * len(fresh))[: len(fresh)]]))  # fmt: skip
    assert concerned(planted, "untouched") == before
    told = concerned(planted, "untouched", opened_at=ASKED + dt.timedelta(days=2))
    assert told - before == set(fresh["record"].to_pylist())


def test_nobody_opens_a_campaign_for_gaps_before_there_are_layers(planted):
    centre = replace(planted, programmes=frozenset({"RTLH"}))
    for criterion in gaps.CRITERIA:
        with Session(centre.store) as session, session.begin(), pytest.raises(ServiceError, match="NOTHING_LAYERED"):
            campaigns.open_campaign(session, centre, Draft("RTLH", criterion, None, UNTIL), "officer")
    renew.renew(centre, silent)
    with Session(centre.store) as session, session.begin():
        made = campaigns.open_campaign(session, later(centre, 0), Draft("RTLH", "untouched", None, UNTIL), "officer")
        assert made.state == "open" and campaigns.concerned(session, made.campaign)

"""What a release's sheets leave out: small villages, lines of few people, a payee that could be computed."""

from api.services.layers import sheets
from linkage.layering import money

T = 10
VILLAGE = {"village": "18.01.04.2001", "rows": 200, "sound": 150, "bad_nik": 40, "bad_kk": 0, "no_nik": 3,
           "default_date": 195, "no_period": 100, "no_amount": 0, "faulty_before": 60, "mended": 30, "dropped": 0,
           "merit": 0.6789}  # fmt: skip
LINE = dict(zip(money.LINE, ("APBN", "PKH", "kemensos", 2026, "18.01"), strict=True))
MEASURES = {"disbursed": 900, "by_reference": 0, "by_sum": 600, "returned": 0, "reached": 600, "untraced": 300,
            "beyond": 0, "rows": 24, "unvalued": 0}  # fmt: skip
KEY = tuple(LINE.values())


def test_a_village_tells_tens_and_twentieths_and_no_share_of_few():
    told = sheets.tell_villages([VILLAGE], {VILLAGE["village"]: 80}, T)[0]
    assert (told["rows"], told["sound"], told["bad_nik"], told["merit"]) == (200, 0.75, 0.2, 0.7)
    assert told["no_nik"] is None and told["default_date"] is None and told["bad_kk"] == 0


def test_a_village_of_few_people_tells_nothing():
    told = sheets.tell_villages([VILLAGE], {VILLAGE["village"]: 9}, T)[0]
    assert {value for name, value in told.items() if name != "village"} == {None}


def test_many_rows_of_few_people_tell_no_rupiah():
    line = {**LINE, **MEASURES}
    assert sheets.tell_lines([line], {KEY: 10}, T)[0]["reached"] == 600
    told = sheets.tell_lines([line], {KEY: 2}, T)[0]
    assert told["disbursed"] == 900 and all(told[name] is None for name in sheets.HIDDEN)


def test_payees_of_a_line_are_told_all_or_none():
    payees = [{**LINE, "payee": payee, "rows": 20, "rupiah": 10} for payee in ("self", "group")]
    line = {**LINE, **MEASURES}
    assert len(sheets.tell_payees(payees, [line], {(*KEY, "self"): 50, (*KEY, "group"): 50}, T)) == 2
    assert not sheets.tell_payees(payees, [line], {(*KEY, "self"): 50, (*KEY, "group"): 4}, T)
    assert not sheets.tell_payees(payees, [], {(*KEY, "self"): 50, (*KEY, "group"): 50}, T)

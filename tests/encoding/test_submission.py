"""From records to a submission and its checks, and the split into compartments."""

import datetime as dt
import io
import json
import os

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage.encoding import EncodingError, Submission, envelope, submission, tokeniser
from linkage.encoding.anchors import meetings
from linkage.encoding.envelope import SealedWriter
from linkage.encoding.keys import Secret
from linkage.encoding.tokeniser import AgencySecrets
from tests.encoding.conftest import REF_KEY, encoded, records
from tests.encoding.test_envelope import CONTENT_KEY, HEADER, SIGNER, opened

PROGRAMMES = frozenset({"PKH", "ZAKAT"})


def packed(tables, policy, statistics=None, schema=None):
    out = io.BytesIO()
    writer = SealedWriter(out, HEADER, CONTENT_KEY, SIGNER)
    if schema is None:
        submission.write(tables, policy, statistics or {}, writer)
    else:
        with pq.ParquetWriter(writer, schema) as raw:
            for table in tables:
                raw.write_table(table)
    writer.finish()
    return Submission(opened(out.getvalue()), policy)


def checked(table, policy):
    return list(packed([table], policy).check(PROGRAMMES))


def test_a_submission_holds_the_rows_and_their_statistics(linkage_policy, secrets):
    table = records({}, {"nik": None, "nik_status": "none"}, {"name": None})
    found = packed(encoded(table, linkage_policy, secrets), linkage_policy, tokeniser.statistics(table))
    assert list(found.check(PROGRAMMES)) == [3]
    assert found.statistics["nik_status"] == {"none": 1, "ok": 2} and found.statistics["missing"]["name"] == 1
    assert found.rows == 3 and found.groups == 1


def test_no_identity_is_anywhere_in_the_clear_content(linkage_policy, secrets):
    table = records({}, {"father": "SUTRISNO"})
    out = io.BytesIO()
    with pq.ParquetWriter(out, submission.schema(linkage_policy), compression="none") as writer:
        for part in encoded(table, linkage_policy, secrets):
            writer.write_table(part)
    clear = out.getvalue()
    for value in ("1871015708809001", "1871010101209001", "AMINAH", "SITI", "SUTRISNO", "1980-08-17"):
        assert value.encode() not in clear
    assert secrets.epoch_key.expose() not in clear and REF_KEY.expose() not in clear


def test_the_same_list_gives_the_same_content_and_another_agency_other_references(linkage_policy, secrets):
    table = records({}, {"name": "BUDI"})
    one, two = (pa.concat_tables(encoded(table, linkage_policy, secrets)) for _ in range(2))
    assert one.equals(two)
    other = AgencySecrets(secrets.epoch_key, Secret(bytes(32)))
    three = pa.concat_tables(encoded(table, linkage_policy, other))
    assert three["nik"].equals(one["nik"]) and not set(three["ref"].to_pylist()) & set(one["ref"].to_pylist())


def test_equal_rows_have_references_of_their_own(secrets):
    assert len(set(tokeniser.references(records({}, {}, {}), secrets).to_pylist())) == 3


def test_a_reference_depends_on_every_identity_field(secrets):
    changes = [{}, {"nik": None}, {"kk": None}, {"name": "SITI"}, {"birth_date": None}, {"sex": "L"},
               {"village": None}, {"programme": "ZAKAT"}, {"period": "2026-04"}]  # fmt: skip
    refs = [tokeniser.references(records(change), secrets)[0].as_py() for change in changes]
    assert len(set(refs)) == len(changes)


def rows_of(table, policy, anchor, key):
    found = meetings(table, policy.anchor(anchor), key)
    return sorted(found.rows.tolist()), found


@pytest.mark.parametrize(
    ("change", "anchor", "times"),
    [
        ({}, "date", 1),
        ({"nik_birth_date": dt.date(1980, 8, 7)}, "date", 2),
        ({"nik_birth_date": dt.date(1980, 1, 1)}, "year", 1),
        ({"nik_birth_date": dt.date(1979, 8, 17)}, "year", 2),
        ({"birth_date": None}, "date", 1),
        ({"birth_date": None, "nik_birth_date": None}, "date", 0),
        ({"sex": "L"}, "date", 2),
        ({"sex": None, "nik": None}, "village", 2),
        ({"village": None}, "village", 0),
        ({"regency": None}, "year", 0),
        ({"nik": None}, "nik", 0),
        ({"sex": "L", "nik_birth_date": dt.date(1980, 8, 7)}, "date", 4),
    ],
)
def test_a_record_meets_others_wherever_its_doubts_allow(change, anchor, times, linkage_policy, epoch_key):
    rows, found = rows_of(records(change), linkage_policy, anchor, epoch_key)
    assert rows == [0] * times and len(set(found.tokens.to_pylist())) == times


def test_records_share_an_anchor_token_and_salt_exactly_when_they_share_its_parts(linkage_policy, epoch_key):
    table = records({}, {"name": "OTHER", "nik": None}, {"birth_date": dt.date(1980, 8, 18), "nik_birth_date": None})
    _, found = rows_of(table, linkage_policy, "date", epoch_key)
    tokens, salts = found.tokens.to_pylist(), [salt.tobytes() for salt in found.salts]
    assert tokens[0] == tokens[1] != tokens[2] and salts[0] == salts[1] != salts[2]
    assert salts[0] not in tokens[0]


@pytest.mark.parametrize(("day", "narrowed"), [((1980, 12, 31), True), ((1980, 7, 1), True), ((1980, 3, 15), True),
                                               ((1980, 8, 17), False)])  # fmt: skip
def test_only_heaped_days_are_narrowed_by_the_regency(day, narrowed, linkage_policy, epoch_key):
    from dataclasses import replace

    date = dt.date(*day)
    table = records(
        *({"birth_date": date, "nik_birth_date": None, "regency": place} for place in ("18.71", "18.01", None))
    )
    anchor = replace(linkage_policy.anchor("date"), narrow_heaped=True)
    tokens = meetings(table, anchor, epoch_key).tokens.to_pylist()
    plain = meetings(table, linkage_policy.anchor("date"), epoch_key).tokens.to_pylist()
    assert len(plain) == 3 and len(set(plain)) == 1
    assert (len(tokens), len(set(tokens))) == ((2, 2) if narrowed else (3, 1))


def test_the_anchors_of_one_value_do_not_share_a_token(linkage_policy, epoch_key):
    table = records({})
    tokens = {anchor.name: rows_of(table, linkage_policy, anchor.name, epoch_key)[1].tokens[0].as_py()
              for anchor in linkage_policy.anchors}  # fmt: skip
    assert len(set(tokens.values())) == 4


@settings(deadline=None, max_examples=25)
@given(st.data())
def test_any_mixture_of_gaps_is_encoded_and_passes_the_checks(linkage_policy, secrets, data):
    gap = st.fixed_dictionaries(
        {},
        optional={
            "nik": st.none(),
            "kk": st.none(),
            "name": st.sampled_from([None, "A", "NI LUH PUTU", "ABDURRAHMAN WAHID"]),
            "birth_date": st.none() | st.dates(dt.date(1930, 1, 1), dt.date(2026, 1, 1)),
            "nik_birth_date": st.none(),
            "sex": st.sampled_from([None, "L", "P"]),
            "village": st.none(),
            "regency": st.none(),
            "amount": st.none(),
            "period": st.sampled_from([None, "2026", "2026-Q1"]),
        },
    )
    table = records(*data.draw(st.lists(gap, min_size=1, max_size=8)))
    assert list(packed(encoded(table, linkage_policy, secrets), linkage_policy).check(PROGRAMMES)) == [len(table)]


def replaced(table, column, values):
    at = table.column_names.index(column)
    return table.set_column(at, table.schema.field(at), pa.array(values, table.schema.field(at).type))


RAW = "1871015708809001"


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("nik", (RAW * 2).encode(), "RAW_VALUE"),
        ("nik", RAW.encode().ljust(32, b"\0"), "RAW_VALUE"),
        ("kk", RAW.encode().ljust(32, b" "), "RAW_VALUE"),
        ("ref", b"SITI AMINAH".ljust(32, b"\0"), "RAW_VALUE"),
        ("programme", "SITI AMINAH", "VALUE_UNKNOWN"),
        ("nik_status", RAW, "VALUE_UNKNOWN"),
        ("kk_status", "AMINAH", "VALUE_UNKNOWN"),
        ("period", RAW, "VALUE_FORM"),
        ("village", RAW, "VALUE_FORM"),
        ("regency", "SITI", "VALUE_FORM"),
        ("amount", int(RAW), "VALUE_FORM"),
        ("amount", -1, "VALUE_FORM"),
    ],
)
def test_what_looks_like_a_raw_identity_is_refused_by_place_and_never_shown(
    column, value, code, linkage_policy, secrets
):
    table = encoded(records({}, {"name": "BUDI"}, {"name": "WATI"}), linkage_policy, secrets)[0]
    values = table[column].to_pylist()
    values[1] = value
    with pytest.raises(EncodingError) as error:
        checked(replaced(table, column, values), linkage_policy)
    assert error.value.code == code and error.value.place == f"row 2, column {column}"
    for raw in (RAW, "SITI", "AMINAH"):
        assert raw not in str(error.value) and raw not in repr(error.value)


def anchor_with(table, change):
    values = table["anchor_date"].to_pylist()
    change(values)
    return replaced(table, "anchor_date", values)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda v: v[1][0].update(filter=bytes(128)), "FILTER_FILL"),
        (lambda v: v[1][0].update(filter=b"\xff" * 128), "FILTER_FILL"),
        (lambda v: v[1][0].update(filter=b"\x01" + bytes(127)), "FILTER_FILL"),
        (lambda v: v[1][0].update(token=b"1980-08-17|P".ljust(32, b"\0")), "RAW_VALUE"),
        (lambda v: v[1].extend(v[1] * 4), "MEETINGS_MANY"),
    ],
)
def test_an_impossible_filter_or_meeting_is_refused_by_place(change, code, linkage_policy, secrets):
    table = encoded(records({}, {"name": "BUDI"}), linkage_policy, secrets)[0]
    with pytest.raises(EncodingError) as error:
        checked(anchor_with(table, change), linkage_policy)
    assert error.value.code == code and error.value.place == "row 2, column anchor_date"


def test_a_reference_that_occurs_twice_is_refused(linkage_policy, secrets):
    table = encoded(records({}), linkage_policy, secrets)[0]
    with pytest.raises(EncodingError, match="REF_TWICE"):
        checked(pa.concat_tables([table, table]), linkage_policy)


def test_other_columns_another_version_or_policy_are_refused(linkage_policy, secrets):
    table = encoded(records({}), linkage_policy, secrets)[0]
    sound = {"version": 2, "policy": linkage_policy.hash}
    extra = table.append_column("name", pa.array(["SITI AMINAH"]))
    for content, metadata, code in (
        (table, {}, "SUBMISSION_FORMAT"),
        (table, {"version": 3}, "SUBMISSION_VERSION"),
        (table, {"version": 2, "policy": "x"}, "POLICY_MISMATCH"),
        (extra, sound, "SUBMISSION_SCHEMA"),
        (table.drop_columns(["kk"]), sound, "SUBMISSION_SCHEMA"),
    ):
        schema = content.schema.with_metadata({b"lapis": json.dumps(metadata).encode()} if metadata else {})
        with pytest.raises(EncodingError) as error:
            packed([content.cast(schema)], linkage_policy, schema=schema)
        assert error.value.code == code


@pytest.mark.parametrize(
    "statistics",
    [
        {"names": ["SITI AMINAH"]},
        {"SITI AMINAH": 1},
        {"rows": "SITI AMINAH"},
        {"rows": int(RAW)},
        {"rows": True},
        {"rows": -1},
        {"missing": {"SITI AMINAH": 1}},
        {"missing": ["SITI AMINAH"]},
        {"nik_status": {"ok": "SITI AMINAH"}},
        ["SITI AMINAH"],
        None,
        "SITI AMINAH",
    ],
)
def test_statistics_that_could_carry_a_name_are_refused_and_not_shown(statistics, linkage_policy, secrets):
    table = encoded(records({}), linkage_policy, secrets)[0]
    metadata = json.dumps({"version": 2, "policy": linkage_policy.hash, "statistics": statistics})
    schema = table.schema.with_metadata({b"lapis": metadata.encode()})
    with pytest.raises(EncodingError, match="VALUE_UNKNOWN") as error:
        packed([table.cast(schema)], linkage_policy, schema=schema)
    assert "AMINAH" not in str(error.value) and RAW not in str(error.value)


def test_content_that_is_not_parquet_is_refused(linkage_policy):
    out = io.BytesIO()
    writer = SealedWriter(out, HEADER, CONTENT_KEY, SIGNER)
    writer.write(os.urandom(1000))
    writer.finish()
    with pytest.raises(EncodingError, match="SUBMISSION_FORMAT"):
        Submission(opened(out.getvalue()), linkage_policy)


def test_envelope_needs_the_right_content_key():
    out = io.BytesIO()
    writer = SealedWriter(out, HEADER, CONTENT_KEY, SIGNER)
    writer.write(b"x")
    writer.finish()
    found = envelope.inspect(out)
    with pytest.raises(EncodingError, match="ENVELOPE_OPEN"):
        envelope.open_(out, found, lambda wrapped: bytes([1]) * 32)


def test_a_submission_of_the_first_version_still_comes_in_and_says_nothing_more(linkage_policy, secrets):
    table = encoded(records({}, {}), linkage_policy, secrets)[0]
    first = submission.schema(linkage_policy, 1)
    content = {"version": 1, "policy": linkage_policy.hash, "statistics": {}}
    metadata = {b"lapis": json.dumps(content).encode()}
    old = table.select(first.names).cast(first.with_metadata(metadata))
    found = packed([old], linkage_policy, schema=old.schema)
    assert list(found.check(PROGRAMMES)) == [2]
    assert found.group(0).schema.remove_metadata() == submission.schema(linkage_policy)
    assert found.group(0)["decile"].null_count == 2 and found.group(0)["corrects"].null_count == 2


MORE = {"fund": "APBN", "status": "paid", "payee": "self", "disbursement": "SP2D/12", "decile": 1, "dtsen": "2026-01",
        "needs": ["food"], "lacks": [], "exposures": ["flood"]}  # fmt: skip


def wider(changes):
    table = records({})
    for name, value in {**MORE, **changes}.items():
        table = table.append_column(name, pa.array([value], submission.AID.field(name).type))
    return table


@pytest.mark.parametrize(
    ("changes", "code", "column"),
    [
        ({"fund": "KAS"}, "VALUE_UNKNOWN", "fund"),
        ({"disbursement": "SITI AMINAH"}, "VALUE_FORM", "disbursement"),
        ({"disbursement": "SP2D/1871015708809001"}, "RAW_VALUE", "disbursement"),
        ({"needs": ["rice"]}, "VALUE_UNKNOWN", "needs"),
        ({"dtsen": None}, "DECILE_VERSION", "dtsen"),
    ],
)
def test_content_of_the_second_version_is_checked_at_both_ends(linkage_policy, secrets, changes, code, column):
    with pytest.raises(EncodingError) as at_the_agency:
        encoded(wider(changes), linkage_policy, secrets)
    good = encoded(wider({}), linkage_policy, secrets)[0]
    at = good.column_names.index(column)
    wrong = wider(changes)[column]
    with pytest.raises(EncodingError) as at_the_centre:
        checked(good.set_column(at, good.schema.field(column), wrong), linkage_policy)
    assert {at_the_agency.value.code, at_the_centre.value.code} == {code}
    assert at_the_centre.value.place == f"row 1, column {column}"
    assert str(changes[column]) not in str(at_the_centre.value)

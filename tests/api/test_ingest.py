"""What ingest takes, what it refuses, and what is left behind: nothing half-done, nothing twice."""

import pyarrow as pa
import pytest

from api.errors import ServiceError
from api.services import enrol, ingest
from api.services.lock import alone
from api.store import Cell, Content, FilterFile, HandleBlock, Reference, Submission, Token
from linkage.encoding import EncodingError, epoch, keyring
from linkage.encoding.policy import parse
from linkage.errors import LapisError
from tests.api.conftest import POLICY, count, people, records, silent
from tests.encoding.conftest import POLICY as DOCUMENT

EVERYTHING = (Submission, HandleBlock, Content, Token, Reference, FilterFile, Cell)


def test_every_row_reaches_every_compartment_once(centre, desks):
    receipt = ingest.ingest(centre, desks["baznas"].submit(people(30)), silent)
    assert (receipt.rows, receipt.known_rows, receipt.again) == (30, 0, False)
    submissions, blocks, content, tokens, references, files, _ = count(centre, *EVERYTHING)
    assert (submissions, blocks, content, tokens, references, files) == (1, 1, 30, 30, 30, 4)
    assert sorted(path.name for path in centre.filters.iterdir()) == sorted(names(centre))


def names(centre):
    from sqlmodel import Session, select

    with Session(centre.store) as session:
        return session.exec(select(FilterFile.name)).all()


def test_the_same_file_twice_is_one_submission(centre, desks):
    path = desks["baznas"].submit(people(10))
    ingest.ingest(centre, path, silent)
    before = count(centre, *EVERYTHING)
    assert ingest.ingest(centre, path, silent).again
    assert count(centre, *EVERYTHING) == before


def test_the_same_list_sealed_anew_is_one_submission(centre, desks):
    one, two = desks["baznas"].submit(people(10), "one"), desks["baznas"].submit(people(10), "two")
    assert one.read_bytes() != two.read_bytes()
    ingest.ingest(centre, one, silent)
    assert ingest.ingest(centre, two, silent).again


def test_a_longer_list_adds_only_its_new_rows(centre, desks):
    ingest.ingest(centre, desks["baznas"].submit(people(10)), silent)
    receipt = ingest.ingest(centre, desks["baznas"].submit(people(14)), silent)
    assert (receipt.rows, receipt.known_rows) == (14, 10)
    assert count(centre, Content, Token, Reference) == (14, 14, 14)


def test_two_agencies_lists_of_the_same_people_are_kept_apart(centre, desks):
    for name in ("baznas", "desa"):
        ingest.ingest(centre, desks[name].submit(people(10)), silent)
    assert count(centre, Content, Reference) == (20, 20)


def test_cells_are_shared_and_permanent(centre, desks):
    ingest.ingest(centre, desks["baznas"].submit(people(10)), silent)
    cells = count(centre, Cell)
    ingest.ingest(centre, desks["desa"].submit(people(10)), silent)
    assert count(centre, Cell) == cells


def test_rows_without_a_nik_name_or_place_are_taken_too(centre, desks):
    table = records({}, {"nik": None, "nik_status": "none"}, {"name": None}, {"village": None, "regency": None})
    assert ingest.ingest(centre, desks["csr"].submit(table), silent).rows == 4


def stranger(desk):
    return desk.but(ring=keyring.create("unknown", "Unknown", bytes))


def impostor(desk):
    return desk.but(ring=keyring.create(desk.ring.party, "Impostor", lambda n: b"\7" * n))


def other_policy(desk):
    return desk.but(policy=parse(DOCUMENT))


def other_epoch(desk):
    return desk.but(epoch=epoch.make("2025-1", bytes))


def wrong_epoch_key(desk):
    return desk.but(epoch=epoch.make("2026-1", bytes))


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (stranger, "AGENCY_UNKNOWN"),
        (impostor, "ENVELOPE_SIGNATURE"),
        (other_policy, "POLICY_MISMATCH"),
        (other_epoch, "EPOCH_UNKNOWN"),
        (wrong_epoch_key, "EPOCH_KEY_MISMATCH"),
    ],
)
def test_a_submission_that_may_not_come_in_leaves_nothing(wrong, code, centre, desks):
    path = wrong(desks["baznas"]).submit(people(5))
    with pytest.raises(LapisError) as error:
        ingest.ingest(centre, path, silent)
    assert error.value.code == code
    assert count(centre, *EVERYTHING) == (0,) * 7 and not list(centre.filters.iterdir())


def test_a_retired_epoch_takes_no_more(centre, desks):
    enrol.retire_epoch(centre.store, "2026-1")
    with pytest.raises(ServiceError, match="EPOCH_RETIRED"):
        ingest.ingest(centre, desks["baznas"].submit(people(5)), silent)
    assert count(centre, *EVERYTHING) == (0,) * 7


@pytest.mark.parametrize("cut", [1, 64, 96, 200, 3000])
def test_a_cut_file_leaves_nothing(cut, centre, desks):
    path = desks["baznas"].submit(people(5))
    path.write_bytes(path.read_bytes()[:-cut])
    with pytest.raises(EncodingError):
        ingest.ingest(centre, path, silent)
    assert count(centre, *EVERYTHING) == (0,) * 7


RAW = "1871015708809001"


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("nik", RAW.encode() * 2, "RAW_VALUE"),
        ("programme", "SITI AMINAH", "VALUE_UNKNOWN"),
        ("amount", int(RAW), "VALUE_FORM"),
    ],
)
def test_a_raw_identity_in_the_last_row_leaves_nothing_and_is_not_shown(column, value, code, centre, desks):
    def tamper(table):
        values = table[column].to_pylist()
        values[-1] = value
        at = table.column_names.index(column)
        return table.set_column(at, table.schema.field(at), pa.array(values, table.schema.field(at).type))

    path = desks["baznas"].submit(people(8), tamper=tamper)
    with pytest.raises(EncodingError) as error:
        ingest.ingest(centre, path, silent)
    assert error.value.code == code and error.value.place == f"row 8, column {column}"
    assert RAW not in str(error.value) and "AMINAH" not in str(error.value)
    assert count(centre, *EVERYTHING) == (0,) * 7 and not list(centre.filters.iterdir())


def test_a_content_key_for_another_vault_key_is_refused(centre, desks):
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    from linkage.encoding import CentreCard

    pem = (
        rsa.generate_private_key(65537, 4096)
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    path = desks["baznas"].but(centre=CentreCard("pmo", 1, pem.decode())).submit(people(5))
    with pytest.raises(LapisError, match="VAULT_UNWRAP_FAILED"):
        ingest.ingest(centre, path, silent)
    assert count(centre, *EVERYTHING) == (0,) * 7


def test_enrolment_never_replaces_a_key(centre, desks):
    with pytest.raises(ServiceError, match="AGENCY_KEY_CHANGED"):
        enrol.register_agency(centre.store, impostor(desks["desa"]).ring.card(), centre.clock())
    with pytest.raises(ServiceError, match="EPOCH_CHANGED"):
        enrol.register_epoch(centre.store, epoch.make("2026-1", bytes).card)
    with pytest.raises(ServiceError, match="EPOCH_UNKNOWN"):
        enrol.retire_epoch(centre.store, "1999-1")
    enrol.register_agency(centre.store, desks["desa"].ring.card(), centre.clock())


def test_two_ingests_at_once_do_not_mix(centre, desks):
    with alone(centre.lock), pytest.raises(ServiceError, match="CENTRE_BUSY"):
        ingest.ingest(centre, desks["baznas"].submit(people(5)), silent)


def test_the_policy_is_the_one_that_ships():
    assert POLICY.name == "lampung"

"""A sealed key file survives paper: typed or scanned, in small letters, with signs that look alike."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkage.encoding import EncodingError, backup


@given(st.binary(min_size=1, max_size=600), st.sampled_from(["\n", " ", "\r\n", "\n\n"]), st.booleans())
def test_what_was_written_is_read_back_typed_or_scanned(sealed, between, small):
    text = between.join(backup.lines(sealed))
    assert backup.parse(text.lower() if small else text) == sealed


@given(st.binary(min_size=1, max_size=300), st.data())
def test_one_wrong_sign_is_found_in_its_line(sealed, data):
    lines = list(backup.lines(sealed))
    number = data.draw(st.integers(0, len(lines) - 1))
    at = data.draw(st.integers(0, len(lines[number]) - 1).filter(lambda at: lines[number][at] != " "))
    other = data.draw(
        st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567").filter(lambda sign: sign != lines[number][at])
    )
    lines[number] = lines[number][:at] + other + lines[number][at + 1 :]
    with pytest.raises(EncodingError) as refused:
        backup.parse("\n".join(lines))
    assert refused.value.code == "BACKUP_LINE" and refused.value.place == f"line {number + 1}"


@given(st.binary(min_size=20, max_size=300), st.data())
def test_a_line_that_is_missing_or_in_another_place_is_found(sealed, data):
    lines = list(backup.lines(sealed))
    gone = data.draw(st.integers(0, len(lines) - 1))
    with pytest.raises(EncodingError, match="BACKUP_LINE"):
        backup.parse("\n".join(lines[:gone] + lines[gone + 1 :]))
    with pytest.raises(EncodingError, match="BACKUP_LINE"):
        backup.parse("\n".join([*lines[1:], lines[0]]))


@given(st.text(max_size=200))
def test_anything_else_has_the_same_error(text):
    with pytest.raises(EncodingError, match="BACKUP_LINE"):
        backup.parse(text)


def test_signs_that_look_alike_are_read_as_what_was_printed():
    sealed = bytes(range(200))
    printed = backup.lines(sealed)
    mistyped = [line[:3] + line[3:].replace("O", "0").replace("I", "1").replace("B", "8") for line in printed]
    assert mistyped != list(printed) and backup.parse("\n".join(mistyped)) == sealed


def test_what_is_too_long_to_type_is_refused():
    with pytest.raises(EncodingError, match="BACKUP_SIZE"):
        backup.lines(bytes(2000))

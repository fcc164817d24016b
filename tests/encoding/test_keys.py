import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkage.encoding import EncodingError
from linkage.encoding.keys import Secret, check_value, derive

KEY = bytes(range(32))


@pytest.mark.parametrize("show", [repr, str, "{}".format, "{!r:>80}".format])
def test_a_secret_never_prints(show):
    assert KEY.hex() not in show(Secret(KEY)) and str(KEY) not in show(Secret(KEY))


@pytest.mark.parametrize("serialise", [pickle.dumps, copy.deepcopy, copy.copy, lambda s: s.__reduce__()])
def test_a_secret_is_not_serialised(serialise):
    with pytest.raises(EncodingError, match="KEY_PICKLED"):
        serialise(Secret(KEY))


def test_a_secret_is_no_dictionary_key():
    with pytest.raises(TypeError):
        {Secret(KEY): 1}


def test_a_secret_of_another_length_is_refused():
    with pytest.raises(EncodingError, match="KEY_LENGTH"):
        Secret(KEY[:31])


@given(st.sampled_from(["nik/v1", "kk/v1", "check/v1"]), st.sampled_from(["nik/v1", "kk/v1", "check/v1"]))
def test_one_label_one_key(one, other):
    assert (derive(Secret(KEY), one) == derive(Secret(KEY), other)) == (one == other)


def test_a_label_without_a_version_is_refused():
    with pytest.raises(EncodingError, match="KEY_LABEL"):
        derive(Secret(KEY), "nik")


def test_hkdf_is_rfc_5869_with_no_salt():
    # Computed with the RFC's two HMAC steps, independent of the library's HKDF.
    import hashlib
    import hmac

    prk = hmac.new(bytes(32), KEY, hashlib.sha256).digest()
    assert derive(Secret(KEY), "nik/v1").expose() == hmac.new(prk, b"nik/v1\x01", hashlib.sha256).digest()


def test_the_check_value_depends_on_key_and_epoch():
    other = Secret(KEY[::-1])
    assert (
        len({check_value(Secret(KEY), "2026-1"), check_value(Secret(KEY), "2026-2"), check_value(other, "2026-1")}) == 3
    )

"""The file of who logs in: what is not of its form is refused before the vault is asked."""

import pytest

from linkage.errors import LapisError
from scripts.identities import read

GOOD = 'agencies = ["baznas"]\n[[officers]]\nname = "ani"\ngroup = "dpo"\n'


def test_a_file_names_agencies_and_officers():
    found = read(GOOD, "identities.toml")
    assert found.agencies == ("baznas",) and [(each.name, each.group) for each in found.officers] == [("ani", "dpo")]


@pytest.mark.parametrize(
    "text",
    ["agencies = [", "others = []", "[[officers]]\nname = 'ani'", "agencies = 5", GOOD.replace("dpo", "root"),
     GOOD.replace("ani", "../ani")],
)  # fmt: skip
def test_whatever_else_is_refused(text):
    with pytest.raises(LapisError):
        read(text, "identities.toml")

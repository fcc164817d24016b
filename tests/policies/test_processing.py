"""What is stated of the processing: the shipped file is whole, and one that is not is refused."""

from importlib import resources

import pytest

from policies.access_rules import load_access_rules
from policies.errors import PolicyError
from policies.processing import load_processing, parse_processing

TEXT = (resources.files("policies") / "oversight" / "processing.toml").read_text()


def test_every_activity_states_everything_and_a_known_basis():
    found = load_processing()
    assert len(found["activities"]) == 4
    bases = load_access_rules().bases
    assert all(any(basis in each["basis"] for basis in bases) for each in found["activities"])


@pytest.mark.parametrize("line", [line for line in TEXT.split("\n\n")[3].splitlines() if " = " in line])
def test_an_activity_without_a_field_is_refused(line):
    with pytest.raises(PolicyError, match="PROCESSING_FORM"):
        parse_processing(TEXT.replace(line, "", 1))


@pytest.mark.parametrize(
    "text", ["", "[", "activities = []", TEXT + "\n[more]\n", TEXT.replace('basis = "', 'basis = "" # ')]
)
def test_what_is_not_of_the_form_is_refused(text):
    with pytest.raises(PolicyError, match="PROCESSING_FORM"):
        parse_processing(text)

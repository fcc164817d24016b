"""The parts that the world is made of keep their promises for any input."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage.synth import FAULTS, SynthError, describe_dials, load_dials, read_dials
from linkage.synth.faults import flag, list_faults
from linkage.synth.name_faults import (
    Named,
    abbreviate,
    add_father,
    add_title,
    drop_word,
    mistype,
    respace,
    spell_old,
)
from linkage.synth.names import list_words
from linkage.synth.nik_damage import break_kk, break_nik, change_length, substitute, transpose, write_o
from linkage.synth.numbers import FIRST_SERIAL, Ledger, is_sound
from linkage.synth.randomness import open_stream, pick, share_out
from linkage.synth.regions import list_old_districts, list_regencies, settle

chances = st.floats(0, 1, exclude_max=True)
niks = st.builds(
    lambda region, day, month, year, serial: f"{region}{day:02}{month:02}{year:02}{serial}",
    st.sampled_from(["180104", "187101", "350101", "331012", "180622"]),
    st.integers(1, 28) | st.integers(41, 68),
    st.integers(1, 12),
    st.integers(0, 99),
    st.integers(FIRST_SERIAL, 9999),
)
words = st.sampled_from(list_words())
names = st.builds(
    lambda parts, father, female, balinese: Named(" ".join(parts), father, female, balinese),
    st.lists(words, min_size=1, max_size=4),
    words,
    st.booleans(),
    st.booleans(),
)


@given(niks, chances)
def test_a_broken_nik_is_never_sound(nik: str, chance: float) -> None:
    assert is_sound(nik)
    assert not is_sound(break_nik(nik, chance))
    assert not is_sound(break_kk(nik, chance))
    assert not is_sound(write_o(nik))


@given(niks, chances)
def test_a_typo_changes_a_number_and_leaves_its_synthetic_mark(nik: str, chance: float) -> None:
    for mistyped in (substitute(nik, chance), transpose(nik, chance)):
        assert mistyped != nik
        assert len(mistyped) == 16
        assert mistyped[12] == "9"
    assert len(change_length(nik, chance)) in (15, 17)


@given(st.text(max_size=20) | st.text("0123456789", min_size=16, max_size=16))
def test_soundness_is_decided_for_any_text(text: str) -> None:
    assert is_sound(text) in (True, False)


@pytest.mark.parametrize(
    ("nik", "sound"),
    [
        ("1801043112809001", True),
        ("1801047112809001", True),
        ("1801042902009001", True),  # 29 February 2000
        ("1801042902019001", False),
        ("1801048112809001", False),  # day 81
        ("1801044012809001", False),  # day 40
        ("1801003112809001", False),
        ("1801043112800000", False),
        ("9101013112809001", True),
        ("0801013112809001", False),
    ],
)
def test_soundness_follows_the_table(nik: str, sound: bool) -> None:
    assert is_sound(nik) is sound


@given(names, chances)
def test_a_respelt_name_is_another_name_or_none(who: Named, chance: float) -> None:
    for change in (abbreviate, spell_old, respace, drop_word, mistype, add_father, add_title):
        changed = change(who, chance)
        assert changed is None or (changed.strip() == changed and "  " not in changed and changed)


@given(names, chances)
def test_titles_and_fathers_leave_the_name_whole(who: Named, chance: float) -> None:
    assert who.name in str(add_title(who, chance))
    assert who.balinese == (add_father(who, chance) is None)


@given(st.lists(st.lists(st.sampled_from(FAULTS), unique=True), max_size=20))
def test_bits_turn_into_the_names_that_were_set(rows: list[list[str]]) -> None:
    bits = np.array([sum(flag(name) for name in row) for row in rows], dtype=np.int64)
    assert list_faults(bits).to_pylist() == [sorted(row, key=FAULTS.index) for row in rows]


@given(st.lists(st.lists(st.integers(1, 9), max_size=30), max_size=8))
def test_a_ledger_never_gives_a_number_twice(batches: list[list[int]]) -> None:
    ledger = Ledger()
    given_out = [n for batch in batches for n in ledger.number(np.array(batch, dtype=np.int64)).tolist()]
    assert len(set(given_out)) == len(given_out)
    assert [number // 10_000 for number in given_out] == [begin for batch in batches for begin in batch]
    assert all(number % 10_000 >= FIRST_SERIAL for number in given_out)


def test_a_ledger_refuses_when_its_serials_are_used_up() -> None:
    ledger = Ledger()
    ledger.number(np.full(999, 180104311280, dtype=np.int64))
    with pytest.raises(SynthError) as refused:
        ledger.number(np.array([180104311280], dtype=np.int64))
    assert refused.value.code == "SERIALS_EXHAUSTED"


@given(st.integers(0, 10_000), st.lists(st.floats(0.01, 10), min_size=1, max_size=30))
def test_parts_sum_to_the_whole(total: int, weights: list[float]) -> None:
    parts = share_out(total, np.array(weights))
    assert parts.sum() == total
    assert (parts >= 0).all()


@given(st.lists(st.booleans(), min_size=1, max_size=60), st.floats(0, 80), st.integers(0, 99))
def test_picks_are_eligible_and_as_many_as_expected(eligible: list[bool], expected: float, seed: int) -> None:
    picked = pick(open_stream(seed, 1), np.array(eligible), expected)
    assert all(eligible[at] for at in picked)
    assert len(set(picked.tolist())) == len(picked)
    assert len(picked) in {min(sum(eligible), int(expected) + more) for more in (0, 1)}


@given(st.integers(1, 5_000), st.integers(0, 9))
@settings(max_examples=20)
def test_every_person_is_settled_in_a_village(people: int, seed: int) -> None:
    villages = settle(people, 400, seed)
    assert sum(village.people for village in villages) == people
    assert len({village.code for village in villages}) == len(villages)


def test_the_old_codes_are_the_thirty_eight() -> None:
    assert sum(len(list_old_districts(code)) for code in ("18.01", "18.04", "18.05", "18.06")) == 38


def test_regencies_weigh_one_hundred_per_cent() -> None:
    assert sum(regency.weight for regency in list_regencies()) == pytest.approx(100)


def test_the_page_lists_every_dial_with_its_value_and_anchor() -> None:
    page = (Path(__file__).parents[2] / "docs" / "synth.md").read_text(encoding="utf-8")
    assert describe_dials() in page


def test_every_dial_is_a_share_or_a_count_with_an_anchor() -> None:
    for dial in read_dials():
        assert dial.meaning
        assert "domain §" in dial.anchor or "[G]" in dial.anchor or "[V]" in dial.anchor or "likewise" in dial.anchor
        assert 0 < dial.value <= 1 or dial.name == "people_per_village"
    assert load_dials().invalid_nik == 0.11


def test_ways_and_typos_share_out_the_whole() -> None:
    dials = load_dials()
    typos = dials.typo_substituted + dials.typo_transposed + dials.typo_length + dials.typo_neighbour
    ways = dials.duplicate_same_nik + dials.duplicate_unsound_nik + dials.duplicate_typo
    ways += dials.duplicate_no_nik + dials.duplicate_second_nik
    assert typos == pytest.approx(1)
    assert ways == pytest.approx(1)

"""The normalisation table of names, row by row, and that its result is stable."""

import re

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkage.identity import birth_order_words, codes, name_columns, second_spellings
from linkage.identity.names import parse, settle_word
from linkage.identity.tables import load_toml

TABLE = load_toml("names")
PARTS = st.sampled_from(
    [
        *TABLE["titles"]["front"],
        *TABLE["titles"]["behind"],
        *TABLE["filiation"]["long"],
        *TABLE["filiation"]["short"],
        *TABLE["filiation"]["alias"],
        *TABLE["muhammad"]["anywhere"],
        *TABLE["abbreviations"],
        *TABLE["spelling"],
        *TABLE["groups"]["words"],
        "/",
        "&",
        "M",
        "ST",
        "SUTRISNO",
        "NUR",
        "HAYATI",
        "DJOKO",
        ",",
        ".",
        "(ALM)",
        "(",
        "S.PD",
        "DDJ",
        "OOE",
        "é",
        "Ø",
        "'",
        "-",
    ]
)
WRITTEN = st.one_of(
    st.text(max_size=60), st.lists(PARTS, max_size=8).map(" ".join), st.lists(PARTS, max_size=8).map("".join)
)


@pytest.mark.parametrize("title", TABLE["titles"]["front"])
def test_a_title_in_front_is_dropped_if_a_name_follows(title):
    for written in (f"{title} SUTRISNO", f"{title}. Sutrisno", f"{title.lower()}.sutrisno"):
        assert parse(written).name == "SUTRISNO"
    assert parse(title).name is not None


@pytest.mark.parametrize("title", TABLE["titles"]["behind"])
def test_a_title_behind_is_dropped_only_after_a_comma_or_dotted(title):
    dotted = ".".join(title) + "."
    assert parse(f"SRI RAHAYU, {title}").name == "SRI RAHAYU"
    assert parse(f"Sri Rahayu {dotted}").name == "SRI RAHAYU"
    assert parse(f"SRI RAHAYU, {dotted}, S.Pd").name == "SRI RAHAYU"
    if title not in TABLE["titles"]["deceased"]:
        assert parse(f"SRI RAHAYU {title}").name.startswith("SRI RAHAYU ")


@pytest.mark.parametrize("mark", TABLE["titles"]["deceased"])
def test_a_mark_of_death_is_dropped_wherever_it_stands(mark):
    for written in (f"({mark}) SUPARMAN", f"SUPARMAN ({mark})", f"SUPARMAN {mark}", f"{mark}. SUPARMAN"):
        assert parse(written).name == "SUPARMAN"


@pytest.mark.parametrize("mark", TABLE["filiation"]["long"] + TABLE["filiation"]["short"])
def test_what_follows_a_mark_of_filiation_is_the_father(mark):
    got = parse(f"SITI AMINAH {mark} H. MOH. SLAMET")
    assert (got.name, got.father) == ("SITI AMINAH", "MUHAMMAD SLAMET")


@pytest.mark.parametrize("mark", TABLE["filiation"]["alias"])
def test_another_name_of_the_same_person_is_dropped(mark):
    assert parse(f"SUGENG {mark} GENDUT").name == "SUGENG"


@pytest.mark.parametrize("spelling", TABLE["muhammad"]["anywhere"])
def test_each_muhammad_is_the_same(spelling):
    assert parse(f"{spelling}. RIZKI").name == "MUHAMMAD RIZKI"
    assert parse(f"AHMAD {spelling}").name == "AHMAD MUHAMMAD"


@pytest.mark.parametrize(("short", "whole"), TABLE["abbreviations"].items())
def test_an_abbreviation_is_written_out(short, whole):
    assert parse(f"{short} RAHMAN").name == f"{whole} RAHMAN"


@pytest.mark.parametrize(
    ("short", "whole"),
    [*TABLE["abbreviations_leading"].items(), *((m, "MUHAMMAD") for m in TABLE["muhammad"]["leading"])],
)
def test_a_leading_abbreviation_is_written_out_only_in_front_of_a_word(short, whole):
    assert parse(f"{short}. RAHMAN").name == f"{whole} RAHMAN"
    assert parse(f"RAHMAN {short}").name == f"RAHMAN {short}"
    assert parse(short).name == short


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("SOEKARNO", "SUKARNO"),
        ("TJAHJO", "CAHJO"),
        ("DJOKO", "JOKO"),
        ("SJAFRUDIN", "SYAFRUDIN"),
        ("NJOMAN", "NYOMAN"),
        ("CHOIRUL", "KHOIRUL"),
    ],
)
def test_an_old_spelling_becomes_the_new_one(old, new):
    assert parse(old).name == new


def test_every_old_spelling_has_an_example_above():
    assert list(TABLE["spelling"]) == ["OE", "TJ", "DJ", "SJ", "NJ", "CH"]


def test_j_for_y_is_only_a_second_spelling():
    assert parse("JAHJA").name == "JAHJA"
    assert second_spellings(pa.array(["JAHJA", "SUTRISNO"])).to_pylist() == ["YAHYA", None]


@pytest.mark.parametrize(("letter", "plain"), TABLE["letters"].items())
def test_a_letter_that_does_not_decompose_is_written_plainly(letter, plain):
    assert parse(f"X{letter}X").name == f"X{plain}X".replace("OE", "U")


@pytest.mark.parametrize("word", TABLE["groups"]["words"])
def test_a_group_is_said_and_its_name_kept(word):
    got = parse(f"{word.title()} Sekar Maju")
    assert got.reason == "NAME_GROUP" and got.name.endswith("SEKAR MAJU")
    assert parse(word).reason is None
    assert parse(f"SEKAR {word}").reason is None


@pytest.mark.parametrize("written", ["SITI AMINAH / BUDI", "SITI & BUDI", "Siti/Budi", "SITI + BUDI"])
def test_several_people_in_one_cell_are_said(written):
    assert parse(written).reason == "NAME_SEVERAL"


@pytest.mark.parametrize("written", ["A/N SITI", "SITI AMINAH", "SITI D/H AMINAH", "SITI (BUDI)"])
def test_other_signs_are_not_several_people(written):
    assert parse(written).reason is None


@pytest.mark.parametrize("word", TABLE["dummies"]["none"])
def test_a_word_for_nothing_is_no_name(word):
    assert parse(word).reason == "NAME_MISSING"


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Nur'aini", "NURAINI"),
        ("Siti Nur-Hasanah", "SITI NUR HASANAH"),
        ("  José   Müller ", "JOSE MULLER"),
        ("H. M. Djamil, S.Pd., M.Si", "MUHAMMAD JAMIL"),
        ("ST AMINAH", "SITI AMINAH"),
        ("BUDI SANTOSO S. Pd.", "BUDI SANTOSO"),
        ("SUPARDI 2", "SUPARDI"),
        ("H", "H"),
        ("SITI B", "SITI B"),
        ("SITI BINTI", "SITI"),
        ("BINTI AMINAH", "BINTI AMINAH"),
    ],
)
def test_a_name_as_lists_write_it(written, name):
    assert parse(written).name == name


def test_a_single_word_is_a_mononym():
    assert parse("Bpk. Sutrisno").mononym
    assert not parse("Sutrisno Hadi").mononym


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        (None, "NAME_MISSING"),
        (12.0, "NAME_NOT_TEXT"),
        ("1234", "NAME_NOT_TEXT"),
        ("АЛЕКСЕЙ", "NAME_SCRIPT"),
        ("王小明", "NAME_SCRIPT"),
        ("A" * 101, "NAME_LONG"),
        ("ﷺ" * 60, "NAME_SCRIPT"),
    ],
)
def test_a_cell_that_is_no_name_says_why(cell, reason):
    assert (parse(cell).name, parse(cell).reason) == (None, reason)


def test_a_name_with_some_foreign_letters_is_kept_with_a_warning():
    assert (parse("SITI Б").name, parse("SITI Б").reason) == ("SITI", "NAME_LETTERS")


def test_the_birth_order_words_are_the_balinese_ones():
    assert birth_order_words() == {"I", "NI", "WAYAN", "PUTU", "MADE", "KADEK", "NYOMAN", "KOMANG", "KETUT", "LUH"}


@given(WRITTEN)
def test_a_normalised_name_has_only_a_to_z_and_single_spaces(written):
    got = parse(written)
    for name in (got.name, got.father):
        assert name is None or (re.fullmatch(r"[A-Z]+( [A-Z]+)*", name) and len(name) <= 100)
    assert got.reason is None or got.reason in codes()
    assert got.name is not None or got.reason


@given(WRITTEN)
def test_normalising_twice_is_normalising_once(written):
    once = parse(written)
    if once.name:
        again = parse(once.name)
        assert (again.name, again.father, again.mononym) == (once.name, None, once.mononym)


PLAIN = st.lists(PARTS.filter(str.isalpha) | st.text("ACDEHJMOSTUY", min_size=1, max_size=9), max_size=5).map(" ".join)
FRONT = st.sampled_from([*TABLE["titles"]["front"], *TABLE["titles"]["behind"], *TABLE["muhammad"]["anywhere"], "M"])
TITLED = st.tuples(FRONT, st.sampled_from([". ", " ", ".", ". . "]), PLAIN).map("".join)
CELLS = st.lists(
    WRITTEN | PLAIN | TITLED | st.none() | st.integers() | st.sampled_from([*TABLE["dummies"]["none"], "A" * 99])
)


@given(CELLS)
def test_a_column_of_names_is_read_as_each_of_its_cells_is(cells):
    found = name_columns.parse(cells)
    columns = (found.name.to_pylist(), found.father.to_pylist(), found.mononym.to_pylist(), found.reasons)
    expected = [parse(cell) for cell in cells]
    assert list(zip(*columns, strict=True)) == [(one.name, one.father, one.mononym, one.reason) for one in expected]


@given(st.lists(st.none() | WRITTEN))
def test_a_column_of_names_in_arrow_is_read_as_its_cells_are(cells):
    assert name_columns.parse(pa.array(cells, pa.string())).name.to_pylist() == [parse(cell).name for cell in cells]


def test_a_word_that_a_rule_looks_beyond_is_not_settled_alone():
    beyond = [*TABLE["titles"]["front"], *TABLE["filiation"]["long"], *TABLE["muhammad"]["leading"], "HADJI"]
    assert [settle_word(word) for word in beyond] == [None] * len(beyond)
    assert settle_word("DJOEMADI") == "JUMADI"

"""Bundles: what outsiders verify, with our tool and with Go's; whatever is edited, cut or swapped is found."""

import os
import random
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from vault.log import Checkpoint, LogError, Verifier, bundle, checkpoint, leaf_hash, merkle, verify

NAME = "lapis.test/log"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
VERIFIER = Verifier(NAME, KEY.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))
GO = shutil.which("go")
SUMDB = Path("/usr/share/gocode/src/golang.org/x/mod/sumdb/tlog")


def entry(at):
    return b'{"code":"PROFILE_READ","number":%d}' % at


def make(folder, size, text=entry, *, read=None, extend=False, asked=None):
    tiles = {}
    merkle.append(tiles, 0, [leaf_hash(text(at)) for at in range(size)])
    note = checkpoint.sign(Checkpoint(NAME, size, merkle.root(tiles, size)), VERIFIER, KEY.sign)

    def entries(start):
        if asked is not None:
            asked.append(start)
        return map(read or text, range(start, size))

    bundle.write(folder, note, VERIFIER, tiles, entries, extend=extend)
    return folder


@pytest.mark.parametrize("size", [0, 1, 256, 257, 70_001])
def test_a_whole_log_verifies_and_gives_back_its_entries(size, tmp_path):
    folder = make(tmp_path / "log", size)
    assert verify(folder, VERIFIER).size == size
    assert list(bundle.entries(folder, VERIFIER)) == [entry(at) for at in range(size)]


@given(sizes=st.lists(st.integers(0, 1_300), min_size=1, max_size=4).map(sorted))
def test_a_log_that_was_extended_is_the_log_written_at_once(sizes, tmp_path_factory):
    grown, asked = tmp_path_factory.mktemp("grown"), []
    for size in sizes:
        make(grown, size, extend=True, asked=asked)
        assert verify(grown, VERIFIER).size == size
    assert asked == [size // 256 * 256 for size in [0, *sizes[:-1]]]
    at_once = make(tmp_path_factory.mktemp("once"), sizes[-1])
    for file in (path for path in at_once.rglob("*") if path.is_file()):
        assert (grown / file.relative_to(at_once)).read_bytes() == file.read_bytes()


def test_whoever_reads_while_a_log_is_extended_sees_the_older_one_whole(tmp_path):
    folder = make(tmp_path / "log", 700)

    def breaks_off(at):
        if at == 1_100:
            raise OSError
        return entry(at)

    with pytest.raises(OSError):
        make(folder, 1_200, read=breaks_off, extend=True)
    assert verify(folder, VERIFIER).size == 700
    make(folder, 1_200, extend=True)
    make(folder, 1_300, extend=True)
    assert verify(folder, VERIFIER).size == 1_300
    widths = sorted(path.name for path in folder.glob("tile/**/*.p/*"))
    assert widths == sorted(
        path.name for size in (1_200, 1_300) for path in make(tmp_path / str(size), size).glob("tile/**/*.p/*")
    )


def test_a_thousand_random_edits_cuts_and_swaps_are_all_found(tmp_path):
    folder = make(tmp_path / "log", 1_500)
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "verifier")
    dice = random.Random(os.urandom(8))
    for _ in range(1_000):
        file = dice.choice(files)
        whole = file.read_bytes()
        kind = dice.choice(["edit", "cut", "grow", "swap", "lose"])
        if kind == "edit":
            at = dice.randrange(len(whole))
            file.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << dice.randrange(8)]) + whole[at + 1 :])
        elif kind == "cut":
            file.write_bytes(whole[: dice.randrange(len(whole))])
        elif kind == "grow":
            file.write_bytes(whole + bytes([dice.randrange(256)]))
        elif kind == "lose":
            file.unlink()
        else:
            other = dice.choice([path for path in files if path.read_bytes() != whole])
            moved = other.read_bytes()
            file.write_bytes(moved)
        with pytest.raises(LogError):
            verify(folder, VERIFIER)
        file.write_bytes(whole)
    assert verify(folder, VERIFIER).size == 1_500


def test_two_entries_swapped_with_their_hashes_are_found_by_the_root(tmp_path):
    folder = make(tmp_path / "log", 100)
    forged = make(tmp_path / "forged", 100, lambda at: entry({3: 4, 4: 3}.get(at, at)))
    shutil.copy(folder / "checkpoint", forged / "checkpoint")
    with pytest.raises(LogError, match="LOG_ROOT"):
        verify(forged, VERIFIER)


def test_a_log_that_was_rolled_back_or_rewritten_is_found_by_an_older_checkpoint(tmp_path):
    seen = checkpoint.open_((make(tmp_path / "seen", 700) / "checkpoint").read_text(), VERIFIER)
    assert verify(make(tmp_path / "longer", 900), VERIFIER, seen).since == 700
    with pytest.raises(LogError, match="LOG_ROLLED_BACK"):
        verify(make(tmp_path / "shorter", 600), VERIFIER, seen)
    with pytest.raises(LogError, match="LOG_PROOF"):
        verify(make(tmp_path / "rewritten", 900, lambda at: entry(at + (at == 5))), VERIFIER, seen)


@pytest.mark.skipif(GO is None or not SUMDB.exists(), reason="Go with golang.org/x/mod is not installed")
def test_go_verifies_the_same_bundle_and_refuses_an_edited_one(tmp_path):
    older, folder = make(tmp_path / "older", 300), make(tmp_path / "log", 1_000)
    program = Path(__file__).parent / "go" / "main.go"
    go = {
        "GO111MODULE": "off",
        "GOPATH": "/usr/share/gocode",
        "GOCACHE": str(tmp_path / "cache"),
        "PATH": os.environ["PATH"],
    }
    built = tmp_path / "verify"
    subprocess.run([GO, "build", "-o", built, program], env={**go, "HOME": str(tmp_path)}, check=True)

    def judge():
        return subprocess.run([built, folder, VERIFIER.encode(), older], capture_output=True, text=True).stdout

    assert judge() == "accepted: 1000\n"
    file = folder / "tile" / "entries" / "001"
    file.write_bytes(file.read_bytes().replace(b"PROFILE_READ", b"PROFILE_SEEN", 1))
    assert judge().startswith("refused:")


@given(st.text(max_size=200))
def test_no_text_is_taken_for_a_checkpoint(text):
    with pytest.raises(LogError, match="LOG_CHECKPOINT"):
        checkpoint.open_(text, VERIFIER)


@given(st.integers(0, 2**40), st.binary(min_size=32, max_size=32))
def test_a_signed_checkpoint_opens_and_another_key_s_does_not(size, root):
    made = Checkpoint(NAME, size, root)
    note = checkpoint.sign(made, VERIFIER, KEY.sign)
    assert checkpoint.open_(note, VERIFIER) == made
    with pytest.raises(LogError, match="LOG_CHECKPOINT"):
        checkpoint.open_(note, Verifier(NAME, bytes(31) + b"\x09"))


def test_a_verifier_key_survives_its_text_and_a_damaged_one_is_refused():
    text = VERIFIER.encode()
    assert Verifier.decode(text) == VERIFIER
    for wrong in ("", "a+b", text[:-4], text.replace("lapis", "lapus"), f"{NAME}+00000000+AA=="):
        with pytest.raises(LogError, match="LOG_KEY"):
            Verifier.decode(wrong)


def test_a_name_or_an_entry_that_the_format_cannot_carry_is_refused():
    with pytest.raises(LogError, match="LOG_KEY"):
        Verifier("two words", bytes(32))
    with pytest.raises(LogError, match="LOG_ENTRY_LONG"):
        bundle.pack(bytes(65_536))

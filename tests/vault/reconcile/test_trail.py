"""Any bytes are a line or our error, which names the place; and files that were touched are found."""

import datetime as dt
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault.reconcile import Seen, TrailError, files, judge, parse
from vault.reconcile.changes import change
from vault.reconcile.ours import Ours, Part, read
from vault.reconcile.parts import Mark, Trail, missing

NOW = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)
TEXT = st.text(max_size=20)
JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
                    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3))  # fmt: skip
NAMES = ("time", "type", "auth", "request", "response", "error", "id", "path", "data", "batch_input", "policies")


def line(number=1, kind="request", **more):
    """Return a line as the vault writes it."""
    at = (NOW + dt.timedelta(seconds=number)).isoformat(timespec="microseconds").replace("+00:00", "123Z")
    request = {"id": f"id-{number}", "operation": "update", "path": "sys/mounts", **more}
    return json.dumps({"time": at, "type": kind, "auth": {}, "request": request}).encode() + b"\n"


def judged(raw):
    try:
        return parse(raw, "audit.log:7")
    except TrailError as error:
        return error


@given(st.binary(max_size=200) | JSON.map(lambda found: json.dumps(found).encode()))
def test_any_bytes_are_a_line_or_an_error_that_names_the_place_and_no_value(raw):
    found = judged(raw)
    if isinstance(found, TrailError):
        expected = "TRAIL_LINE: audit.log:7: not a line of the vault's audit trail"
        assert (str(found), found.__cause__, found.__suppress_context__) == (expected, None, True)


@given(st.data())
def test_a_line_with_anything_in_any_of_its_fields_is_a_line_or_the_error(data):
    content = json.loads(line(auth={"policies": []}, data={"batch_input": []}))
    at = data.draw(st.sampled_from((content, content["request"], content["auth"])))
    at[data.draw(st.sampled_from(NAMES))] = data.draw(JSON)
    found = judged(json.dumps(content).encode())
    if not isinstance(found, TrailError):
        Seen().add(found)


def test_deep_nesting_is_the_error():
    assert isinstance(judged(b"[" * 100_000), TrailError)


@pytest.mark.parametrize("stamp", ["2026-11-24T14:37:06.11294379Z", "2026-11-24T14:37:06Z", "2026-11-24T14:37:06.1Z"])
def test_times_are_read_in_every_length_that_the_vault_writes(stamp):
    found = parse(json.dumps(json.loads(line()) | {"time": stamp}).encode(), "")
    assert (found.at.second, found.at.tzinfo) == (6, dt.UTC)


def test_a_batch_counts_its_values_and_the_same_batch_has_one_digest():
    def tokens(*values, **more):
        asked = {"batch_input": [{"input": value} for value in values], **more}
        return parse(line(path="transit/hmac/pepper", data=asked), "").tokens

    assert tokens("a", "b", "b").count == 3
    assert tokens("a", "b") == tokens("a", "b") != tokens("b", "a")
    assert tokens("a", key_version=1) != tokens("a", key_version=2)
    assert parse(line(path="transit/hmac/pepper/sha2-256", data={"input": "a"}), "").tokens.count == 1


@pytest.mark.parametrize(
    ("path", "named"),
    [
        ("sys/policies/acl/release", "policy:release"),
        ("sys/policy/release", "policy:release"),
        ("auth/approle/role/release", "role:release"),
        ("auth/approle/role/release/token-num-uses", "role:release"),
        ("auth/approle/role/release/custom-secret-id", "credentials:release"),
        ("auth/agencies/role/dinsos/secret-id", "agency:dinsos"),
        ("auth/officers/users/ani/policies", "officer:ani"),
        ("auth/officers/users/ani/password", "officer:ani"),
        ("auth/token/create-orphan", "path:auth/token/create-orphan"),
        ("identity/entity", "path:identity/entity"),
        ("identity/entity-alias/id/1", "alias:"),
        ("identity/group/name/dpo", "group:dpo"),
        ("identity/mfa/method/totp/admin-generate", "device:"),
        ("identity/mfa/login-enforcement/officers", "factor:"),
        ("identity/oidc/key/lapis", "oidc:"),
        ("sys/auth/officers", "login:officers"),
        ("sys/mounts/transit", "mount:transit"),
        ("sys/control-group/config", "path:sys/control-group/config"),
        ("sys/rotate", "path:sys/rotate"),
        ("transit/keys/pepper/rotate", "key:pepper"),
        ("transit/restore/pepper", "key:pepper"),
        ("auth/officers/login/ani", ""),
        ("auth/token/renew-self", ""),
        ("identity/oidc/provider/lapis/authorize", ""),
        ("sys/control-group/authorize", ""),
        ("sys/mfa/validate", ""),
        ("sys/wrapping/unwrap", ""),
        ("transit/encrypt/ref-seal", ""),
    ],
)
def test_every_write_that_says_who_may_do_what_has_the_name_that_a_run_gives_it(path, named):
    found = {verb: change(parse(line(path=path, operation=verb), "")) for verb in ("read", "list", "update", "delete")}
    assert found == {"read": "", "list": "", "update": named, "delete": named}


def test_an_officer_s_own_password_is_hers_to_change_and_nobody_else_s():
    for who, named in (("officers-ani", ""), ("officers-ani-again", "officer:ani"), ("approle", "officer:ani")):
        content = json.loads(line(path="auth/officers/users/ani/password")) | {"auth": {"display_name": who}}
        assert change(parse(json.dumps(content).encode(), "")) == named


OURS = ("CASE_OPENED", "CASE_RELEASED", "TOKENS_COUNTED", "TRAIL_ROTATED", "VAULT_SET_UP", "PROFILE_READ")
SUBJECT = ("case", "asked", "opened", "requests", "day", "identity", "anchor", "part", "octets", "digest", "dropped",
           "since", "changes")  # fmt: skip


@given(st.sampled_from(OURS), st.dictionaries(st.sampled_from(SUBJECT), JSON), st.binary(max_size=40))
def test_whatever_an_entry_says_it_is_read_or_passed_over_and_judged(code, subject, noise):
    body = {"code": code, "at": NOW.isoformat(), "actor": "a", "subject": subject}
    ours = read([json.dumps(body).encode(), noise])
    judge(Seen(), ours, str.upper, NOW)


class TestFiles:
    """A trail that grows, is put aside, cut, changed, or taken away."""

    @pytest.fixture
    def folder(self, tmp_path):
        (tmp_path / "audit.log").write_bytes(b"".join(map(line, range(1, 6))))
        return tmp_path

    def look(self, folder, marks=(), ours=None):
        """Look once, as another process would; return the lines' ids, the findings' detail, and the marks."""
        trail = Trail(marks)
        ids = [each.id for each in trail.read(files([folder]), ours or Ours(), NOW)]
        return ids, [each.detail for each in trail.findings], trail.marks

    def test_a_line_that_is_still_being_written_waits(self, folder):
        whole = line(6)
        with (folder / "audit.log").open("ab") as file:
            file.write(whole[:40])
        trail = Trail()
        assert len(list(trail.read(files([folder]), Ours(), NOW))) == 5
        with (folder / "audit.log").open("ab") as file:
            file.write(whole[40:])
        assert [each.place for each in trail.read(files([folder]), Ours(), NOW)] == ["audit.log:6"]
        assert trail.findings == []

    def test_a_cut_line_in_a_part_that_no_longer_grows_is_a_gap(self, folder):
        (folder / "audit.log").rename(folder / "audit-1.log")
        with (folder / "audit-1.log").open("ab") as file:
            file.write(line(6)[:40])
        (folder / "audit.log").write_bytes(line(7))
        assert self.look(folder)[1] == ["its last line is cut"]

    def test_a_damaged_line_is_a_gap_with_its_number_and_the_others_are_read(self, folder):
        with (folder / "audit.log").open("ab") as file:
            file.write(b'{"time":"1871014107900001\n' + line(7))
        trail = Trail()
        assert len(list(trail.read(files([folder]), Ours(), NOW))) == 6
        assert [each.place for each in trail.findings] == ["audit.log:6"]
        assert "1871014107900001" not in str(trail.findings)

    def test_rotations_between_two_looks_lose_nothing_and_are_no_finding(self, folder):
        _, _, marks = self.look(folder)
        for number in (1, 2):
            with (folder / "audit.log").open("ab") as file:
                file.write(line(10 * number))
            (folder / "audit.log").rename(folder / f"audit-{number}.log")
            (folder / "audit.log").write_bytes(line(10 * number + 1))
        ids, found, after = self.look(folder, marks)
        assert (ids[5:], found) == (["id-10", "id-11", "id-20", "id-21"], [])
        assert self.look(folder, after)[1] == []

    def test_a_copy_of_the_trail_is_the_same_trail(self, folder, tmp_path_factory):
        _, _, marks = self.look(folder)
        copy = tmp_path_factory.mktemp("copy")
        (copy / "audit-old.log").write_bytes((folder / "audit.log").read_bytes())
        assert self.look(copy, marks)[1] == []

    def test_a_copy_that_replaces_the_copy_before_goes_on_where_it_ended(self, folder):
        trail, path = Trail(), folder / "audit.log"
        whole = path.read_bytes()
        assert len(list(trail.read(files([folder]), Ours(), NOW))) == 5
        for number, name in ((6, "audit.log"), (7, "audit-1.log")):
            whole += line(number)
            fresh = folder / "fresh"
            fresh.write_bytes(whole)
            path.unlink()
            path = fresh.rename(folder / name)
            assert [each.id for each in trail.read(files([folder]), Ours(), NOW)] == [f"id-{number}"]
        assert trail.findings == []

    @pytest.mark.parametrize("between", ["looks", "polls"])
    @pytest.mark.parametrize(
        ("attack", "detail"),
        [
            (lambda path, whole: path.write_bytes(whole[:-30]), "shorter than at the last look"),
            (lambda path, whole: path.write_bytes(b""), "shorter than at the last look"),
            (lambda path, whole: path.write_bytes(whole.replace(b"id-5", b"id-9")), "changed before"),
            (lambda path, whole: path.unlink(), "a part that was there is missing"),
        ],
    )
    def test_what_is_cut_changed_or_taken_away_is_a_gap(self, folder, between, attack, detail):
        trail = Trail()
        list(trail.read(files([folder]), Ours(), NOW))
        path, marks = folder / "audit.log", trail.marks
        (folder / "audit-9.log").write_bytes(line(100))
        attack(path, path.read_bytes())
        trail = trail if between == "polls" else Trail(marks)
        list(trail.read(files([folder]), Ours(), NOW))
        assert any(detail in each.detail for each in trail.findings)

    def test_a_change_far_before_the_end_is_found_by_the_next_look(self, folder):
        _, _, marks = self.look(folder)
        path = folder / "audit.log"
        path.write_bytes(path.read_bytes().replace(b"id-1", b"id-7"))
        assert self.look(folder, marks)[1] == ["changed before where the last look ended"]

    def test_a_part_that_our_log_says_was_dropped_may_be_gone_and_no_other(self, folder):
        _, _, marks = self.look(folder)
        (folder / "audit.log").rename(folder / "audit-1.log")
        named = [Mark("audit-1.log", mark.inode, mark.offset, mark.lines, mark.digest) for mark in marks]
        (folder / "audit-1.log").unlink()
        (folder / "audit.log").write_bytes(line(9))
        # The file system may give the new file the old one's number: then it looks shorter.
        assert self.look(folder, named)[1] in (["a part that was there is missing"], ["shorter than at the last look"])
        assert self.look(folder, named, Ours(dropped={"audit-1.log"}))[1] == []

    def test_a_part_that_our_log_says_was_put_aside_must_be_there_whole(self, folder):
        import hashlib

        whole = (folder / "audit.log").read_bytes()
        ours = Ours(parts={"audit-1.log": Part(len(whole), hashlib.sha256(whole).hexdigest())})
        assert missing(files([folder]), ours, NOW) == []
        (folder / "audit.log").write_bytes(whole.replace(b"id-1", b"id-7"))
        assert [each.about for each in missing(files([folder]), ours, NOW)] == ["part audit-1.log"]
        assert missing(files([folder]), Ours(parts=ours.parts, dropped={"audit-1.log"}), NOW) == []

    def test_no_trail_at_all_is_an_error(self, tmp_path):
        for given_ in ([tmp_path], [tmp_path / "audit.log"], []):
            with pytest.raises(TrailError, match="TRAIL_MISSING"):
                files(given_)

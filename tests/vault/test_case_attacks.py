"""Each known way around a control group: it succeeds against a loosened set-up, and fails against the one we ship."""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass

import pytest

from policies import load_vault_policies
from tests.vault.dev import Dev, dev_server
from vault import VaultError, cases

RELEASE = load_vault_policies()["release"]
APPROVER = """
path "sys/control-group/request" { capabilities = ["update"] }
path "sys/control-group/authorize" { capabilities = ["update"] }
"""
TWO = 'factor "two people"'
OURS = {"token_type": "service", "token_num_uses": 2}


@dataclass(frozen=True)
class Stage:
    """A vault with the shipped gate, Ani the data-protection officer, Budi the head, and the means to loosen it."""

    dev: Dev
    mount: str

    def person(self, name, *groups):
        """Give somebody a login, an entity and groups; return a session of hers."""
        password = secrets.token_hex(8)
        user = {"password": password, "token_policies": "approver", "token_no_default_policy": True}
        self.dev.do("POST", f"auth/userpass/users/{name}", **user)
        entity = self.dev.do("POST", "identity/entity", name=name)["data"]
        entity = entity or self.dev.do("GET", f"identity/entity/name/{name}")["data"]
        alias = {"name": name, "canonical_id": entity["id"], "mount_accessor": self.mount}
        self.dev.do("POST", "identity/entity-alias", **alias)
        for group in groups:
            members = self.dev.call("GET", f"identity/group/name/{group}")[1].get("data", {}).get("member_entity_ids")
            self.dev.do("POST", "identity/group", name=group, member_entity_ids=[*(members or []), entity["id"]])
        found = {"dpo": [], "pmo-head": []}
        for group in found:
            found[group] = self.dev.call("GET", f"identity/group/name/{group}")[1].get("data", {}).get("id")
        if all(found.values()):
            self.dev.do("POST", "identity/group", name="approvers", member_group_ids=list(found.values()))
        return self.dev.do("POST", f"auth/userpass/login/{name}", "", password=password)["auth"]["client_token"]

    def approve(self, token, ask):
        """Approve without looking, as a careless person would; return whether all approvals are there."""
        status, answer = self.dev.call("POST", "sys/control-group/authorize", token, accessor=ask.accessor)
        return status == 200 and answer["data"]["approved"]

    def policy(self, text, **role):
        """Return a login under another policy or role."""
        name = f"loose-{secrets.token_hex(4)}"
        self.dev.do("POST", f"sys/policies/acl/{name}", policy=text)
        credentials = self.dev.role(name, name, **{**OURS, **role})
        return lambda: self.dev.login(credentials)


@pytest.fixture(scope="module")
def dev(tmp_path_factory):
    with dev_server(tmp_path_factory.mktemp("dev")) as server:
        server.do("POST", "sys/auth/userpass", type="userpass")
        server.do("POST", "sys/auth/approle", type="approle")
        server.do("POST", "sys/mounts/transit", type="transit")
        server.do("POST", "transit/keys/ref-seal", type="aes256-gcm96")
        server.do("POST", "sys/policies/acl/approver", policy=APPROVER)
        server.do("POST", "sys/policies/acl/release", policy=RELEASE)
        yield server


@pytest.fixture(scope="module")
def stage(dev):
    return Stage(dev, dev.do("GET", "sys/auth")["data"]["userpass/"]["accessor"])


@pytest.fixture(scope="module")
def ours(dev):
    credentials = dev.role("release", "release", **OURS)
    return lambda: dev.login(credentials)


@pytest.fixture(scope="module")
def ani(stage):
    return stage.person("ani", "dpo")


@pytest.fixture(scope="module")
def budi(stage, ani):
    return stage.person("budi", "pmo-head")


@pytest.fixture
def sealed(dev):
    text = base64.b64encode(secrets.token_bytes(32)).decode()
    return dev.do("POST", "transit/encrypt/ref-seal", plaintext=text)["data"]["ciphertext"], base64.b64decode(text)


def refused(act, *codes):
    with pytest.raises(VaultError) as failure:
        act()
    assert failure.value.code in codes, failure.value.code


def test_two_people_release_one_reference_once(stage, ours, ani, budi, sealed):
    ciphertext, reference = sealed
    ask = cases.ask(ours, ciphertext)
    refused(lambda: cases.release(ours, ask), "CASE_NOT_APPROVED")
    assert [stage.approve(who, ask) for who in (ani, budi)] == [False, True]
    assert cases.release(ours, ask) == reference
    refused(lambda: cases.release(ours, ask), "CASE_NOT_APPROVED")


def test_an_approved_request_is_replayed_only_where_tokens_serve_forever(stage, ours, ani, budi, sealed):
    ciphertext, reference = sealed
    loose = stage.policy(RELEASE, token_num_uses=0)
    for login, again in ((loose, True), (ours, False)):
        ask = cases.ask(login, ciphertext)
        assert [stage.approve(who, ask) for who in (ani, budi)] == [False, True]
        assert cases.release(login, ask) == reference
        if again:
            assert cases.release(login, ask) == reference
        else:
            refused(lambda ask=ask: cases.release(ours, ask), "CASE_NOT_APPROVED")


def test_one_person_in_both_groups_satisfies_two_factors_but_not_the_third(stage, ours, budi, sealed):
    cleo = stage.person("cleo", "dpo", "pmo-head")
    start = RELEASE.index("    # One person in both")
    loose = stage.policy(RELEASE[:start] + RELEASE[RELEASE.index("  }\n}\n\n# Give") :])
    assert TWO in RELEASE
    ask = cases.ask(loose, sealed[0])
    assert stage.approve(cleo, ask)
    assert cases.release(loose, ask) == sealed[1]
    ask = cases.ask(ours, sealed[0])
    assert not stage.approve(cleo, ask)
    refused(lambda: cases.release(ours, ask), "CASE_NOT_APPROVED")


def test_the_same_person_approving_again_counts_once(stage, ours, ani, sealed):
    ask = cases.ask(ours, sealed[0])
    assert not stage.approve(ani, ask)
    assert not stage.approve(ani, ask)
    refused(lambda: cases.release(ours, ask), "CASE_NOT_APPROVED")


def test_a_group_that_does_not_exist_is_accepted_by_the_vault_and_opens_nothing(stage, ani, budi, sealed):
    misspelt = stage.policy(RELEASE.replace('["pmo-head"]', '["pmo-haed"]'))
    ask = cases.ask(misspelt, sealed[0])
    assert [stage.approve(who, ask) for who in (ani, budi)] == [False, False]
    refused(lambda: cases.release(misspelt, ask), "CASE_NOT_APPROVED")


def test_one_human_with_two_logins_approves_alone_and_shows_as_two(stage, ours, ani, sealed):
    # The vault cannot know: the steward gives one login a person, and every release names its approvers' entities.
    second = stage.person("ani-again", "pmo-head")
    ask = cases.ask(ours, sealed[0])
    assert [stage.approve(who, ask) for who in (ani, second)] == [False, True]
    shown = stage.dev.do("POST", "sys/control-group/request", ani, accessor=ask.accessor)["data"]["authorizations"]
    assert {each["entity_name"] for each in shown} == {"userpass-ani", "userpass-ani-again"}


def test_without_the_gate_the_vault_would_answer_at_once_and_the_answer_is_dropped(stage, sealed):
    bare = stage.policy('path "transit/decrypt/ref-seal" { capabilities = ["update"] }')
    assert bare().write("transit/decrypt/ref-seal", {"ciphertext": sealed[0]})["plaintext"]
    refused(lambda: cases.ask(bare, sealed[0]), "VAULT_NOT_GATED")


def test_a_batch_token_opens_an_approved_request_again_and_again_and_ours_is_none(stage, ours, ani, budi, sealed):
    loose = stage.policy(RELEASE, token_type="batch", token_num_uses=0, token_ttl="10m")
    ask = cases.ask(loose, sealed[0])
    assert [stage.approve(who, ask) for who in (ani, budi)] == [False, True]
    assert [cases.release(loose, ask) for _ in range(2)] == [sealed[1]] * 2
    assert ours()._adapter.token.startswith("s.")


def test_many_references_pass_in_one_request_only_where_parameters_are_free(stage, ours, ani, budi, sealed):
    free = RELEASE[: RELEASE.index("  # One ciphertext")] + RELEASE[RELEASE.index("  control_group") :]
    many = {"batch_input": [{"ciphertext": sealed[0]}] * 30}
    token, accessor = stage.policy(free)().ask("transit/decrypt/ref-seal", many)
    assert accessor
    assert token
    refused(lambda: ours().ask("transit/decrypt/ref-seal", many), "VAULT_DENIED")
    refused(
        lambda: ours().ask("transit/decrypt/ref-seal", {"ciphertext": sealed[0], "context": "eA=="}), "VAULT_DENIED"
    )


def test_a_second_policy_replaces_the_gate_so_a_role_has_one_policy(stage, ani, ours, sealed):
    start, end = RELEASE.index('    factor "head"'), RELEASE.index("  }\n}\n\n# Give")
    weaker = f"a-weaker-{secrets.token_hex(4)}"
    # Of two gates the vault keeps the one of the policy whose name comes first.
    stage.dev.do("POST", f"sys/policies/acl/{weaker}", policy=RELEASE[:start] + RELEASE[end:])
    for policies in (f"{weaker},release", f"release,{weaker}"):
        credentials = stage.dev.role(f"merged-{secrets.token_hex(4)}", policies, **OURS)
        ask = cases.ask(lambda credentials=credentials: stage.dev.login(credentials), sealed[0])
        assert stage.approve(ani, ask)
    assert ours().policies == ("release",)
    assert not stage.approve(ani, cases.ask(ours, sealed[0]))


def test_a_token_without_an_entity_may_ask_and_no_role_of_ours_can_make_one(stage, ani, budi, sealed):
    token = stage.dev.do("POST", "auth/token/create", policies=["release"], no_default_policy=True)["auth"]
    assert not token["entity_id"]
    status, answer = stage.dev.call("POST", "transit/decrypt/ref-seal", token["client_token"], ciphertext=sealed[0])
    assert (status, bool(answer["wrap_info"])) == (200, True)
    for name, text in load_vault_policies().items():
        assert "auth/token/create" not in text, name


class TestMaliciousAsker:
    """The service shows the approver one case and submits another; the approver's tool reads the vault instead."""

    def test_a_request_for_another_reference_is_refused_before_anything_is_approved(self, stage, ours, sealed, person):
        shown, asked = cases.digest(sealed[0]), cases.ask(ours, other(stage))
        refused(lambda: cases.approve(person, [asked.accessor], [shown]), "CASE_NOT_IN_MANIFEST")
        assert cases.look(person, asked.accessor).approvers == ()

    def test_an_extra_request_is_refused_with_the_whole_case(self, stage, ours, sealed, person):
        mine, extra = cases.ask(ours, sealed[0]), cases.ask(ours, other(stage))
        accessors = [mine.accessor, extra.accessor]
        refused(lambda: cases.approve(person, accessors, [cases.digest(sealed[0])]), "CASE_NOT_IN_MANIFEST")
        assert cases.look(person, mine.accessor).approvers == ()

    def test_a_request_at_another_path_is_refused(self, stage, person, sealed):
        text = RELEASE.replace("transit/decrypt/ref-seal", "transit/decrypt/other")
        stage.dev.do("POST", "transit/keys/other", type="aes256-gcm96")
        plain = stage.dev.do("POST", "transit/encrypt/other", plaintext="eA==")["data"]["ciphertext"]
        _, accessor = stage.policy(text)().ask("transit/decrypt/other", {"ciphertext": plain})
        refused(lambda: cases.approve(person, [accessor], [cases.digest(plain)]), "CASE_OTHER")

    def test_what_the_manifest_says_is_approved(self, stage, ours, budi, person, sealed):
        asked = cases.ask(ours, sealed[0])
        assert cases.approve(person, [asked.accessor], [cases.digest(sealed[0])]) == 0
        assert stage.approve(budi, asked)
        assert cases.release(ours, asked) == sealed[1]

    def test_an_accessor_of_nothing_is_unknown(self, person):
        refused(lambda: cases.look(person, "no-such-accessor"), "CASE_UNKNOWN")


def other(stage):
    """Return the ciphertext of somebody else's reference."""
    text = base64.b64encode(secrets.token_bytes(32)).decode()
    return stage.dev.do("POST", "transit/encrypt/ref-seal", plaintext=text)["data"]["ciphertext"]


@pytest.fixture
def person(stage, ani, ours):
    """A session under Ani's own token."""
    session = stage.dev.login(stage.dev.role("shell", "approver", token_type="service"))
    session._adapter.token = ani
    yield session
    session.leave()


def test_the_asker_cannot_approve_its_own_request(stage, ours, sealed):
    loose = stage.policy(RELEASE + APPROVER, token_num_uses=0)
    outcomes = []
    for login in (loose, ours):
        ask = cases.ask(login, sealed[0])
        approve = ("POST", "sys/control-group/authorize", login()._adapter.token)
        outcomes.append(stage.dev.call(*approve, accessor=ask.accessor)[0])
    assert outcomes == [200, 403]


def test_a_stolen_waiting_answer_opens_once_for_the_thief_so_that_the_theft_shows(stage, ours, ani, budi, sealed):
    # Any login may unwrap, whatever its policy: the token is a secret. The trail shows that it was used, not by whom.
    ask = cases.ask(ours, sealed[0])
    unwrap = ("POST", "sys/wrapping/unwrap")
    assert stage.dev.call(*unwrap, ani, token=ask.token)[0] == 400
    assert [stage.approve(who, ask) for who in (ani, budi)] == [False, True]
    assert stage.dev.call(*unwrap, ani, token=ask.token)[0] == 200
    assert stage.dev.call(*unwrap, ani, token=ask.token)[0] == 403
    refused(lambda: cases.release(ours, ask), "CASE_NOT_APPROVED")

"""Every command that the page of questions names answers, on an installation as the demo leaves it."""

import re
import shlex
from pathlib import Path

import pytest

from scripts import cli
from scripts.demo.story import stop
from tests.scripts.desks import lapis

PAGE = Path(__file__).parents[2] / "docs" / "questions.md"
COMMANDS = [shlex.split(found)[1:] for found in re.findall(r"`(lapis [^`]+)`", PAGE.read_text(encoding="utf-8"))]
PEOPLE = "4000"
ASKS = ("--purpose", "overlap-review", "--basis", "public-task")


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    out = tmp_path_factory.mktemp("questions") / "demo"
    assert cli.main(["demo", "--out", str(out), "--people", PEOPLE, "--port", "0"]) == 0
    yield out
    stop(out)


def officer(out):
    return ("--home", out / "officers" / "dewi", "--password-file", out / "handover" / "officers" / "dewi.password")


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_command_of_the_page_answers_with_rows(demo, command):
    asked = list(command)
    if asked[:2] == ["officer", "person"]:
        twice = lapis("officer", "overlaps", "--kind", "programmes", "--limit", 1, *ASKS, *officer(demo), "--json")
        asked[2] = twice["overlaps"][0]["person"]
    where = officer(demo) if asked[0] == "officer" else ("--home", demo / "centre")
    answer = lapis(*asked, *where, "--json")
    assert answer.get("rows") or answer.get("overlaps") or answer.get("aid")


def test_the_page_asks_of_people_money_and_gaps():
    assert {command[1] for command in COMMANDS} == {"show", "person", "overlaps"} and len(COMMANDS) > 10

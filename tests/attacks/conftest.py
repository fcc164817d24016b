"""A small world, settings as they ship, and policies weakened on purpose."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from importlib.resources import files
from typing import Any

import numpy as np
import pytest

from linkage.attacks.setting import Setting
from linkage.attacks.world import World, found_world
from linkage.encoding import LinkagePolicy
from linkage.encoding.policy import parse

Change = Callable[[dict[str, Any]], None]


@pytest.fixture(scope="session")
def world() -> World:
    return found_world(12_000, 1)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(3)


@pytest.fixture
def setting() -> Setting:
    return Setting("date", ("birth_date", "sex"), 1024, 12, 7)


def policy(change: Change | None = None) -> LinkagePolicy:
    """The shipped policy, changed."""
    text = (files("policies") / "linkage" / "lampung.toml").read_text(encoding="utf-8")
    document = tomllib.loads(text)
    if change:
        change(document)
    return parse(document)

"""What is attacked: one anchor of a linkage policy, as the few numbers that an attacker cares about.

Never holds a key. `Setting.of` is the only place that reads a policy.
"""

from __future__ import annotations

from dataclasses import dataclass

from linkage.encoding import Anchor, LinkagePolicy


@dataclass(frozen=True, slots=True)
class Setting:
    """How names are encoded under one anchor.

    `parts` say which people share a cell; `salted`: filters are salted by the cell; `majorities`: K of the layer, 0 for
    none; `one_key`: every cell has the same layer key.
    """

    name: str
    parts: tuple[str, ...]
    bits: int
    hashes: int
    majorities: int
    salted: bool = True
    one_key: bool = False

    @classmethod
    def of(cls, policy: LinkagePolicy, anchor: Anchor) -> Setting:
        """Read an anchor of a policy."""
        return cls(anchor.name, anchor.parts, anchor.bits, anchor.hashes, policy.majorities)

    @property
    def layered(self) -> bool:
        """Tell whether the centre's layer is applied."""
        return self.majorities > 0

    @property
    def apart(self) -> bool:
        """Tell whether filters of different cells are made with different secrets."""
        return self.salted or (self.layered and not self.one_key)


def baseline(setting: Setting) -> Setting:
    """Return the unhardened encoding of the same length: random hashing under one key, no salt, no layer."""
    return Setting("plain", (), setting.bits, setting.hashes, 0, salted=False)

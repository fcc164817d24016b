"""What is attacked: one anchor of a linkage policy, as the few numbers that an attacker cares about.

Never holds a key. `Setting.of` is the only place that reads a policy.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from linkage.encoding import Anchor, LinkagePolicy
from linkage.encoding.policy import TEMPORAL, Names


@dataclass(frozen=True, slots=True)
class Setting:
    """How names are encoded under one anchor.

    `parts` say which people share a cell (none: everybody, without a salt); `majorities`: K of the layer, 0 for none;
    `floor`: the Dice from which a pass hands pairs to the merge; `one_key`: every cell has the same layer key. Pieces
    of a birth date, which some anchors add to a filter, are left out: the attacks are on names.
    """

    name: str
    parts: tuple[str, ...]
    bits: int
    hashes: int
    majorities: int
    floor: float = 0.0
    one_key: bool = False
    names: Names = field(default_factory=Names)

    @classmethod
    def of(cls, policy: LinkagePolicy, anchor: Anchor) -> Setting:
        """Read an anchor of a policy."""
        layer = policy.layer
        return cls(
            anchor.name,
            anchor.parts,
            anchor.bits,
            anchor.hashes,
            policy.majorities(anchor),
            policy.floor(anchor),
            layer.unsafe_one_key,
            policy.names,
        )

    @property
    def salted(self) -> bool:
        """Tell whether filters are salted by their cell."""
        return bool(self.parts)

    @property
    def layered(self) -> bool:
        """Tell whether the centre's layer is applied."""
        return self.majorities > 0

    @property
    def dated(self) -> bool:
        """Tell whether the anchor has a birth date or year."""
        return bool(TEMPORAL.intersection(self.parts))

    @property
    def crowded(self) -> bool:
        """Tell whether different people share a cell; a NIK's cell is one person's."""
        return "nik" not in self.parts

    @property
    def strength(self) -> tuple[int, int, int]:
        """Return what an attack inside one cell depends on: bits, hashes, majorities."""
        return self.bits, self.hashes, self.majorities


def baseline(setting: Setting) -> Setting:
    """Return the unhardened encoding of the same length: random hashing under one key, no salt, no layer."""
    return Setting("plain", (), setting.bits, setting.hashes, 0, names=setting.names)

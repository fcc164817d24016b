"""The access log as a transparency log: tiles, proofs, signed checkpoints, bundles. It holds no key."""

from vault.log import bundle, checkpoint, merkle
from vault.log.bundle import verify
from vault.log.checkpoint import Checkpoint, Verifier
from vault.log.errors import LogError
from vault.log.merkle import Tiles, leaf_hash

__all__ = ["Checkpoint", "LogError", "Tiles", "Verifier", "bundle", "checkpoint", "leaf_hash", "merkle", "verify"]

"""The door: the one page where people give their password. A process of its own, with no credentials and no store.

It knows where the vault is, and where the service is that it opens to; it keeps nothing, and logs nothing.
"""

from api.door.app import Hall, create_door

__all__ = ["Hall", "create_door"]

"""Who asks, whether she may, and that it is written down. It holds no key and decides nothing itself."""

from api.access.admission import Visit, admit, visit
from api.access.principals import Principal, Verifier

__all__ = ["Principal", "Verifier", "Visit", "admit", "visit"]

"""From a person's identifiers to what may leave the laptop, and to what the centre stores: tokens, filters, the layer.

Vocabulary: a *token* is a keyed HMAC of an identifier; an *anchor* is a set of parts that two records must share to be
compared; its values make *cells*; a *filter* is a salted Bloom encoding of a name; the *layer* is the centre's
vault-keyed second encoding; a *submission* is the signed, sealed file of an agency.
"""

from linkage.encoding.cards import CentreCard, EnrolmentCard, EpochCard
from linkage.encoding.errors import EncodingError
from linkage.encoding.keys import Secret
from linkage.encoding.policy import Anchor, LinkagePolicy, Matching
from linkage.encoding.submission import Submission

__all__ = [
    "Anchor",
    "CentreCard",
    "EncodingError",
    "EnrolmentCard",
    "EpochCard",
    "LinkagePolicy",
    "Matching",
    "Secret",
    "Submission",
]

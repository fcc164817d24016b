"""What an agency prints: minutes to sign, and a backup of its keys to lock away. PDF bytes out; knows no clock.

`pages` are the sheets themselves, for what else is printed.

Apart from the other rooms because it alone needs a PDF library, which takes a while to load.
"""

from linkage.paper import pages
from linkage.paper.backup import Backup, backup_sheet
from linkage.paper.minutes import Details, minutes

__all__ = ["Backup", "Details", "backup_sheet", "minutes", "pages"]

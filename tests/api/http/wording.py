"""What the pages say, as the translator must know it: every text of templates, and every name of a code."""

import io
from importlib import resources

from babel.messages.extract import extract

from api.pages.labels import LABELS, OTHERWISE

IN_CODE = {"%(num)d second ago", "%(num)d minute ago", "%(num)d hour ago"}


def texts():
    """Return every text in English."""
    found = {text for names in LABELS.values() for text in names.values()} | {OTHERWISE} | IN_CODE
    for file in sorted((resources.files("api.pages") / "templates").iterdir(), key=str):
        options = {"extensions": "jinja2.ext.i18n", "trimmed": "true", "silent": "false"}
        content = io.BytesIO(file.read_bytes())
        for _, message, _, _ in extract("jinja2.ext:babel_extract", content, options=options):
            found.add(message if isinstance(message, str) else message[0])
    return found

"""Content type: what a body claims to be, and so how its template is read.

In: the value of a Content-Type header. Out: the template mode. Never: a look at a body.
"""

import re

_MODES = {
    "application/json": "json",
    "application/x-ndjson": "ndjson",
    "application/ndjson": "ndjson",
    "application/x-www-form-urlencoded": "form",
    "application/xml": "xml",
    "text/xml": "xml",
    "text/html": "text",
}
_WORD = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_WELL_FORMED = re.compile(rf'{_WORD}/{_WORD}(?:\s*;\s*{_WORD}=(?:{_WORD}|"[^"\\\x00-\x1f]*"))*\Z')


def mode_of(content_type: str) -> str:
    """The template mode; `+json` and `+xml` count as what they are built on."""
    media_type = content_type.split(";", maxsplit=1)[0].strip().lower()
    if media_type.endswith("+json"):
        return "json"
    if media_type.endswith("+xml"):
        return "xml"
    return _MODES.get(media_type, "plain")


def is_content_type(text: str) -> bool:
    """RFC 9110 §8.3.1."""
    return _WELL_FORMED.match(text) is not None

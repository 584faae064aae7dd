"""The HTML escaping of plain Handlebars, for text mode.

In: a value. Out: text for an HTML page. Never: used for any other kind of body.
"""

import re

from grantwire.template.values import SafeText, Value, text_of

_ESCAPES = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;", "`": "&#x60;", "=": "&#x3D;"}
)
_ESCAPED = re.compile("[&<>\"'`=]").search


def html_text(value: Value) -> str:
    """As handlebars.js escapes: also the grave accent and the equals sign."""
    text = value if isinstance(value, str) else text_of(value)
    if isinstance(text, SafeText) or _ESCAPED(text) is None:
        return text
    return text.translate(_ESCAPES)

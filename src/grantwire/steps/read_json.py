"""Read JSON: the body of an answer as a value.

In: bytes, and a reader of JSON text. Out: what they say. Never: text that cannot be written down again (half of a
surrogate pair, which Python's own reader lets through and every store and log refuses).
"""

import json
from collections.abc import Callable
from typing import Any

LoadJson = Callable[[str], Any]  # raises ValueError on text that is no JSON


def read_json(body: bytes, load_json: LoadJson) -> Any:
    """Raises ValueError."""
    text = body.decode()
    try:
        document = load_json(text)
        if "\\ud" in text or "\\uD" in text:
            json.dumps(document, ensure_ascii=False).encode()
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    return document

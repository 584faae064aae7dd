"""Text from outside that a database may refuse.

In: any str. Out: one that is valid UTF-8 without NUL. Never: a change to ordinary text.
"""


def storable(text: str) -> str:
    """HTTP headers and reasons may carry bytes that are no UTF-8 (lone surrogates); PostgreSQL takes no NUL."""
    if text.isascii() and "\x00" not in text:
        return text
    return text.encode("utf-8", "replace").decode().replace("\x00", "�")

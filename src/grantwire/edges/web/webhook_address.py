"""Where a webhook's own page is.

In: its name. Out: a path. Never: a name that could be taken for another part of the path.
"""

from urllib.parse import quote


def address_of(name: str) -> str:
    return f"/webhooks/{quote(name, safe='')}"

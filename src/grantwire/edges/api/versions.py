"""Versions: what a caller saw, by its ETag.

In: versions, and the headers If-Match and If-None-Match (RFC 9110 §13.1). Out: tags. Never: a look at the store.
"""


def etag(version: int | None) -> str:
    return f'"{version}"'


def tags(header: str) -> tuple[str, ...]:
    return tuple(tag.strip() for tag in header.split(","))

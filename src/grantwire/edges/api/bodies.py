"""Bodies: the bytes of a request, within bounds.

In: what the server receives. Out: the whole body, or the refusal to read on. Never: more in memory than the bound.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from litestar.types import Receive

from grantwire.domain.errors import Problem, Refusal, Refused
from grantwire.domain.json_text import read_json
from grantwire.domain.shape import name_of
from grantwire.domain.spelling import did_you_mean
from grantwire.edges.api.given import Asked

JSON_TYPES = ("application/json", "application/merge-patch+json")


class Disconnected(Exception):
    """The caller went away before the body was whole; nobody is left to answer."""


async def read_body(receive: Receive, headers: Mapping[bytes, bytes], *, limit: Callable[[bytes], int]) -> bytes | None:
    """The body, or None when it is longer than `limit` allows, which is asked once with the body's start."""
    message: Any = await receive()
    chunks: list[bytes] = []
    size, allowed = 0, -1
    while True:
        if message["type"] == "http.disconnect":
            raise Disconnected
        chunk = message.get("body", b"")
        if allowed < 0 and chunk:
            allowed = limit(chunk)
            if _promised(headers) > allowed:
                return None
        size += len(chunk)
        if size > allowed >= 0:
            return None
        chunks.append(chunk)
        if not message.get("more_body", False):
            return chunks[0] if len(chunks) == 1 else b"".join(chunks)
        message = await receive()


def _promised(headers: Mapping[bytes, bytes]) -> int:
    length = headers.get(b"content-length", b"0")
    return int(length) if length.isdigit() else 0


async def read_object(request: Asked) -> dict[str, Any]:
    """The JSON object of a request's body. Raises `Refused`."""
    media_type = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if media_type not in JSON_TYPES:
        problem = Problem("Content-Type", f"{media_type[:80]!r} is not read here.", f"Send {JSON_TYPES[0]}.")
        raise Refused("the form of the body is not supported", [problem], why=Refusal.UNSUPPORTED_MEDIA_TYPE)
    found = read_json(await request.body())
    if not isinstance(found, dict):
        raise Refused("the body is not valid", [Problem("", f"must be an object, found {name_of(found)}")])
    return found


async def read_optional_object(request: Asked) -> dict[str, Any]:
    """The same, where no body at all means an empty object."""
    return await read_object(request) if await request.body() else {}


def unknown_fields(raw: Mapping[str, Any], known: Sequence[str]) -> list[Problem]:
    hint = f"Known are {', '.join(known)}."
    odd = [name for name in raw if name not in known]
    return [Problem(name[:80], "is no field of this call", did_you_mean(name, known, otherwise=hint)) for name in odd]

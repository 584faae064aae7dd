"""Reads the body of a write: strict JSON, or ServiceNow's XML form.

In: a Call. Out: the fields the client sent; Failure 400 or 415. Must never: guess at a broken body: a lenient
stand-in would hide a defect of its client.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from grantwire.sandbox.apis.xml_form import entry_in
from grantwire.sandbox.exchange import Call, Failure


def record_in(call: Call, max_bytes: int) -> Mapping[str, Any]:
    """Of an array only the first element counts; the rest is ignored without a word (KB0534905)."""
    refuse_oversized(call, max_bytes)
    content_type = call.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if content_type in {"application/xml", "text/xml"}:
        return entry_in(call.body)
    value = json_in(call)
    if isinstance(value, list):
        value = value[0] if value else {}
    if not isinstance(value, dict):
        raise Failure(400, "Exception while reading request", "The payload is not a valid JSON object")
    return value


def json_in(call: Call) -> Any:
    content_type = call.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if not content_type:
        raise Failure(400, "Exception while reading request", "The Content-Type header is missing")
    if content_type not in {"application/json", "text/json"}:
        raise Failure(415, "Unsupported Media Type", f"Content-Type {content_type} is not supported")
    try:
        return msgspec.json.decode(call.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Failure(400, "Exception while reading request", f"The payload is not valid JSON: {error}") from error


def refuse_oversized(call: Call, max_bytes: int) -> None:
    if len(call.body) > max_bytes:
        raise too_large(len(call.body), max_bytes)


def too_large(size: int, most: int) -> Failure:
    detail = f"Rejected large REST payload with content-length = {size} bytes. Max allowed: {most} bytes."
    return Failure(400, "Exception while reading request", detail)

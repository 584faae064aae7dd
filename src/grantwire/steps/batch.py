"""Batch: many requests in one call of ServiceNow's Batch API, and each one's own answer out of the call's.

In: requests with their ids; the reply to the call. Out: the call's body; a reply for each id. Never: an answer that is
not about a request taken for its own; where the call leaves open what became of one, it may have arrived.

Source: ServiceNow's REST documentation, Batch API. Requests run one after another, 30 seconds for all; those that did
not come to their turn are named in `unserviced_requests` and may be sent again.
"""

import binascii
import json
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, assert_never
from urllib.parse import urlsplit

from grantwire.domain.exchange import Fault, NoResponse, NotSent, Reply, Request, Response
from grantwire.steps.opinion import named
from grantwire.steps.read_json import LoadJson, read_json

PATH = "/api/now/v1/batch"
_TOO_LONG = "the answer is longer than the {cap} bytes kept"
# What says that this instance has no Batch API, or none for such a call; each request may still go alone.
_NO_BATCHES = frozenset({400, 404, 405, 406, 413, 414, 415, 422})


@dataclass(frozen=True, slots=True)
class Parted:
    """`refusal` says why the instance takes no such call; then there is neither a reply nor an unserviced one.
    `is_answered`: the call as a whole came back as it should."""

    replies: Mapping[str, Reply] = field(default_factory=dict)
    unserviced: frozenset[str] = frozenset()
    refusal: str = ""
    is_answered: bool = False


def call_body(batch_id: str, requests: Sequence[tuple[str, Request]]) -> bytes:
    items = [_item(id_, request) for id_, request in requests]
    return json.dumps({"batch_request_id": batch_id, "rest_requests": items}).encode()


def item_bytes(request: Request) -> int:
    """About what one request takes in the body of a call."""
    heads = sum(len(name) + len(value) + 24 for name, value in request.headers)
    return len(request.body) * 4 // 3 + len(request.url) + heads + 120


def _item(id_: str, request: Request) -> dict[str, Any]:
    """The URL without its origin: all of one call lead to the same."""
    parts = urlsplit(request.url)
    return {
        "id": id_,
        "method": str(request.method),
        "url": f"{parts.path}?{parts.query}" if parts.query else parts.path,
        "headers": [{"name": name, "value": value} for name, value in request.headers],
        "body": b64encode(request.body).decode(),
        "exclude_response_headers": False,  # the content type tells data from a page
    }


def part(reply: Reply, ids: Sequence[str], *, cap_bytes: int, load_json: LoadJson) -> Parted:
    """`cap_bytes` is how much of each request's answer is kept."""
    match reply:
        case NotSent() | NoResponse():
            return Parted(dict.fromkeys(ids, reply))
        case Response() if reply.status in _NO_BATCHES:
            return Parted(refusal=f"ServiceNow answered the batch with {named(reply)}")
        case Response():
            document = _document(reply, load_json) if reply.status == 200 else None
            if document is None:
                whole = _within(reply, cap_bytes)
                return Parted(dict.fromkeys(ids, whole))
            return _parted(document, reply, ids, cap_bytes)
        case _:
            assert_never(reply)


def _document(answer: Response, load_json: LoadJson) -> Mapping[str, Any] | None:
    """None for what is no answer to a batch, whatever it is: each request is then judged by it."""
    try:
        document = read_json(answer.body, load_json)
    except ValueError:
        return None
    is_ours = isinstance(document, dict) and isinstance(document.get("serviced_requests"), list)
    return document if is_ours else None


def _parted(document: Mapping[str, Any], answer: Response, ids: Sequence[str], cap_bytes: int) -> Parted:
    wanted, replies = set(ids), dict[str, Reply]()
    for item in document["serviced_requests"]:
        id_ = item.get("id") if isinstance(item, dict) else None
        if isinstance(id_, str) and id_ in wanted and id_ not in replies:
            replies[id_] = _reply_of(item, answer, cap_bytes)
    named_ones = document.get("unserviced_requests")
    left = {one for one in named_ones if isinstance(one, str)} if isinstance(named_ones, list) else set()
    unserviced = frozenset((left & wanted) - replies.keys())
    for id_ in wanted - replies.keys() - unserviced:
        replies[id_] = _unknown(answer, "the answer to the batch says nothing of this request")
    return Parted(replies, unserviced, is_answered=True)


def _reply_of(item: Mapping[str, Any], answer: Response, cap_bytes: int) -> Reply:
    status, body = item.get("status_code"), item.get("body", "")
    if isinstance(status, bool) or not isinstance(status, int) or not 100 <= status <= 599:
        return _unknown(answer, "its part of the answer to the batch has no status")
    try:
        octets = b64decode(body if isinstance(body, str) else "?", validate=True)
    except (binascii.Error, ValueError):
        return _unknown(answer, "its part of the answer to the batch cannot be decoded")
    reason = item.get("status_text")
    headers = _headers(item.get("headers")) or (("Content-Type", answer.header("content-type") or ""),)
    reason = reason if isinstance(reason, str) else ""
    return _within(Response(status, reason, headers, octets, is_cut=False, timings=answer.timings), cap_bytes)


def _headers(rows: object) -> tuple[tuple[str, str], ...]:
    if not isinstance(rows, list):
        return ()
    pairs = [(row.get("name"), row.get("value")) for row in rows if isinstance(row, dict)]
    return tuple((name, value) for name, value in pairs if isinstance(name, str) and isinstance(value, str))


def _unknown(answer: Response, detail: str) -> NoResponse:
    return NoResponse(Fault.PROTOCOL, detail, answer.timings, may_have_arrived=True)


def _within(answer: Response, cap_bytes: int) -> Response:
    if len(answer.body) <= cap_bytes:
        return answer
    cut_why = answer.cut_why or _TOO_LONG.format(cap=cap_bytes)
    return replace(answer, body=answer.body[:cap_bytes], is_cut=True, cut_why=cut_why)

"""The Batch API: many requests in one, run one after another.

In: a Call to `/api/now/batch`. Out: an Answer with each request's own answer in base64.
Must never: run a batch inside a batch.
"""

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from multidict import CIMultiDict

from grantwire.sandbox.apis.request_body import json_in, refuse_oversized
from grantwire.sandbox.exchange import Answer, Call, Failure, answered
from grantwire.sandbox.properties import Properties

CARRIED = ("Authorization", "x-sn-apikey", "Cookie")


def batch(call: Call, properties: Properties, serve: Callable[[Call], Answer]) -> Answer:
    refuse_oversized(call, properties.max_body_bytes)
    body = json_in(call)
    asked = body.get("rest_requests") if isinstance(body, dict) else None
    if not isinstance(asked, list) or not all(isinstance(each, dict) for each in asked):
        raise Failure(400, "Exception while reading request", "The payload has no array named rest_requests")
    served = asked[: properties.batch_served or None]
    serviced = [_one(call, each, serve) for each in served]
    unserviced = [str(each.get("id", "")) for each in asked[len(served) :]]
    identity = str(body.get("batch_request_id", ""))
    return answered({"batch_request_id": identity, "serviced_requests": serviced, "unserviced_requests": unserviced})


def _one(call: Call, asked: Mapping[str, Any], serve: Callable[[Call], Answer]) -> dict[str, Any]:
    inner = _inner(call, asked)
    if inner is None:
        failed = Failure(400, "Requested URI does not represent any resource", str(asked.get("url", "")))
        answer = failed.answer()
    else:
        answer = serve(inner)
    shown_headers = (("Content-Type", answer.content_type), *answer.headers)
    headers = [] if asked.get("exclude_response_headers") is True else shown_headers
    return {
        "id": str(asked.get("id", "")),
        "body": base64.b64encode(answer.body).decode(),
        "status_code": answer.status,
        "status_text": HTTPStatus(answer.status).phrase,
        "headers": [{"name": name, "value": value} for name, value in headers],
        "execution_time": 1,
    }


def _inner(call: Call, asked: Mapping[str, Any]) -> Call | None:
    """Only a relative URL of the API, only headers and bodies that can be read."""
    url = urlsplit(str(asked.get("url", "")))
    if url.scheme or url.netloc or not url.path.startswith("/api/") or url.path.rstrip("/").endswith("/batch"):
        return None
    try:
        body = base64.b64decode(str(asked.get("body") or ""), validate=True)
    except (binascii.Error, ValueError):
        return None
    given = asked.get("headers", [])
    pairs = [each for each in given if isinstance(each, dict)] if isinstance(given, list) else []
    headers = CIMultiDict((str(each.get("name", "")), str(each.get("value", ""))) for each in pairs)
    headers.update({name: call.headers[name] for name in CARRIED if name in call.headers})
    return replace(
        call,
        method=str(asked.get("method", "GET")).upper(),
        path=unquote(url.path).rstrip("/"),
        query=dict(parse_qsl(url.query, keep_blank_values=True)),
        query_text=url.query,
        headers=headers,
        body=body,
    )

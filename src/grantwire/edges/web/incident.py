"""Incident: the record in ServiceNow that an answer speaks of.

In: the request and its answer. Out: the number and where a person finds it. Never: a link to anywhere but the origin
that the request went to.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

import msgspec

from grantwire.domain.exchange import Reply, Request, Response

_TABLE_PATH = re.compile(r"/api/now/(?:v\d+/)?table/([A-Za-z0-9_]+)")
_SYS_ID = re.compile(r"[0-9a-f]{32}\Z")
_TABLE = re.compile(r"[a-z0-9_]+\Z")


@dataclass(frozen=True, slots=True)
class Incident:
    """`address` opens the record in the frame of ServiceNow's own pages; None where the answer has no `sys_id`."""

    number: str
    address: str | None


def incident_of(request: Request | None, reply: Reply) -> Incident | None:
    """Of the Table API (`result.number`, `result.sys_id`) and the Import Set API (the first of `result`)."""
    if request is None or not isinstance(reply, Response):
        return None
    row, table = _result(reply.body), _TABLE_PATH.search(urlsplit(request.url).path)
    sys_id, number = _text(row, "sys_id"), _text(row, "number") or _text(row, "display_value")
    named = table[1] if table else _text(row, "table")
    if not number and not (sys_id and table):
        return None
    is_known = _SYS_ID.match(sys_id) and _TABLE.match(named)
    return Incident(number or sys_id, _address(request, named, sys_id) if is_known else None)


def _address(request: Request, table: str, sys_id: str) -> str | None:
    if request.origin.scheme not in {"https", "http"}:
        return None
    parts = urlsplit(request.url)
    return f"{parts.scheme}://{parts.netloc}/nav_to.do?uri={quote(f'{table}.do?sys_id={sys_id}', safe='')}"


def _result(body: bytes) -> Mapping[str, Any]:
    try:
        answer = msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return {}
    result = answer.get("result") if isinstance(answer, dict) else None
    first = result[0] if isinstance(result, list) and result else result
    return first if isinstance(first, dict) else {}


def _text(row: Mapping[str, Any], name: str) -> str:
    """A value, or with `sysparm_display_value=all` the value of the pair."""
    value = row.get(name)
    if isinstance(value, dict):
        value = value.get("value")
    return value if isinstance(value, str) else ""

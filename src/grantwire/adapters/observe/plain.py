"""Plain: the values of a fact, made fit for a log line, a label or a span.

In: whatever the flow put into a fact. Out: text, numbers, and lists and dicts of them.
Never: the text of a `Secret`, the body of a reply, or an exception for a value that nobody foresaw.
"""

import traceback
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from grantwire.domain.exchange import NoResponse, NotSent, Reply, Response
from grantwire.domain.secret import Secret

Facts = Mapping[str, object]
PLAIN = frozenset({str, int, float, bool, type(None)})


def spread_reply(facts: Facts) -> Facts:
    """A `reply` becomes what of it is short: `status`, or `fault` with its `detail`, and `duration_ms`."""
    reply = facts.get("reply")
    if not isinstance(reply, Response | NoResponse | NotSent):
        return facts
    spread = {**facts, **_of_reply(reply)}
    del spread["reply"]
    return spread


def _of_reply(reply: Reply) -> dict[str, object]:
    match reply:
        case Response(status=status, timings=timings):
            return {"status": status, "duration_ms": timings.total_ms}
        case NoResponse(fault=fault, detail=detail, timings=timings):
            return {"fault": fault.value, "detail": detail, "duration_ms": timings.total_ms}
        case NotSent(detail=detail):
            return {"fault": "not_sent", "detail": detail}


def plain(value: object) -> Any:
    if type(value) in PLAIN:
        return value
    match value:
        case Secret():
            return str(value)  # the mask
        case BaseException():
            return "".join(traceback.format_exception(value))
        case datetime():
            return value.isoformat()
        case Mapping():
            return {str(name): plain(each) for name, each in value.items()}
        case list() | tuple() | set() | frozenset():
            return [plain(each) for each in value]
        case str():
            return str.__str__(value)  # a StrEnum or another kind of text
        case _:
            return str(value)

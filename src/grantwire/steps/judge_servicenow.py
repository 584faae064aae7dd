"""Judge, ServiceNow: what a ServiceNow instance means by its answer, which is often not what HTTP means.

In: an answer, and how it was asked. Out: an `Opinion`. Never: a 2xx taken for success without a record to show.

The table is in docs/explanation/servicenow.md. Sources: support articles KB0564204 (202, semaphores), KB2466644
and KB2697679 (403), KB0778443 (errors after results), KB0793431 (address lists), its REST documentation, and answers
that others recorded on real instances.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from grantwire.domain.exchange import Response
from grantwire.domain.target import Method
from grantwire.steps.judge_generic import IDEMPOTENT, passing
from grantwire.steps.opinion import Again, Done, Never, Opinion, Pause, Token, named, quoted
from grantwire.steps.read_json import LoadJson, read_json

SLOW_SECONDS = 900.0  # a hibernating instance wakes by a person's hand, not by our asking
LATE_SECONDS = 600.0  # KB2466644: "Failed API level ACL Validation" passes when a session has moved between nodes
NOT_AN_API_ATTEMPTS = 3

_SYS_ID = re.compile(r"[0-9a-fA-F]{32}")
_EXPECTED = {Method.POST: (201,), Method.DELETE: (204,), Method.GET: (200,)}
_CHANGED = (200, 204)  # PUT and PATCH; 204 with X-no-response-body
_CLOSED_DOORS = (
    "Access to unscoped api is not allowed",
    "Missing required api access scope",
    "Failed API level ACL Validation",
    "Failed due to security constraints",
    "Insufficient rights",
)
_THIS_RECORD = ("Data Policy Exception", "aborted by Business Rule", "Unique Key violation")


class Asked(NamedTuple):
    """How it was asked. `wants_no_body`: the request carried `X-no-response-body: true`, so an empty answer is what
    was asked for. `attempts_made` counts this one."""

    method: Method
    attempts_made: int
    wants_no_body: bool

    @property
    def is_repeatable(self) -> bool:
        return self.method in IDEMPOTENT


def servicenow(answer: Response, asked: Asked, *, now: datetime, load_json: LoadJson) -> Opinion:
    status = answer.status
    if 200 <= status < 300:
        return _succeeded(answer, asked, load_json)
    if 300 <= status < 400:
        return _redirected(answer)
    said = _words(_read(answer.body, load_json))
    if status in {408, 425, 429, 499} or status >= 500:
        return _passing(answer, asked, said, now=now)
    return _refused(answer, asked, said)


def _succeeded(answer: Response, asked: Asked, load_json: LoadJson) -> Opinion:
    headers = {name.lower(): value for name, value in answer.headers}
    is_expected = answer.status in _EXPECTED.get(asked.method, _CHANGED)
    if is_expected and (answer.status == 204 or (asked.wants_no_body and not answer.body)):
        return Done(f"Delivered: ServiceNow answered {named(answer)}.", _captures(headers))
    document = _read(answer.body, load_json)
    if is_expected and document is not None and "json" in headers.get("content-type", ""):
        result = document.get("result")
        if isinstance(result, dict) and not _has_error(document) and _is_sys_id(result.get("sys_id")):
            return _delivered(result, headers)
    return _doubtful(answer, asked, document, headers)


def _is_sys_id(value: object) -> bool:
    return isinstance(value, str) and _SYS_ID.fullmatch(value) is not None


def _has_error(document: Mapping[str, Any]) -> bool:
    return document.get("error") is not None or document.get("status") == "failure"


def _delivered(record: Mapping[str, Any], headers: Mapping[str, str]) -> Done:
    sys_id, number = record["sys_id"], record.get("number")
    captures = {"sys_id": sys_id}
    if isinstance(number, str) and number and number.isprintable():
        captures["number"] = number
    captures.update(_captures(headers))
    return Done(f"Delivered: ServiceNow has the record {captures.get('number', sys_id)}.", captures)


def _captures(headers: Mapping[str, str]) -> dict[str, str]:
    captures: dict[str, str] = {}
    place = headers.get("location")
    if place is not None:
        captures["location"] = place
        last = place.rstrip("/").rpartition("/")[2]
        if _is_sys_id(last):
            captures["sys_id"] = last
    if (transaction := headers.get("x-transaction-id")) is not None:
        captures["transaction_id"] = transaction
    return captures


def _doubtful(
    answer: Response, asked: Asked, document: Mapping[str, Any] | None, headers: Mapping[str, str]
) -> Opinion:
    """A 2xx that does not show a record: asleep, not an API, not processed, or unknown."""
    if answer.status == 202:
        return Again(
            "ServiceNow answered 202, which means that it did not process the request; it is tried again.",
            is_ambiguous=not asked.is_repeatable,
        )
    if _is_html(answer, headers):
        return _html(answer)
    if document is None:
        cut = f" ({answer.cut_why})" if answer.cut_why else ""
        return Again(
            f"ServiceNow answered {named(answer)}, but not with JSON that can be read{cut};"
            " whether the record exists is unknown, and it is tried again.",
            is_ambiguous=not asked.is_repeatable,
        )
    if _has_error(document):
        return Again(
            f"ServiceNow answered {named(answer)} with an error inside: {_words(document)}; it is tried again.",
            is_ambiguous=not asked.is_repeatable,
        )
    return _without_record(answer, asked, document.get("result"), headers)


def _without_record(answer: Response, asked: Asked, result: Any, headers: Mapping[str, str]) -> Opinion:
    if answer.status in _EXPECTED.get(asked.method, _CHANGED):
        if asked.method is Method.GET and result is not None:
            return Done("Delivered: ServiceNow answered the question.", _captures(headers))
        if isinstance(result, list) and result:
            return _imported(result, headers)
    return Again(
        f"ServiceNow answered {named(answer)} without a record (result.sys_id), so nothing proves that it was saved;"
        " it is tried again: check that the webhook's URL ends in /api/now/table/ and a table.",
        is_ambiguous=not asked.is_repeatable,
    )


def _imported(rows: list[Any], headers: Mapping[str, str]) -> Opinion:
    """Import Set API: a 201 carries a status for each row (documentation of the Import Set API)."""
    dicts = [row for row in rows if isinstance(row, dict)]
    failed = next((row for row in dicts if row.get("status") == "error"), None)
    if failed is not None:
        said = failed.get("error_message") or failed.get("status_message") or "no reason given"
        return Never(
            f"ServiceNow took the row but its transform map failed: {quoted(str(said))}; correct the map, then replay."
        )
    captures = _captures(headers)
    sys_id = next((row["sys_id"] for row in dicts if isinstance(row.get("sys_id"), str)), None)
    if sys_id:
        captures["sys_id"] = sys_id
    statuses = ", ".join(str(row.get("status")) for row in dicts) or "taken"
    return Done(f"Delivered: ServiceNow's import set answered {statuses}.", captures)


def _html(answer: Response) -> Again:
    if b"instance hibernating" in answer.body.lower():
        return Again(
            "The ServiceNow developer instance is asleep; sign in at developer.servicenow.com to wake it,"
            " and this is sent by itself.",
            asked_seconds=SLOW_SECONDS,
        )
    return Again(
        f"ServiceNow answered {named(answer)} with a web page instead of data: a sign-in or maintenance page;"
        " open the instance in a browser and look.",
        pauses_after=NOT_AN_API_ATTEMPTS,
    )


def _redirected(answer: Response) -> Pause:
    place = answer.header("location") or "nowhere"
    return Pause(
        f"ServiceNow answered {named(answer)} and points to {quoted(place.split('?')[0])}; redirects are not followed:"
        " check the instance name in the webhook's URL, and that no sign-in page stands before it."
    )


def _passing(answer: Response, asked: Asked, said: str, *, now: datetime) -> Again:
    found = passing(answer, asked.method, now=now)
    told = f" ({said})" if said else ""
    when = "when it asked for" if found.asked_seconds is not None else "later"
    return Again(
        f"ServiceNow answered {named(answer)}{told}; it is tried again {when}.",
        asked_seconds=found.asked_seconds,
        is_ambiguous=not asked.is_repeatable,
        is_free=found.is_free,
    )


def _refused(answer: Response, asked: Asked, said: str) -> Opinion:
    told = f"ServiceNow answered {named(answer)}" + (f": {said}" if said else "")
    match answer.status:
        case 401:
            return Token(
                f"{told}; it does not accept the credential: check the user, the client id and secret, and that the"
                " user is active and not locked."
            )
        case 403:
            return _forbidden(said, told, asked)
        case 404 if asked.method in {Method.PUT, Method.PATCH, Method.DELETE}:
            return Never(f"{told}; the record is gone, or the user may not see it: look for it in ServiceNow.")
        case 400:
            return Never(
                f"{told}; check the table in the webhook's URL and its body template, then replay.",
                is_ambiguous=not asked.is_repeatable,
            )
        case 404 | 405 | 406 | 413 | 415:
            return Never(f"{told}; check the webhook's URL, method and headers, then replay.")
        case 410:
            return Never(f"{told}; the address is gone for good, and the webhook is paused.", pauses_webhook=True)
        case _:
            return Never(f"{told}; repeating the same request would not help.", is_ambiguous=not asked.is_repeatable)


def _forbidden(said: str, told: str, asked: Asked) -> Opinion:
    """Ambiguous in every case: KB2697679 tells of a 403 for a record that was created."""
    if any(text in said for text in _THIS_RECORD) or (
        said.startswith("Operation Failed") and not any(text in said for text in _CLOSED_DOORS)
    ):
        return Never(
            f"{told}; a rule of the instance refused this record (it can exist all the same, so look for it):"
            " satisfy the rule in the body template, then replay.",
            is_ambiguous=not asked.is_repeatable,
        )
    if "Failed API level ACL Validation" in said and asked.attempts_made <= 1:
        return Again(
            f"{told}; this can pass by itself, so it is tried once more.",
            asked_seconds=LATE_SECONDS,
            is_ambiguous=not asked.is_repeatable,
        )
    return Pause(
        f"{told}; the integration user or its OAuth application lacks the right, or our address is not allowed:"
        " give it, then resume the webhook.",
        is_ambiguous=not asked.is_repeatable,
    )


def _is_html(answer: Response, headers: Mapping[str, str]) -> bool:
    return "html" in headers.get("content-type", "").lower() or answer.body[:64].lstrip().lower().startswith(
        (b"<!doctype html", b"<html")
    )


def _read(body: bytes, load_json: LoadJson) -> Mapping[str, Any] | None:
    try:
        document = read_json(body, load_json)
    except ValueError:
        return None
    return document if isinstance(document, dict) else None


def _words(document: Mapping[str, Any] | None) -> str:
    """`message: detail` of an error envelope; empty when there is none."""
    error = None if document is None else document.get("error")
    if isinstance(error, dict):
        return quoted(": ".join(str(part) for part in (error.get("message"), error.get("detail")) if part))
    return quoted(error) if isinstance(error, str) else ""

"""Judge, ServiceNow: what a ServiceNow instance means by its answer, which is often not what HTTP means.

In: an answer, and how it was asked. Out: an `Opinion`. Never: a 2xx taken for success without a record to show.

Every row is one of servicenow.md 0.1; the captured texts it looks for are in its 1.4 and 2.8.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from grantwire.domain.exchange import Response
from grantwire.domain.target import Method
from grantwire.steps.judge_generic import IDEMPOTENT, passing
from grantwire.steps.opinion import Again, Done, Never, Opinion, Pause, Token, named, quoted

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


class _Error(msgspec.Struct):
    message: Any = None
    detail: Any = None


class _Answer(msgspec.Struct):
    """What of an answer decides; the rest is checked to be JSON and skipped."""

    result: Any = None
    error: _Error | str | None = None
    status: Any = None


class _Record(msgspec.Struct):
    sys_id: str
    number: str | None = None


class _Created(msgspec.Struct):
    """The usual answer, read in a fifth of the time of `_Answer`: a record, and nothing that speaks of an error."""

    result: _Record
    error: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


_created = msgspec.json.Decoder(_Created)
_answer = msgspec.json.Decoder(_Answer)


def servicenow(
    answer: Response, method: Method, *, now: datetime, attempts_made: int, wants_no_body: bool = False
) -> Opinion:
    """`wants_no_body`: the request carried `X-no-response-body: true`, so an empty answer is what was asked for."""
    status = answer.status
    if 200 <= status < 300:
        return _succeeded(answer, method, wants_no_body=wants_no_body)
    if 300 <= status < 400:
        return _redirected(answer)
    if status in {408, 425, 429, 499} or status >= 500:
        return _passing(answer, method, now=now)
    return _refused(answer, method, attempts_made=attempts_made)


def _succeeded(answer: Response, method: Method, *, wants_no_body: bool) -> Opinion:
    headers = {name.lower(): value for name, value in answer.headers}
    if answer.status in _EXPECTED.get(method, _CHANGED):
        if answer.status == 204 or (wants_no_body and not answer.body):
            return Done(f"Delivered: ServiceNow answered {named(answer)}.", _captures(headers))
        if "json" in headers.get("content-type", ""):
            record = _record(answer.body)
            if record is not None:
                return _delivered(record, headers)
    return _doubtful(answer, method, headers)


def _record(body: bytes) -> _Record | None:
    try:
        created = _created.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    has_error = created.error is not msgspec.UNSET and bytes(created.error) != b"null"
    return created.result if not has_error and _SYS_ID.fullmatch(created.result.sys_id) else None


def _delivered(record: _Record, headers: Mapping[str, str]) -> Done:
    captures = {"sys_id": record.sys_id}
    if record.number:
        captures["number"] = record.number
    captures.update(_captures(headers))
    return Done(f"Delivered: ServiceNow has the record {record.number or record.sys_id}.", captures)


def _captures(headers: Mapping[str, str]) -> dict[str, str]:
    captures: dict[str, str] = {}
    place = headers.get("location")
    if place is not None:
        captures["location"] = place
        last = place.rstrip("/").rpartition("/")[2]
        if _SYS_ID.fullmatch(last):
            captures["sys_id"] = last
    if (transaction := headers.get("x-transaction-id")) is not None:
        captures["transaction_id"] = transaction
    return captures


def _doubtful(answer: Response, method: Method, headers: Mapping[str, str]) -> Opinion:
    """A 2xx that does not show a record: asleep, not an API, not processed, or unknown."""
    is_ambiguous = method not in IDEMPOTENT
    if answer.status == 202:
        return Again(
            "ServiceNow answered 202, which means that it did not process the request; it is tried again.",
            is_ambiguous=is_ambiguous,
        )
    if _is_html(answer, headers):
        return _html(answer)
    found = _read(answer.body)
    if found is None:
        cut = f" ({answer.cut_why})" if answer.cut_why else ""
        return Again(
            f"ServiceNow answered {named(answer)}, but not with JSON that can be read{cut};"
            " whether the record exists is unknown, and it is tried again.",
            is_ambiguous=is_ambiguous,
        )
    if found.error is not None or found.status == "failure":
        return Again(
            f"ServiceNow answered {named(answer)} with an error inside: {_words(found)}; it is tried again.",
            is_ambiguous=is_ambiguous,
        )
    return _without_record(answer, method, found, headers)


def _without_record(answer: Response, method: Method, found: _Answer, headers: Mapping[str, str]) -> Opinion:
    if answer.status in _EXPECTED.get(method, _CHANGED):
        if method is Method.GET and found.result is not None:
            return Done("Delivered: ServiceNow answered the question.", _captures(headers))
        if isinstance(found.result, list) and found.result:
            return _imported(found.result, headers)
    return Again(
        f"ServiceNow answered {named(answer)} without a record (result.sys_id), so nothing proves that it was saved;"
        " it is tried again: check that the webhook's URL ends in /api/now/table/ and a table.",
        is_ambiguous=method not in IDEMPOTENT,
    )


def _imported(rows: list[Any], headers: Mapping[str, str]) -> Opinion:
    """Import Set API: a 201 carries a status for each row (servicenow.md 4.4)."""
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
        f"ServiceNow answered {named(answer)} and points to {place.split('?')[0]}; redirects are not followed:"
        " check the instance name in the webhook's URL, and that no sign-in page stands before it."
    )


def _passing(answer: Response, method: Method, *, now: datetime) -> Again:
    found = passing(answer, method, now=now)
    said = _words(_read(answer.body))
    told = f" ({said})" if said else ""
    when = "when it asked for" if found.asked_seconds is not None else "later"
    return Again(
        f"ServiceNow answered {named(answer)}{told}; it is tried again {when}.",
        asked_seconds=found.asked_seconds,
        is_ambiguous=method not in IDEMPOTENT,
        is_free=found.is_free,
    )


def _refused(answer: Response, method: Method, *, attempts_made: int) -> Opinion:
    said = _words(_read(answer.body))
    told = f"ServiceNow answered {named(answer)}" + (f": {said}" if said else "")
    match answer.status:
        case 401:
            return Token(
                f"{told}; it does not accept the credential: check the user, the client id and secret, and that the"
                " user is active and not locked."
            )
        case 403:
            return _forbidden(said, told, method, attempts_made=attempts_made)
        case 404 if method in {Method.PUT, Method.PATCH, Method.DELETE}:
            return Never(f"{told}; the record is gone, or the user may not see it: look for it in ServiceNow.")
        case 400:
            return Never(f"{told}; check the table in the webhook's URL and its body template, then replay.")
        case 404 | 405 | 406 | 413 | 415:
            return Never(f"{told}; check the webhook's URL, method and headers, then replay.")
        case 410:
            return Never(f"{told}; the address is gone for good, and the webhook is paused.", pauses_webhook=True)
        case _:
            return Never(f"{told}; repeating the same request would not help.")


def _forbidden(said: str, told: str, method: Method, *, attempts_made: int) -> Opinion:
    """Ambiguous in every case: KB2697679 tells of a 403 for a record that was created."""
    if any(text in said for text in _THIS_RECORD) or (
        said.startswith("Operation Failed") and not any(text in said for text in _CLOSED_DOORS)
    ):
        return Never(
            f"{told}; a rule of the instance refused this record (it can exist all the same, so look for it):"
            " satisfy the rule in the body template, then replay."
        )
    if "Failed API level ACL Validation" in said and attempts_made <= 1:
        return Again(
            f"{told}; this can pass by itself, so it is tried once more.",
            asked_seconds=LATE_SECONDS,
            is_ambiguous=method not in IDEMPOTENT,
        )
    return Pause(
        f"{told}; the integration user or its OAuth application lacks the right, or our address is not allowed:"
        " give it, then resume the webhook.",
        is_ambiguous=method not in IDEMPOTENT,
    )


def _is_html(answer: Response, headers: Mapping[str, str]) -> bool:
    return "html" in headers.get("content-type", "").lower() or answer.body[:64].lstrip().lower().startswith(
        (b"<!doctype html", b"<html")
    )


def _read(body: bytes) -> _Answer | None:
    try:
        return _answer.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def _words(found: _Answer | None) -> str:
    """`message: detail` of an error envelope; empty when there is none."""
    if found is None or found.error is None:
        return ""
    if isinstance(found.error, str):
        return quoted(found.error)
    return quoted(": ".join(str(part) for part in (found.error.message, found.error.detail) if part))

"""Reconcile: what a target's answer says of whether it has what was sent.

In: what was asked, and the reply. Out: the `Question` for the record, the values for the receipt, and, where nothing
is known, an `Opinion` of what that means. Never: "found" for another's record: the value in the answer is compared.

Only an answer that shows that the question was understood counts as "not there": a query with an unknown field or an
empty value is dropped by ServiceNow and answered with everybody's rows; a column that the user may not read is left
out of the rows. Both are "unknown", and nothing is repeated then.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, assert_never

from grantwire.domain.attempt import Question
from grantwire.domain.exchange import Fault, NoResponse, NotSent, Reply, Request, Response
from grantwire.domain.reconcile import Presence, Reconcile
from grantwire.domain.webhook import SuccessRule
from grantwire.steps.json_path import capture, find, has_holder, has_place_for, names_one, text_of
from grantwire.steps.judge import unsent
from grantwire.steps.opinion import Again, Never, Opinion, Pause, named, quoted
from grantwire.steps.read_json import LoadJson, read_json
from grantwire.steps.retry_after import asked_seconds

_FOUND_KEPT = 20
_FOUND_CHARACTERS = 500
# What stands before an application says these, too: the application itself may go on.
_OF_GATEWAYS = frozenset({202, 408, 499, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Weighed:
    question: Question
    values: Mapping[str, str] = field(default_factory=dict)
    opinion: Opinion | None = None


@dataclass(frozen=True, slots=True)
class Asking:
    """One question to weigh the reply to; `request` is None when none could be written."""

    reconcile: Reconcile
    success: SuccessRule
    request: Request | None
    expected: str


def has_ended(reply: Reply) -> bool:
    """Whether the target's own answer is there, so that it is not still at work on the request: data, from the
    application and not from a gateway before it."""
    if not isinstance(reply, Response):
        return isinstance(reply, NotSent) or not reply.may_have_arrived
    return reply.status not in _OF_GATEWAYS and "json" in (reply.header("content-type") or "").lower()


def weigh(asking: Asking, reply: Reply, *, now: datetime, load_json: LoadJson = json.loads) -> Weighed:
    match reply:
        case Response():
            return _answered(asking, reply, now=now, load_json=load_json)
        case NoResponse(fault=Fault.ADDRESS, detail=detail):
            return _unknown(asking, reply, Pause(f"Not asked: {detail}.", is_ambiguous=True))
        case NoResponse(detail=detail):
            return _unknown(asking, reply, _again(f"no answer: {detail}"))
        case NotSent():
            return _unknown(asking, reply, _not_asked(reply))
        case _:
            assert_never(reply)


def _not_asked(reply: NotSent) -> Opinion:
    opinion = unsent(reply)
    if isinstance(opinion, Never):
        return Never(
            f"Whether an earlier attempt was taken is unknown, and {reply.why};"
            " look for it in the target, then replay or cancel."
        )
    return replace(opinion, is_ambiguous=True) if isinstance(opinion, Again | Pause) else opinion


def _answered(asking: Asking, answer: Response, *, now: datetime, load_json: LoadJson) -> Weighed:
    document = _read(answer.body, load_json)
    if answer.status == 401:
        return _unknown(asking, answer, Pause(f"The question was answered {named(answer)}.", is_ambiguous=True))
    if answer.status == 404 and _says_no_record(document, asking.success):
        why = f"it is not there: the question was answered {named(answer)}"
        return _weighed(asking, answer, Presence.ABSENT, why)
    if not 200 <= answer.status < 300:
        seconds = asked_seconds(answer, now=now)
        return _unknown(asking, answer, _again(f"the question was answered {named(answer)}", seconds))
    if document is None:
        return _unknown(asking, answer, _again(f"the question was answered {named(answer)}, but not with JSON"))
    return _compared(asking, answer, document)


def _says_no_record(document: Any, success: SuccessRule) -> bool:
    """404 means "not there" where the record itself was asked for; ServiceNow says so, as it answers 404 for a wrong
    address too."""
    return success is SuccessRule.GENERIC or (isinstance(document, dict) and "No Record found" in str(document))


def _compared(asking: Asking, answer: Response, document: Any) -> Weighed:
    nodes = find(document, asking.reconcile.match)
    texts = tuple(text_of(node.value) for node in nodes)
    equal = [node for node, text in zip(nodes, texts, strict=True) if text == asking.expected]
    if equal:
        record = equal[0].parent.value if equal[0].parent is not None else equal[0].value
        values = _built_in(record) | capture(record, asking.reconcile.captures)
        several = f" ({len(equal)} times; the first one counts)" if len(equal) > 1 else ""
        why = f"it is there{several}: {quoted(values.get('number') or values.get('sys_id') or asking.expected)}"
        return replace(_weighed(asking, answer, Presence.FOUND, why, found=texts), values=values)
    if texts and names_one(asking.reconcile.match):
        return _weighed(asking, answer, Presence.ABSENT, "the record is there without it", found=texts)
    why_not = _why_unreliable(asking, answer, document, texts)
    if why_not is not None:
        return _unknown(asking, answer, _again(why_not), found=texts)
    return _weighed(asking, answer, Presence.ABSENT, "it is not there")


def _why_unreliable(asking: Asking, answer: Response, document: Any, found: tuple[str, ...]) -> str | None:
    match = asking.reconcile.match
    if found:
        shown = ", ".join(map(repr, found[:3]))
        return (
            f"the question was answered with other records ({quoted(shown)}), so the target did not look for"
            f" {quoted(asking.expected)}: check the field names in reconcile.url"
        )
    if isinstance(document, dict) and (document.get("error") is not None or document.get("status") == "failure"):
        return "the question was answered with an error inside"
    if answer.is_cut:
        return "the answer to the question was cut short"
    if not has_place_for(document, match):
        return f"the answer to the question has nothing where {match} looks"
    if has_holder(document, match):
        return f"the answer to the question has records without {match}: may the user read this field?"
    return None


def _built_in(record: Any) -> dict[str, str]:
    found = capture(record, {"sys_id": "$.sys_id", "number": "$.number"}) if isinstance(record, dict) else {}
    return {name: text for name, text in found.items() if text and text.isprintable()}


def _again(said: str, seconds: float | None = None) -> Again:
    unknown = f"Whether an earlier attempt was taken is unknown, and {said}"
    return Again(
        f"{unknown}; nothing is repeated, and it is asked again later.", asked_seconds=seconds, is_ambiguous=True
    )


def _unknown(asking: Asking, reply: Reply, opinion: Opinion, *, found: tuple[str, ...] = ()) -> Weighed:
    return replace(_weighed(asking, reply, Presence.UNKNOWN, opinion.why, found=found), opinion=opinion)


def _weighed(asking: Asking, reply: Reply, presence: Presence, why: str, *, found: tuple[str, ...] = ()) -> Weighed:
    shown = tuple(text[:_FOUND_CHARACTERS] for text in found[:_FOUND_KEPT])
    return Weighed(Question(asking.request, reply, asking.reconcile.match, asking.expected, shown, presence, why))


def _read(body: bytes, load_json: LoadJson) -> Any:
    try:
        return read_json(body, load_json)
    except ValueError:
        return None

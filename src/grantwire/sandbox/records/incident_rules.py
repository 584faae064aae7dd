"""What the server itself decides about an incident: priority, state, stamps, and the data policy on closing.

In: the values before, the values wanted, which fields the client set. Out: the values to keep.
Must never: touch storage.
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from grantwire.sandbox.exchange import Failure
from grantwire.sandbox.records.storage import Values

RESOLVED, CLOSED, CANCELED = "6", "7", "8"
# impact, urgency → priority: the priority lookup rules of a fresh instance
PRIORITIES = {
    ("1", "1"): "1",
    ("1", "2"): "2",
    ("1", "3"): "3",
    ("2", "1"): "2",
    ("2", "2"): "3",
    ("2", "3"): "4",
    ("3", "1"): "3",
    ("3", "2"): "4",
    ("3", "3"): "5",
}


@dataclass(frozen=True, slots=True)
class Moment:
    """Who writes, and when."""

    user: str
    at: str


def decided(before: Values, wanted: Values, given: AbstractSet[str], moment: Moment) -> Values:
    values = dict(wanted)
    values["priority"] = PRIORITIES.get((values.get("impact", ""), values.get("urgency", "")), "5")
    _follow_state(values, before, given)
    _require_resolution(values)
    _stamp(values, before, moment)
    return values


def _follow_state(values: Values, before: Values, given: AbstractSet[str]) -> None:
    """`incident_state` follows `state` and the other way round; when both are sent, `state` decides."""
    if "incident_state" in given and "state" not in given:
        values["state"] = values.get("incident_state", "")
    values["state"] = values.get("state") or before.get("state") or "1"
    values["incident_state"] = values["state"]
    values["active"] = "false" if values["state"] in {CLOSED, CANCELED} else "true"


def _require_resolution(values: Values) -> None:
    if values["state"] not in {RESOLVED, CLOSED}:
        return
    labels = {"close_code": "Resolution code", "close_notes": "Resolution notes"}
    missing = [label for name, label in labels.items() if not values.get(name)]
    if missing:
        fields = ", ".join(missing)
        raise Failure(403, "Operation Failed", f"Data Policy Exception: The following fields are mandatory: {fields}")


def _stamp(values: Values, before: Values, moment: Moment) -> None:
    was, now = before.get("state", "1"), values["state"]
    if was == now:
        return
    if now == RESOLVED:
        values["resolved_at"], values["resolved_by"] = moment.at, moment.user
    if now == CLOSED:
        values["closed_at"], values["closed_by"] = moment.at, moment.user
        values["resolved_at"] = values.get("resolved_at") or moment.at
        values["resolved_by"] = values.get("resolved_by") or moment.user
    if was in {RESOLVED, CLOSED} and now not in {RESOLVED, CLOSED, CANCELED}:
        values["reopened_time"], values["reopened_by"] = moment.at, moment.user
        values["reopen_count"] = str(int(before.get("reopen_count") or "0") + 1)

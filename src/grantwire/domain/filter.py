"""Filter: which of the events of its triggers a webhook wants.

In: dimension names and values as a person chose them. Out: frozen clauses; all must hold, values of one are
alternatives. Never: the decision for an event (that is `steps/match`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from grantwire.domain.event import Family


class Dimension(StrEnum):
    """What of an event a clause looks at; the names are those of the YAML."""

    INTEGRATION = "integration"
    INTEGRATION_TYPE = "integration_type"
    RESOURCE_TYPE = "resource_type"
    RESOURCE = "resource"
    RESOURCE_TAG = "resource_tag"
    PERMISSION = "permission"
    REQUESTER = "requester"
    REQUESTER_GROUP = "requester_group"
    GRANTEE = "grantee"
    GRANTEE_TYPE = "grantee_type"
    ACCESS_FLOW = "access_flow"
    BUNDLE = "bundle"
    ACCESS_SCOPE = "access_scope"
    APPROVAL_MODE = "approval_mode"
    TRIGGER_TYPE = "trigger_type"
    MIN_DURATION_SECONDS = "min_duration_seconds"
    MAX_DURATION_SECONDS = "max_duration_seconds"
    CUSTOM_FIELD = "custom_field"
    LABEL = "label"
    ENVIRONMENT = "environment"
    WEEKDAY = "weekday"
    HOUR = "hour"
    STATUS = "status"
    ACTION = "action"
    ACTOR = "actor"
    SOURCE = "source"
    TARGET_TYPE = "target_type"
    TARGET = "target"


_EVERY_FAMILY = frozenset(Family)
_REQUEST = frozenset({Family.REQUEST})
_AUDIT = frozenset({Family.AUDIT})

# The families whose events say something on a dimension; those not named here: request events only.
FAMILIES: Mapping[Dimension, frozenset[Family]] = dict.fromkeys(Dimension, _REQUEST) | {
    Dimension.WEEKDAY: _EVERY_FAMILY,
    Dimension.HOUR: _EVERY_FAMILY,
    Dimension.INTEGRATION: frozenset({Family.REQUEST, Family.INTEGRATION}),
    Dimension.INTEGRATION_TYPE: frozenset({Family.REQUEST, Family.INTEGRATION}),
    Dimension.STATUS: frozenset({Family.REQUEST, Family.INTEGRATION}),
    Dimension.ACTION: _AUDIT,
    Dimension.ACTOR: _AUDIT,
    Dimension.SOURCE: _AUDIT,
    Dimension.TARGET_TYPE: _AUDIT,
    Dimension.TARGET: _AUDIT,
}

# Dimensions whose values are one of a few words.
CHOICES: Mapping[Dimension, tuple[str, ...]] = {
    Dimension.APPROVAL_MODE: ("manual", "automatic"),
    Dimension.TRIGGER_TYPE: ("self_serve", "automatic"),
    Dimension.WEEKDAY: ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}
DURATIONS = frozenset({Dimension.MIN_DURATION_SECONDS, Dimension.MAX_DURATION_SECONDS})
PAIRS = frozenset({Dimension.CUSTOM_FIELD, Dimension.RESOURCE_TAG})


@dataclass(frozen=True, slots=True)
class Clause:
    """One dimension; `values` are alternatives. `is_negated` (written under `not:`) turns it round."""

    dimension: Dimension
    values: tuple[str, ...]
    is_negated: bool = False


@dataclass(frozen=True, slots=True)
class Filters:
    """`expression` is CEL. `time_zone` (an IANA name) is the one weekdays and hours are meant in."""

    clauses: tuple[Clause, ...] = ()
    expression: str | None = None
    time_zone: str = "UTC"

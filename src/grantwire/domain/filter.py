"""Filter: which of the events of its triggers a webhook wants.

In: dimension names and values as a person chose them. Out: frozen clauses; all must hold, values of one are
alternatives. Never: the decision for an event (that is `steps/match`).
"""

from dataclasses import dataclass
from enum import StrEnum


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


@dataclass(frozen=True, slots=True)
class Clause:
    """One dimension; `values` are alternatives. `is_negated` (written under `not:`) turns it round."""

    dimension: Dimension
    values: tuple[str, ...]
    is_negated: bool = False


@dataclass(frozen=True, slots=True)
class Filters:
    clauses: tuple[Clause, ...] = ()
    expression: str | None = None

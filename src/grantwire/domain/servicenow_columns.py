"""The columns of ServiceNow's `incident` table that a body is compared with before it is saved.

In: nothing. Out: a table for `grantwire.template.columns`. Never: columns whose limits nobody has seen.

Lengths are those of the platform's dictionary: short_description 160, description 4000, number 40, references 32
(public dictionary dumps; a reference cut to 32 characters was recorded). correlation_id 100 is platform knowledge.
A longer text is cut without an error, and a reference that is no sys_id is stored as a link to no record.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from grantwire.template.columns import Column

REFERENCE_CHARACTERS: Final = 32

TEXTS: Final = {
    "short_description": 160,
    "description": 4000,
    "close_notes": 4000,
    "number": 40,
    "correlation_id": 100,
    "correlation_display": 100,
}

REFERENCES: Final = {
    "caused_by": "change_request",
    "rfc": "change_request",
    "problem_id": "problem",
    "parent_incident": "incident",
    "reopened_by": "sys_user",
    "resolved_by": "sys_user",
    "opened_by": "sys_user",
    "closed_by": "sys_user",
    "caller_id": "sys_user",
    "assigned_to": "sys_user",
    "assignment_group": "sys_user_group",
    "cmdb_ci": "cmdb_ci",
    "business_service": "cmdb_ci_service",
    "service_offering": "service_offering",
    "location": "cmn_location",
    "company": "core_company",
}

INCIDENT: Final[Mapping[str, Column]] = MappingProxyType(
    {name: Column(most_characters=size) for name, size in TEXTS.items()}
    | {name: Column(REFERENCE_CHARACTERS, refers_to=table) for name, table in REFERENCES.items()}
)

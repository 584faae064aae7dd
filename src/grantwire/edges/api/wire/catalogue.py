"""The catalogue as its documents tell it.

In: nothing. Out: wire types for the OpenAPI document. Never: decoded with (faults of a body are told all at once).
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

_Duration = Annotated[str, Meta(description="Like 30m, 8h, 1h30m or 7d.", examples=["8h"])]
_Names = Annotated[str | list[str], Meta(description='Names, or "*" for all there are.')]
_ReferenceText = Annotated[str, Meta(description="`${env:NAME}` or `${file:/path}`.")]


class PersonAsked(Struct, kw_only=True):
    email: str
    name: str | None = None
    manager: Annotated[str, Meta(description="The email address of another person.")] | None = None
    logins: Annotated[dict[str, str], Meta(description="Their own logins, by the name of the integration.")] = {}


class GroupAsked(Struct, kw_only=True):
    name: str
    members: Annotated[list[str], Meta(description="Email addresses.")]


class ResourceAsked(Struct, kw_only=True):
    name: str
    path: str | None = None


class ResourceTypeAsked(Struct, kw_only=True):
    id: str
    name: str | None = None
    resources: list[str | ResourceAsked]
    permissions: list[str]


class ProvisionerAsked(Struct, kw_only=True):
    """Without one, or with the type manual, a person grants and revokes by hand."""

    type: Literal["manual", "postgresql"] = "manual"
    host: str | None = None
    port: int = 5432
    database: str = "postgres"
    user: str | None = None
    password: _ReferenceText | None = None
    mode: Literal["login", "role"] = "login"
    tls: Literal["verify-full", "require", "prefer", "disable"] = "verify-full"
    roles: Annotated[dict[str, list[str]], Meta(description="The roles each permission stands for.")] = {}


class IntegrationAsked(Struct, kw_only=True):
    name: str
    type: str
    resource_types: list[ResourceTypeAsked]
    provisioner: ProvisionerAsked | None = None


class TargetAsked(Struct, kw_only=True):
    integration: str
    resource_type: str
    resources: _Names = "*"
    permissions: _Names = "*"


class BundleAsked(Struct, kw_only=True):
    name: str
    targets: list[TargetAsked]


_Condition = Annotated[
    str | dict[str, str], Meta(description="everyone, manager (approvers only), {person: email} or {group: name}.")
]


class ApproverGroupAsked(Struct, kw_only=True):
    mode: Literal["AND", "OR"] = "OR"
    approvers: list[_Condition]


class ApprovalAsked(Struct, kw_only=True):
    mode: Literal["ANY_OF", "ALL_OF"] = "ANY_OF"
    groups: list[ApproverGroupAsked]


class EscalationAsked(Struct, kw_only=True):
    after: _Duration = "30m"
    tiers: list[ApproverGroupAsked]


class ExtensionsAsked(Struct, kw_only=True):
    most: int
    by: _Duration


class CustomFieldAsked(Struct, kw_only=True):
    id: str
    label: str | None = None
    required: bool = False
    values: list[str] = []


class AccessFlowAsked(Struct, kw_only=True):
    """Who may ask for what, who decides, for how long."""

    name: str
    active: bool = True
    requesters: list[_Condition]
    targets: list[TargetAsked] = []
    bundles: list[str] = []
    approval: Annotated[ApprovalAsked, Meta(description="Left out: approved at once.")] | None = None
    longest: Annotated[_Duration, Meta(description="Left out: no end.")] | None = None
    justification_required: bool = True
    approver_reason_required: bool = False
    requester_may_approve: bool = False
    escalation: EscalationAsked | None = None
    extensions: ExtensionsAsked | None = None
    pending: _Duration = "7d"
    reminder: _Duration = "15m"
    custom_fields: list[CustomFieldAsked] = []


class CatalogueAsked(Struct, kw_only=True):
    """What people may ask for, who may ask, who decides, and for how long."""

    people: list[PersonAsked] = []
    groups: list[GroupAsked] = []
    integrations: list[IntegrationAsked] = []
    bundles: list[BundleAsked] = []
    access_flows: list[AccessFlowAsked] = []


class CatalogueAnswer(CatalogueAsked, kw_only=True):
    version: Annotated[int, Meta(description="As in the ETag; 0 when nobody wrote one yet.")]

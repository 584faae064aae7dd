"""Catalogue: what people may ask for, who may ask, who decides, and for how long.

In: people, groups, integrations, bundles, access flows. Out: frozen values.
Never: a look at the world, or a secret (a provisioner's password is a reference to one).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType

ANY = "*"


@dataclass(frozen=True, slots=True)
class CataloguePerson:
    """`email` names the person everywhere. `logins` are their own logins in integrations, by its name."""

    email: str
    name: str
    manager: str | None = None
    logins: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Group:
    name: str
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Resource:
    """`path` is where it stands within its integration, as people see it."""

    name: str
    path: str


@dataclass(frozen=True, slots=True)
class CatalogueType:
    """A type of resource: which there are, and what may be done with each."""

    id: str
    name: str
    resources: tuple[Resource, ...]
    permissions: tuple[str, ...]


class LoginMode(StrEnum):
    """`login`: a login is made for each access request. `role`: roles are granted to the person's own login."""

    LOGIN = "login"
    ROLE = "role"


class Tls(StrEnum):
    """As libpq names them (PostgreSQL documentation, "SSL Support", table of sslmode)."""

    VERIFY_FULL = "verify-full"
    REQUIRE = "require"
    PREFER = "prefer"
    DISABLE = "disable"


@dataclass(frozen=True, slots=True)
class PostgreSqlSettings:
    """How grants are made on a PostgreSQL server. `password` is a reference (`${env:…}`, `${file:…}`). `roles` are the
    roles that a permission stands for; `{resource}` in one is the name of the resource."""

    host: str
    port: int
    database: str
    user: str
    password: str
    mode: LoginMode
    roles: Mapping[str, tuple[str, ...]]
    tls: Tls = Tls.VERIFY_FULL


@dataclass(frozen=True, slots=True)
class Integration:
    """A system people get access to. Without a `provisioner` a person grants and revokes by hand, and says so."""

    name: str
    type: str
    resource_types: tuple[CatalogueType, ...]
    provisioner: PostgreSqlSettings | None = None

    def resource_type(self, type_id: str) -> CatalogueType | None:
        return next((one for one in self.resource_types if one.id == type_id), None)


@dataclass(frozen=True, slots=True)
class CatalogueTarget:
    """Some resources of an integration with some permissions; `*` in a list means all there are."""

    integration: str
    resource_type: str
    resources: tuple[str, ...]
    permissions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Bundle:
    """Targets that are asked for together."""

    name: str
    targets: tuple[CatalogueTarget, ...]


class Who(StrEnum):
    """What a condition on a person compares. `manager` is the requester's."""

    EVERYONE = "everyone"
    PERSON = "person"
    GROUP = "group"
    MANAGER = "manager"


@dataclass(frozen=True, slots=True)
class Condition:
    """`name` is an email address or a group; empty where `who` needs none."""

    who: Who
    name: str = ""

    @property
    def label(self) -> str:
        match self.who:
            case Who.EVERYONE:
                return "everyone"
            case Who.MANAGER:
                return "the requester's manager"
            case _:
                return self.name


class Among(StrEnum):
    """How several things that may hold count together."""

    ALL = "AND"
    ANY = "OR"


@dataclass(frozen=True, slots=True)
class ApproverGroup:
    """`AND`: each condition needs an approval of somebody it names; one person may answer for several. `OR`: one."""

    mode: Among
    approvers: tuple[Condition, ...]


class ApprovalMode(StrEnum):
    """Between the groups of a policy: one that is satisfied is enough, or every one is needed."""

    ANY_OF = "ANY_OF"
    ALL_OF = "ALL_OF"


@dataclass(frozen=True, slots=True)
class ApprovalPolicy:
    mode: ApprovalMode
    groups: tuple[ApproverGroup, ...]


@dataclass(frozen=True, slots=True)
class Escalation:
    """While nobody decided, the next tier may decide, too, each time `after` has passed."""

    after: timedelta
    tiers: tuple[ApproverGroup, ...]


@dataclass(frozen=True, slots=True)
class Extensions:
    """How often an access may be made longer, and by how much each time."""

    most: int
    by: timedelta


@dataclass(frozen=True, slots=True)
class CustomField:
    """A field of the request form beside the usual ones. With `values` only those may be given."""

    id: str
    label: str
    required: bool = False
    values: tuple[str, ...] = ()


DEFAULT_PENDING = timedelta(days=7)
DEFAULT_REMINDER = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class AccessFlow:
    """Who may ask for what, for how long, and who decides. `targets` and `bundles` are what it covers; without
    `approval` every request is approved at once; `longest` None sets no end. `pending` is how long a request may wait
    for a decision; `reminder` how long before its end an access is told to end soon."""

    name: str
    requesters: tuple[Condition, ...]
    targets: tuple[CatalogueTarget, ...] = ()
    bundles: tuple[str, ...] = ()
    active: bool = True
    approval: ApprovalPolicy | None = None
    longest: timedelta | None = None
    justification_required: bool = True
    approver_reason_required: bool = False
    requester_may_approve: bool = False
    escalation: Escalation | None = None
    extensions: Extensions | None = None
    pending: timedelta = DEFAULT_PENDING
    reminder: timedelta = DEFAULT_REMINDER
    custom_fields: tuple[CustomField, ...] = ()


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All of it. Names are unique within their kind; what refers to something refers to what is here."""

    people: tuple[CataloguePerson, ...] = ()
    groups: tuple[Group, ...] = ()
    integrations: tuple[Integration, ...] = ()
    bundles: tuple[Bundle, ...] = ()
    access_flows: tuple[AccessFlow, ...] = ()

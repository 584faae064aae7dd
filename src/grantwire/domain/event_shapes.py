"""Event shapes: every documented field of the three families of events.

In: nothing. Out: one shape per family, of which schema, check and messages are made (see `shape`).
Never: a field that is required without need; a sender that knows less leaves it out or sends null.
"""

from grantwire.domain.shape import Anything, Listing, Number, Shape, Table, Text, Thing, Time

_NAMED = {"id": Text("Its id."), "name": Text("Its name, as people see it.")}

_RESOURCE_TYPE = {
    "id": Text("Id of the type.", examples=("postgresql-database",)),
    "name": Text("Name of the type.", examples=("Database",)),
    "display_path": Text("Where the type belongs.", examples=("Postgresql/Database",)),
}

_RESOURCE = Thing(
    "The thing access is asked for.",
    {
        "id": Text("Its id."),
        "name": Text("Its name.", examples=("DB 1",)),
        "path": Text("Its path within the integration.", examples=("prod db/res-1",)),
        "type": Thing("Its type.", _RESOURCE_TYPE),
        "tags": Anything("Tags: an object of key and value, or an array of objects with key (or name) and value."),
    },
)

_ACCESS_UNIT = Thing(
    "One resource with one permission.",
    {
        "resource": _RESOURCE,
        "permission": Thing("What may be done with it.", _NAMED),
    },
)

_ACCESS_GROUP = Thing(
    "What is asked of one integration.",
    {
        "integration": Thing(
            "The system access is asked for.",
            {
                "id": Text("Its id."),
                "type": Text("Its kind.", examples=("Postgresql",)),
                "name": Text("Its name.", examples=("prod db",)),
            },
        ),
        "resource_types": Listing("The types of resources involved.", Thing("A type of resource.", _RESOURCE_TYPE)),
        "access_units": Listing("One for each resource and permission.", _ACCESS_UNIT),
    },
)

_APPROVAL = Thing(
    "One entry of the approval.",
    {
        "name": Text("Label of the approver: a person or a group."),
        "type": Text("Kind of approver.", examples=("user", "group", "manager", "Owner")),
        "status": Text("Where it stands.", examples=("Approved", "Rejected", "Pending")),
        "approver": Thing(
            "The person who acted; null before anyone did.",
            {"id": Text("Their id."), "name": Text("Their name."), "email": Text("Their email address.")},
        ),
    },
)

_REQUEST_FIELDS: dict[str, Shape] = {
    "id": Text("Id of the access request.", needed=True, examples=("123",)),
    "friendly_id": Text("The id people see.", examples=("AR-123",)),
    "requester": Thing(
        "Who asked.",
        {
            "id": Text("Their id."),
            "name": Text("Their name."),
            "email": Text("Their email address."),
            "groups": Anything("Groups they are in: an array of names, or of objects with id and name."),
        },
    ),
    "grantee": Thing(
        "Who receives the access; another than the requester when it was asked for on someone's behalf.",
        {
            "id": Text("Their id."),
            "source_id": Text("Their id in the identity source; for a user mostly the email address."),
            "name": Text("Their name."),
            "type": Text("Kind of identity.", examples=("user", "group")),
        },
    ),
    "justification": Text("The reason the requester gave.", examples=("I need access to this",)),
    "creation_date": Time("When the access request was made.", examples=(1696263265.852378,)),
    "revocation_date": Time(
        "When the access ends: the planned end until it has ended, then the actual one; null when it has no end.",
        examples=(1696266865.85238,),
    ),
    "access_duration_in_seconds": Number("How long the access lasts; null when it has no end.", examples=(3600,)),
    "access_flow": Thing("The access flow that matched.", _NAMED),
    "access_bundle": Thing("The bundle that was asked for; null when it was none.", _NAMED),
    "access_groups": Listing("What is asked for, one entry per integration.", _ACCESS_GROUP),
    "approvals_logical_relation": Text(
        "Whether one approval is enough or all are needed.", examples=("AnyOf", "AllOf")
    ),
    "approvals": Listing("The approvals so far.", _APPROVAL),
    "custom_fields": Table("Fields the administrator added to the request form: field id to value."),
    "access_scope": Thing("The access scope the request was made through.", _NAMED),
    "approval_mode": Text("Whether a person approved.", examples=("manual", "automatic")),
    "trigger_type": Text("What made the request.", examples=("self_serve", "automatic")),
    "environment": Text("The environment the access is for.", examples=("production",)),
    "labels": Anything("Labels: an array of text."),
}

_AUDIT_FIELDS: dict[str, Shape] = {
    "timestamp": Time("When it was done.", examples=("1696263265.851898000",)),
    "action": Text("What was done.", needed=True, examples=("create", "edit", "delete")),
    "actor_id": Text("Email address of who did it."),
    "actor_name": Text("Full name of who did it."),
    "actor_type": Text("Kind of user."),
    "source": Text("Where it came from.", examples=("API", "integration", "Terraform", "web application")),
    "target_id": Text("Id of the object."),
    "target_type": Text("Kind of object.", examples=("access flow", "bundle", "integration", "user", "webhook")),
    "target_name": Text("Name of the object."),
    "metadata": Anything("More facts."),
    "current_target_object": Anything("The whole object afterwards; null when it was deleted."),
    "previous_target_object": Anything("The whole object before; null when it is new."),
}

_INTEGRATION_FIELDS: dict[str, Shape] = {
    "id": Text("Id of the integration.", needed=True),
    "name": Text("Its name.", examples=("prod db",)),
    "type": Text("Id of its type.", examples=("aws-account",)),
    "status": Text("The status it came into.", examples=("Warning", "Error")),
    "target": Text(
        "Where a webhook sends to; only in Grantwire's own events.", examples=("https://acme.service-now.com:443",)
    ),
    "issues": Listing(
        "What is wrong with it.",
        Thing(
            "One issue.",
            {
                "status": Text("How bad it is.", examples=("Warning", "Error")),
                "message": Text("What is wrong.", examples=("connector c-1 is unreachable",)),
            },
        ),
    ),
}


def _envelope(about: str, data: Thing) -> Thing:
    return Thing(
        about,
        {
            "event_type": Text("What happened.", needed=True),
            "event_time": Time("When it happened.", needed=True, examples=(1696263265.851898, "2026-11-23T16:30:00Z")),
            "data": data,
        },
        needed=True,
    )


REQUEST_EVENT = _envelope(
    "Something happened to an access request.", Thing("The access request.", _REQUEST_FIELDS, needed=True)
)
AUDIT_EVENT = _envelope("An administrator changed something.", Thing("The change.", _AUDIT_FIELDS, needed=True))
INTEGRATION_EVENT = _envelope(
    "The health of an integration changed.", Thing("The integration.", _INTEGRATION_FIELDS, needed=True)
)

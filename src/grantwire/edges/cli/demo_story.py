"""Demo story: made-up access requests, from created to their end, as the events that tell of them.

In: a number. Out: the events of that request, in order. Never: chance; request 7 is always the same.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from grantwire.domain.event_types import event_types

Envelope = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Person:
    id: str
    name: str
    email: str


# The last words of each are what breaks other webhooks: quotes, line breaks, backslashes, mark-up, other scripts.
JUSTIFICATIONS = (
    'Checkout is slow since 14:05, the on-call runbook says "read orders & its locks".',
    "Fix customer ticket 4711:\n1. read the row\n2. correct it\n3. write back",
    "Backup check of C:\\data\\new on the file server",
    'Look at </script><b>bold</b> and {"looks": "like JSON"} in the audit table',
    "Rückfrage der Revision – 監査 – перевірка 🔐",
)
PEOPLE = (
    Person("user-17", "Maeve O'Brien", "maeve.obrien@example.com"),
    Person("user-23", 'Jonas "JJ" Lindqvist', "jonas.lindqvist@example.com"),
    Person("user-31", "Ana Sofía Núñez", "ana.nunez@example.com"),
)
PLACES = (("prod db", "Postgresql"), ("aws prod", "aws-account"), ("payments cluster", "kubernetes"))
GRANTED = ("RequestCreated", "RequestApproved", "RequestGranted", "RequestExpired")
ENDINGS = (
    GRANTED,
    ("RequestCreated", "RequestRejected"),
    GRANTED,
    ("RequestCreated", "RequestApproved", "RequestFailed"),
    ("RequestCreated", "Manual", "RequestApproved", "RequestGranted", "RequestExpired"),
)


def granted_request(number: int, *, run: str) -> tuple[Envelope, ...]:
    """One request from created to expired."""
    return tuple(_event(number, trigger, run=run) for trigger in GRANTED)


def varied_requests(*, run: str) -> Iterator[tuple[Envelope, ...]]:
    """Without end: granted, rejected, failed and manually sent ones in turn, so that each trigger shows."""
    number = 0
    while True:
        number += 1
        triggers = ENDINGS[(number - 1) % len(ENDINGS)]
        yield tuple(_event(number, trigger, run=run) for trigger in triggers)


def _event(number: int, trigger: str, *, run: str) -> Envelope:
    """`run` makes the ids of one demo its own."""
    person = PEOPLE[number % len(PEOPLE)]
    place, kind = PLACES[number % len(PLACES)]
    event = event_types()[trigger].sample()
    data = event["data"]
    event["id"] = f"demo-{run}-{number}-{trigger}"
    data["id"] = f"demo-{run}-{number}"
    data["friendly_id"] = f"AR-{1000 + number}"
    data["requester"] = {"id": person.id, "name": person.name, "email": person.email}
    data["grantee"] |= {"id": person.id, "name": person.name, "source_id": person.email}
    data["justification"] = JUSTIFICATIONS[(number - 1) % len(JUSTIFICATIONS)]
    data["access_groups"][0]["integration"] |= {"name": place, "type": kind}
    return event

"""Operations: every call of the HTTP API on one page, as its documents tell it.

In: nothing. Out: the table that `/schema` and `docs/reference/api.md` are made from. Never: a call that does not exist.
"""

from grantwire.domain.event_types import event_types
from grantwire.edges.api.catalogue import QUERY as CATALOGUE_QUERY
from grantwire.edges.api.deliveries import QUERY as DELIVERIES_QUERY
from grantwire.edges.api.events import QUERY as EVENTS_QUERY
from grantwire.edges.api.health import Health
from grantwire.edges.api.operation import JSON, Form, Operation
from grantwire.edges.api.rendering import RenderAsked, Rendering
from grantwire.edges.api.replays import QUERY as REPLAYS_QUERY
from grantwire.edges.api.webhooks import EXPLAIN_QUERY, PAGE_QUERY, PUT_QUERY
from grantwire.edges.api.wire.asked import PatchAsked, TestAsked, UnsavedTestAsked
from grantwire.edges.api.wire.attempt import AttemptAnswer
from grantwire.edges.api.wire.catalogue import CatalogueAnswer, CatalogueAsked
from grantwire.edges.api.wire.delivery import DeliveryAnswer, DeliveryPage, DeliveryStoryAnswer
from grantwire.edges.api.wire.event import AcceptedEvent, EventAnswer, EventPage, EventTypeAnswer, EventTypePage
from grantwire.edges.api.wire.replay import PlanAnswer, ReplayAnswer, ReplayAsked, ReplayPage
from grantwire.edges.api.wire.target import TargetPage
from grantwire.edges.api.wire.webhook import (
    ExplanationAnswer,
    PauseAsked,
    ResumeAsked,
    WebhookAnswer,
    WebhookDefinition,
    WebhookPage,
)

_SAMPLE = event_types()["RequestCreated"].sample()
_CLOUD_EVENT = {
    "specversion": "1.0",
    "id": "01931f6e",
    "source": "https://iam.example.com",
    "type": "RequestCreated",
    "time": "2026-11-23T16:30:00Z",
    "data": _SAMPLE["data"],
}
_WEBHOOK = {
    "name": "ServiceNow prod",
    "url": "https://acme.service-now.com/api/now/table/incident",
    "auth": {"type": "bearer", "token": "${env:SERVICENOW_TOKEN}"},
    "body": '{"short_description": "{{ data.access_groups.[0].integration.name }}"}',
    "triggers": ["RequestCreated"],
}
_CATALOGUE = {
    "people": [{"email": "ada@example.com", "name": "Ada Lovelace"}],
    "integrations": [
        {
            "name": "orders db",
            "type": "postgresql",
            "resource_types": [{"id": "postgresql-database", "resources": ["orders"], "permissions": ["read"]}],
        }
    ],
    "access_flows": [
        {
            "name": "Read orders",
            "requesters": ["everyone"],
            "targets": [{"integration": "orders db", "resource_type": "postgresql-database"}],
            "longest": "8h",
        }
    ],
}
_EVENT = {"$ref": "#/components/schemas/Event"}
_EVENT_FORMS = (
    Form(JSON, {"anyOf": [_EVENT, {"type": "array", "items": _EVENT}]}, _SAMPLE),
    Form("application/x-ndjson", {"type": "string", "description": "One event per line."}, '{"event_type": …}\n'),
    Form("application/cloudevents+json", {"$ref": "#/components/schemas/CloudEvent"}, _CLOUD_EVENT),
    Form(
        "application/cloudevents-batch+json",
        {"type": "array", "items": {"$ref": "#/components/schemas/CloudEvent"}},
        [_CLOUD_EVENT],
    ),
)
_EVENTS_ABOUT = (
    "One event, a JSON array, NDJSON, or CloudEvents 1.0 (structured, batched, or binary with `ce-` headers). The "
    "answer comes after the commit. The same id again with the same content gets the first answer again; with other "
    "content 409. One bad event refuses a batch with its index and every problem, and nothing is stored. An event has "
    "at most 1 MiB, a batch 10,000 events and 64 MiB."
)
_IF_MATCH = {"If-Match": "The ETag that was seen; another version on record is refused with 412."}
_PUT_HEADERS = _IF_MATCH | {"If-None-Match": "`*` to create only."}
_DEFINITION = (Form(JSON, WebhookDefinition, _WEBHOOK),)
_MERGE = (
    Form(JSON, PatchAsked, {"active": False}),
    Form("application/merge-patch+json", PatchAsked, {"active": False}),
)
_WEBHOOK_PATH = "/v1/webhooks/{name}"
_DELIVERY_PATH = "/v1/deliveries/{delivery_id}"
_REPLAY_PATH = "/v1/replays/{replay_id}"
_REPLAYS_ABOUT = (
    "Starts a job that makes a new delivery for each that is wanted, oldest first, and answers at once: 202 with the "
    "job, whose address is in Location. It goes on after a crash without sending one twice. Only deliveries that had "
    "ended when it was asked for are sent, each once however many replays want it. With an `id` of yours, asking again "
    "gets the job of the first time; the id of another replay 409. With `dry_run` nothing is sent, and the "
    "answer (200) says what would be."
)

OPERATIONS: tuple[Operation, ...] = (
    # ── events ──
    Operation(
        "POST",
        "/v1/events",
        "events",
        "Accept events",
        _EVENTS_ABOUT,
        forms=_EVENT_FORMS,
        answers={202: AcceptedEvent | list[AcceptedEvent]},
        refusals=(400, 409, 413, 415),
    ),
    Operation(
        "GET",
        "/v1/events",
        "events",
        "List events, newest first",
        "With the deliveries of each.",
        query=EVENTS_QUERY,
        answers={200: EventPage},
        refusals=(400,),
    ),
    Operation("GET", "/v1/events/{event_id}", "events", "Show an event", answers={200: EventAnswer}, refusals=(404,)),
    Operation("GET", "/v1/event-types", "events", "List event types", answers={200: EventTypePage}),
    Operation(
        "GET",
        "/v1/event-types/{name}",
        "events",
        "Show an event type",
        "Its description, JSON Schema (2020-12) and a sample. An alias such as AccessRequestCreated will do.",
        answers={200: EventTypeAnswer},
        refusals=(404,),
    ),
    # ── webhooks ──
    Operation(
        "GET",
        "/v1/webhooks",
        "webhooks",
        "List webhooks by name",
        query=PAGE_QUERY,
        answers={200: WebhookPage},
        refusals=(400,),
    ),
    Operation(
        "POST",
        "/v1/webhooks",
        "webhooks",
        "Create a webhook",
        forms=_DEFINITION,
        answers={201: WebhookAnswer},
        has_etag=True,
        refusals=(400, 409, 413, 415),
    ),
    Operation(
        "GET",
        _WEBHOOK_PATH,
        "webhooks",
        "Show a webhook",
        "Secrets are written, never read back: a mask stands for each, and means the value on record when it is sent "
        "back.",
        answers={200: WebhookAnswer},
        has_etag=True,
        refusals=(404,),
    ),
    Operation(
        "PUT",
        _WEBHOOK_PATH,
        "webhooks",
        "Create or replace a webhook by name",
        "Another name in the body renames it.",
        query=PUT_QUERY,
        headers=_PUT_HEADERS,
        forms=_DEFINITION,
        answers={200: WebhookAnswer, 201: WebhookAnswer},
        has_etag=True,
        refusals=(400, 409, 412, 413, 415),
    ),
    Operation(
        "PATCH",
        _WEBHOOK_PATH,
        "webhooks",
        "Change a webhook",
        "JSON Merge Patch (RFC 7396): objects merge, null removes, everything else replaces.",
        headers=_IF_MATCH,
        forms=_MERGE,
        answers={200: WebhookAnswer},
        has_etag=True,
        refusals=(400, 404, 409, 412, 413, 415),
    ),
    Operation(
        "DELETE",
        _WEBHOOK_PATH,
        "webhooks",
        "Delete a webhook",
        "What waits or is held is cancelled; its deliveries stay on record.",
        headers=_IF_MATCH,
        answers={204: None},
        refusals=(404, 412),
    ),
    Operation(
        "POST",
        _WEBHOOK_PATH + "/pause",
        "webhooks",
        "Hold a webhook's deliveries",
        forms=(Form(JSON, PauseAsked, {"why": "instance upgrade"}),),
        is_body_needed=False,
        answers={200: WebhookAnswer},
        has_etag=True,
        refusals=(400, 404, 415),
    ),
    Operation(
        "POST",
        _WEBHOOK_PATH + "/resume",
        "webhooks",
        "Release what is held",
        "At once, or `per_minute` of them in any minute, beside new events, which go at once. Again, while it is "
        "releasing: at another rate, or all the rest at once.",
        forms=(Form(JSON, ResumeAsked, {"per_minute": 60}),),
        is_body_needed=False,
        answers={200: WebhookAnswer},
        has_etag=True,
        refusals=(400, 404, 415),
    ),
    Operation(
        "GET",
        "/v1/targets",
        "webhooks",
        "List targets",
        "A target is an origin. One that gives no answer, or 5xx, is left alone for a while: deliveries for it stay "
        "pending or waiting and use no attempt.",
        answers={200: TargetPage},
    ),
    Operation(
        "GET",
        _WEBHOOK_PATH + "/explain",
        "webhooks",
        "Why a webhook fires for an event, or does not",
        query=EXPLAIN_QUERY,
        answers={200: ExplanationAnswer},
        refusals=(400, 404, 409),
    ),
    Operation(
        "POST",
        _WEBHOOK_PATH + "/test",
        "tests",
        "Send one real request for a saved webhook",
        "With the given event, one on record, or a sample; answers the whole attempt and stores nothing.",
        forms=(Form(JSON, TestAsked, {"event_type": "RequestCreated"}),),
        is_body_needed=False,
        answers={200: AttemptAnswer},
        refusals=(400, 404, 409, 415),
    ),
    Operation(
        "POST",
        "/v1/test",
        "tests",
        "Send one real request for an unsaved webhook",
        "A secret that is still masked has the value of the saved webhook of that name.",
        forms=(Form(JSON, UnsavedTestAsked, {"webhook": _WEBHOOK, "event_type": "RequestCreated"}),),
        answers={200: AttemptAnswer},
        refusals=(400, 404, 409, 413, 415),
    ),
    Operation(
        "POST",
        "/v1/render",
        "tests",
        "Render a template",
        "Text, warnings and problems with line and column. A template that is wrong is an answer, not a refusal.",
        forms=(Form(JSON, RenderAsked, {"template": '{"cause": "{{ event_type }}"}', "event_type": "RequestCreated"}),),
        answers={200: Rendering},
        refusals=(400, 404, 409, 413, 415),
    ),
    # ── deliveries ──
    Operation(
        "GET",
        "/v1/deliveries",
        "deliveries",
        "List deliveries, newest first",
        query=DELIVERIES_QUERY,
        answers={200: DeliveryPage},
        refusals=(400,),
    ),
    Operation(
        "GET",
        _DELIVERY_PATH,
        "deliveries",
        "Show a delivery with its attempts",
        answers={200: DeliveryStoryAnswer},
        refusals=(404,),
    ),
    Operation(
        "POST",
        _DELIVERY_PATH + "/retry",
        "deliveries",
        "Send a waiting or held delivery at once",
        answers={200: DeliveryAnswer},
        refusals=(404, 409),
    ),
    Operation(
        "POST",
        _DELIVERY_PATH + "/replay",
        "deliveries",
        "Send again a delivery that ended without success",
        "Answers with the new delivery, whose `replay_of` is the old one. Many at once: `POST /v1/replays`.",
        answers={201: DeliveryAnswer},
        refusals=(404, 409),
    ),
    Operation(
        "POST",
        _DELIVERY_PATH + "/cancel",
        "deliveries",
        "Cancel a delivery that has not ended",
        answers={200: DeliveryAnswer},
        refusals=(404, 409),
    ),
    Operation(
        "POST",
        _DELIVERY_PATH + "/skip",
        "deliveries",
        "Let later deliveries of the same access request go",
        "For a dead one of a webhook with `order: per_request`; it becomes skipped.",
        answers={200: DeliveryAnswer},
        refusals=(404, 409),
    ),
    Operation(
        "GET",
        "/v1/attempts/{attempt_id}",
        "deliveries",
        "Show an attempt whole",
        "The request as sent (secrets masked), the reply, timings, validators one by one, verdict and why, and a curl "
        "command.",
        answers={200: AttemptAnswer},
        refusals=(404,),
    ),
    # ── replays ──
    Operation(
        "POST",
        "/v1/replays",
        "replays",
        "Send many deliveries again",
        _REPLAYS_ABOUT,
        forms=(Form(JSON, ReplayAsked, {"webhooks": ["ServiceNow prod"], "states": ["dead"], "per_minute": 600}),),
        answers={202: ReplayAnswer, 200: PlanAnswer},
        refusals=(400, 409, 413, 415),
    ),
    Operation(
        "GET",
        "/v1/replays",
        "replays",
        "List replays, newest first",
        query=REPLAYS_QUERY,
        answers={200: ReplayPage},
        refusals=(400,),
    ),
    Operation(
        "GET", _REPLAY_PATH, "replays", "Show how far a replay came", answers={200: ReplayAnswer}, refusals=(404,)
    ),
    Operation(
        "POST",
        _REPLAY_PATH + "/cancel",
        "replays",
        "Cancel a replay that goes on",
        "What it has sent again so far stays.",
        answers={200: ReplayAnswer},
        refusals=(404, 409),
    ),
    # ── the access desk ──
    Operation(
        "GET",
        "/v1/catalogue",
        "catalogue",
        "Show the catalogue",
        "What people may ask for, who may ask, who decides, and for how long.",
        answers={200: CatalogueAnswer},
        has_etag=True,
    ),
    Operation(
        "PUT",
        "/v1/catalogue",
        "catalogue",
        "Replace the catalogue",
        "As a whole, for its parts refer to each other; all problems are told at once, and then nothing changes. It "
        "holds no secret: a provisioner's password is a reference. The same again is no new version.",
        query=CATALOGUE_QUERY,
        headers=_IF_MATCH,
        forms=(Form(JSON, CatalogueAsked, _CATALOGUE),),
        answers={200: CatalogueAnswer},
        has_etag=True,
        refusals=(400, 412, 415),
    ),
    # ── for machines ──
    Operation("GET", "/healthz", "health", "Is the process alive", answers={200: Health}),
    Operation("GET", "/readyz", "health", "Can it read and write its store", answers={200: Health}, refusals=(503,)),
    Operation(
        "GET",
        "/metrics",
        "health",
        "Counters for Prometheus",
        "Open, as scrapers expect; keep it behind your own proxy where that matters. It holds counts by event type and "
        "webhook, no content.",
        answers={200: "text/plain"},
    ),
    Operation("GET", "/schema", "health", "This API as an OpenAPI 3.1 document", answers={200: dict}),
)

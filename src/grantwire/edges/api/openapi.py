"""OpenAPI: the 3.1 document, made from the table of operations.

In: operations and wire types. Out: a document as plain values. Never: a call that the table does not hold.
"""

import re
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import msgspec

from grantwire.domain.event import Family
from grantwire.domain.event_types import event_types, names_of
from grantwire.edges.api.operation import JSON, Form, Operation
from grantwire.edges.api.operations import OPERATIONS
from grantwire.edges.api.wire.problem import ProblemDetails

_REF = "#/components/schemas/{name}"
_PROBLEM = "application/problem+json"
_EVERYWHERE = (401, 500, 503)
_ABOUT = (
    "Events come in, webhooks want some of them, and each becomes a delivery. Times are RFC 3339. Lists come in pages: "
    "give `after` of one page to get the next. Every answer that says no is RFC 9457 problem details with all problems."
)


def document(version: str) -> dict[str, Any]:
    schemas = _Schemas()
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Grantwire",
            "version": version,
            "description": _ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [{"key": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer", "description": "An API key."}},
            "schemas": dict(sorted((schemas.components | _event_schemas()).items())),
        },
    }


class _Schemas:
    """Turns wire types into references and remembers what they refer to."""

    def __init__(self) -> None:
        self.components: dict[str, Any] = {}

    def of(self, shape: Any) -> dict[str, Any]:
        if isinstance(shape, dict):
            return shape
        (schema,), components = msgspec.json.schema_components([shape], ref_template=_REF)
        self.components |= components
        return schema


def _operation(operation: Operation, schemas: _Schemas) -> dict[str, Any]:
    described: dict[str, Any] = {
        "tags": [operation.tag],
        "summary": operation.summary,
        "operationId": _operation_id(operation),
        "responses": dict(_responses(operation, schemas)),
    }
    if operation.about:
        described["description"] = operation.about
    if parameters := list(_parameters(operation)):
        described["parameters"] = parameters
    if operation.forms:
        content = {form.media_type: _content(form, schemas) for form in operation.forms}
        described["requestBody"] = {"required": operation.is_body_needed, "content": content}
    if operation.is_open:
        described["security"] = []
    return described


def _operation_id(operation: Operation) -> str:
    """`putWebhooksByName`, `postWebhooksByNamePause`: as stable as the address."""
    words = operation.path.removeprefix("/v1").replace("{", "by-").replace("}", "").replace("_", "-")
    return operation.method.lower() + "".join(word.capitalize() for word in re.split(r"[/-]", words))


def _content(form: Form, schemas: _Schemas) -> dict[str, Any]:
    return {"schema": schemas.of(form.shape), "example": form.example}


def _parameters(operation: Operation) -> Iterator[dict[str, Any]]:
    for name in re.findall(r"{(\w+)}", operation.path):
        yield {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
    for field in operation.query:
        yield {
            "name": field.name,
            "in": "query",
            "required": field.needed,
            "description": field.about,
            "schema": dict(field.schema),
        }
    for name, about in (operation.headers or {}).items():
        yield {"name": name, "in": "header", "required": False, "description": about, "schema": {"type": "string"}}


def _responses(operation: Operation, schemas: _Schemas) -> Iterator[tuple[str, dict[str, Any]]]:
    for status, shape in (operation.answers or {}).items():
        yield str(status), _answer(operation, status, shape, schemas)
    for status in sorted({*operation.refusals, *(() if operation.is_open else _EVERYWHERE)}):
        yield str(status), _refusal(status, schemas)


def _answer(operation: Operation, status: int, shape: Any, schemas: _Schemas) -> dict[str, Any]:
    answer: dict[str, Any] = {"description": HTTPStatus(status).phrase}
    if isinstance(shape, str):
        answer["content"] = {shape: {"schema": {"type": "string"}}}
    elif shape is not None:
        answer["content"] = {JSON: {"schema": schemas.of(shape)}}
    if operation.has_etag:
        answer["headers"] = {"ETag": {"description": "The version.", "schema": {"type": "string"}}}
    return answer


def _refusal(status: int, schemas: _Schemas) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "description": HTTPStatus(status).phrase,
        "content": {_PROBLEM: {"schema": schemas.of(ProblemDetails)}},
    }
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        answer["headers"] = {"Retry-After": {"description": "Seconds.", "schema": {"type": "integer"}}}
    return answer


def _event_schemas() -> dict[str, Any]:
    """One per family of events, and CloudEvents 1.0 around them."""
    families = {f"{family.value.capitalize()}Event": _family_schema(family) for family in Family}
    text = {"type": "string", "minLength": 1}
    cloud_event = {
        "type": "object",
        "description": "CloudEvents 1.0. `data` is an event's `data`, or a whole event.",
        "properties": {
            "specversion": {"const": "1.0"},
            "id": text,
            "source": text,
            "type": text | {"description": "An event type; a prefix such as `com.acme.` does not count."},
            "time": {"type": "string", "format": "date-time"},
            "data": {"type": "object"},
        },
        "required": ["specversion", "id", "source", "type", "data"],
    }
    event = {"anyOf": [{"$ref": _REF.format(name=name)} for name in families]}
    return {**families, "Event": event, "CloudEvent": cloud_event}


def _family_schema(family: Family) -> dict[str, Any]:
    kinds = [kind for kind in event_types().values() if kind.name in names_of(family)]
    schema = kinds[0].json_schema()
    names = [name for kind in kinds for name in (kind.name, *kind.aliases)]
    own_id = {"type": "string", "description": "Your id of the event; left out, it is given one."}
    schema["properties"] |= {"event_type": {"type": "string", "enum": names}, "event_id": own_id}
    return {name: value for name, value in schema.items() if name not in {"$schema", "title"}}

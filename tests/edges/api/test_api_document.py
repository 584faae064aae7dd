"""The OpenAPI document: valid, complete, and true of the application."""

import json
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
from tests.edges.api.documented import DOCUMENT, validator
from tests.edges.api.house import House

from grantwire.edges.api.openapi import document
from grantwire.edges.api.operations import OPERATIONS


def schemas_in(node: Any) -> Iterator[Any]:
    """Every schema of the document, by where the specification puts schemas."""
    if isinstance(node, dict):
        if "schema" in node:
            yield node["schema"]
        for value in node.values():
            yield from schemas_in(value)
    elif isinstance(node, list):
        for item in node:
            yield from schemas_in(item)


def references_in(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from references_in(value)
    elif isinstance(node, list):
        for item in node:
            yield from references_in(item)


async def test_the_document_is_served_without_a_key(house: House) -> None:
    del house.client.headers["Authorization"]
    answer = await house.client.get("/schema")
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == DOCUMENT
    assert answer.json()["openapi"].startswith("3.1")


async def test_the_document_and_the_routes_are_the_same(house: House) -> None:
    described = {(operation.method, operation.path) for operation in OPERATIONS}
    routes = {
        (method, route.path_format)
        for route in house.app.inner.routes
        for method in getattr(route, "methods", None) or {"GET", "POST"}
        if method != "OPTIONS"
    }
    assert routes == described


def test_every_schema_is_json_schema_2020_12() -> None:
    schemas = [*schemas_in(DOCUMENT["paths"]), *DOCUMENT["components"]["schemas"].values()]
    assert len(schemas) > 60
    for schema in schemas:
        jsonschema.Draft202012Validator.check_schema(schema)


def test_every_reference_has_its_end() -> None:
    names = {reference.removeprefix("#/components/schemas/") for reference in references_in(DOCUMENT)}
    assert names <= set(DOCUMENT["components"]["schemas"])


def test_every_example_fits_its_schema() -> None:
    examples = [
        (media_type, content)
        for path in DOCUMENT["paths"].values()
        for operation in path.values()
        for media_type, content in operation.get("requestBody", {}).get("content", {}).items()
    ]
    assert examples
    for _, content in examples:
        validator(content["schema"]).validate(content["example"])


def test_every_operation_is_named_once_and_says_what_it_does() -> None:
    operations = [operation for path in DOCUMENT["paths"].values() for operation in path.values()]
    ids = [operation["operationId"] for operation in operations]
    assert len(set(ids)) == len(ids)
    assert all(operation["summary"] for operation in operations)
    assert all({"401", "503"} <= set(operation["responses"]) for operation in operations if "security" not in operation)


@pytest.mark.parametrize("field", ["openapi", "info", "paths", "components"])
def test_the_document_has_the_fields_of_openapi_3_1(field: str) -> None:
    assert document("9.9.9")[field]
    assert json.loads(json.dumps(document("9.9.9")))["info"]["version"] == "9.9.9"

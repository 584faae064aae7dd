"""Holds every answer that a test gets against the OpenAPI document."""

import json
import re
from functools import cache
from typing import Any

import httpx
import jsonschema
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from grantwire.edges.api.openapi import document

DOCUMENT = json.loads(json.dumps(document("0.1.0")))
ROOT = "urn:grantwire:openapi"
REGISTRY: Registry[Any] = Registry().with_resource(ROOT, Resource(DOCUMENT, DRAFT202012))


def validator(schema: Any) -> jsonschema.Draft202012Validator:
    """Of a schema that stands in the document."""
    return jsonschema.Draft202012Validator(absolute(schema), registry=REGISTRY)


def absolute(schema: Any) -> Any:
    """With references into the document."""
    if isinstance(schema, dict):
        return {
            key: f"{ROOT}{value}" if key == "$ref" and value.startswith("#") else absolute(value)
            for key, value in schema.items()
        }
    return [absolute(item) for item in schema] if isinstance(schema, list) else schema


@cache
def patterns() -> list[tuple[re.Pattern[str], str]]:
    """Addresses with fixed words first, so that they win over parameters."""
    paths = sorted(DOCUMENT["paths"], key=lambda path: path.count("{"))
    return [(re.compile(re.sub(r"{\w+}", "[^/]+", path) + r"\Z"), path) for path in paths]


def operation_of(method: str, path: str) -> Any:
    for pattern, template in patterns():
        if pattern.match(path) and method.lower() in DOCUMENT["paths"][template]:
            return DOCUMENT["paths"][template][method.lower()]
    return None


async def check_answer(answer: httpx.Response) -> None:
    request = answer.request
    operation = operation_of(request.method, request.url.path)
    if operation is None:
        assert answer.status_code in {404, 405}, f"{request.method} {request.url.path} is not documented"
        return
    described = operation["responses"].get(str(answer.status_code))
    assert described, f"{request.method} {request.url.path} answered {answer.status_code}, which is not documented"
    await answer.aread()
    if "content" not in described:
        assert not answer.content
        return
    media_type = answer.headers["content-type"].partition(";")[0]
    schema = described["content"][media_type]["schema"]
    body = answer.json() if media_type.endswith("json") else answer.text
    validator(schema).validate(body)

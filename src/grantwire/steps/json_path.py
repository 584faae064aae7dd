"""JSONPath (RFC 9535): what a path finds in a document.

In: a document and a path that was checked when it was saved. Out: nodes, and values as a person writes them.
Never: an exception for a path that finds nothing, or for a document nested too deep.
"""

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import jsonpath_rfc9535
from jsonpath_rfc9535 import JSONPathError, JSONPathNode, JSONPathQuery
from jsonpath_rfc9535.segments import JSONPathChildSegment
from jsonpath_rfc9535.selectors import NameSelector


def find(document: Any, json_path: str) -> list[JSONPathNode]:
    try:
        return list(_compiled(json_path).find(document))
    except (JSONPathError, RecursionError):
        return []


def capture(record: Any, captures: Mapping[str, str]) -> dict[str, str]:
    """The first value that each path finds, as text; none for what is null, an object, a list, or not there."""
    found: dict[str, str] = {}
    for name, json_path in captures.items():
        nodes = find(record, json_path)
        if nodes and nodes[0].value is not None and not isinstance(nodes[0].value, dict | list):
            found[name] = text_of(nodes[0].value)
    return found


def has_place_for(document: Any, json_path: str) -> bool:
    """Whether the document has what a path starts from: the list of `$.result[*].id`, empty or not."""
    segments = _compiled(json_path).segments[:-1]
    named = next((place for place, segment in enumerate(segments) if not _is_name(segment)), len(segments))
    return bool(_find(document, _of(segments[:named])))


def has_holder(document: Any, json_path: str) -> bool:
    """Whether something that is not empty could have held what the path asks for: a row without the column."""
    return any(node.value not in ({}, [], None) for node in _find(document, _of(_compiled(json_path).segments[:-1])))


def names_one(json_path: str) -> bool:
    """Whether the path is made of names alone, so that it asks one record, and not which of many."""
    return all(map(_is_name, _compiled(json_path).segments))


def text_of(value: Any) -> str:
    """As a person writes it: a string without quotes, anything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


@lru_cache(maxsize=1024)
def _compiled(json_path: str) -> JSONPathQuery:
    return jsonpath_rfc9535.compile(json_path)


def _of(segments: tuple[Any, ...]) -> JSONPathQuery:
    return JSONPathQuery(env=_compiled("$").env, segments=segments)


def _is_name(segment: Any) -> bool:
    return (
        isinstance(segment, JSONPathChildSegment)
        and len(segment.selectors) == 1
        and isinstance(segment.selectors[0], NameSelector)
    )


def _find(document: Any, query: JSONPathQuery) -> list[JSONPathNode]:
    try:
        return list(query.find(document))
    except (JSONPathError, RecursionError):
        return []

"""Reads JSON Schema (2020-12) as far as a template needs it: what may stand at a path, and may it be null.

In: a schema as parsed JSON. Out: a `Shape` that can be stepped into. Never: validating data, or fetching a `$ref`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias

Schema: TypeAlias = Mapping[str, Any]

#: References to references are followed this far.
MAX_REFERENCES: Final = 20


@dataclass(frozen=True, slots=True)
class Shape:
    """What can stand somewhere: any of `choices` (none: anything at all), and null or nothing if `is_optional`."""

    choices: tuple[Schema, ...]
    root: Schema
    is_optional: bool = False

    def __hash__(self) -> int:
        return id(self)

    @property
    def is_anything(self) -> bool:
        return not self.choices

    def has(self, kind: str) -> bool:
        return any(kind in types_of(choice) for choice in self.choices)

    def only_has(self, *kinds: str) -> bool:
        return bool(self.choices) and all(types_of(choice) <= {*kinds, "null"} for choice in self.choices)

    @property
    def names(self) -> tuple[str, ...]:
        """The named members of an object."""
        return tuple(dict.fromkeys(name for choice in self.choices for name in choice.get("properties", {})))

    @property
    def least_items(self) -> int:
        return min((int(choice.get("minItems", 0)) for choice in self.choices), default=0)

    @property
    def most_characters(self) -> int | None:
        """Of a text; None without a bound."""
        found = [characters_of(choice) for choice in self.choices]
        return None if None in found or not found else max(size for size in found if size is not None)

    def member(self, name: str) -> "Shape | None":
        """What an object holds under a name; None if none of the choices speaks of it."""
        return self.among(found for choice in self.choices for found in member_of(choice, name))

    def item(self, index: int | None = None) -> "Shape | None":
        """What a list holds, at an index or anywhere."""
        return self.among(found for choice in self.choices for found in items_of(choice, index))

    def values(self) -> "Shape":
        """What an object's members are, one by one."""
        found = [choice.get("additionalProperties") for choice in self.choices]
        named = [choice["properties"] for choice in self.choices if choice.get("properties")]
        members = [schema for properties in named for schema in properties.values()]
        members += [schema for schema in found if isinstance(schema, Mapping)]
        return self.among(iter(members)) or Shape((), self.root)

    def among(self, found: Iterator[Any]) -> "Shape | None":
        shapes = [shape_of(schema, self.root) for schema in found]
        if not shapes:
            return None
        if any(shape.is_anything for shape in shapes):
            return Shape((), self.root)
        choices = tuple(choice for shape in shapes for choice in shape.choices)
        return Shape(choices, self.root, any(shape.is_optional for shape in shapes))


def shape_of(schema: Any, root: Schema) -> Shape:
    """A schema with its references, alternatives and nulls sorted out."""
    choices: list[Schema] = []
    is_optional = False
    for choice in alternatives(schema, root, MAX_REFERENCES):
        types = types_of(choice)
        is_optional = is_optional or "null" in types
        if types == {"null"}:
            continue
        if not speaks(choice):
            return Shape((), root, is_optional)
        choices.append(choice)
    return Shape(tuple(choices), root, is_optional)


def alternatives(schema: Any, root: Schema, budget: int) -> Iterator[Schema]:
    """`anyOf` and `oneOf` one by one, `allOf` and `$ref` merged into what stands beside them."""
    if not isinstance(schema, Mapping) or budget <= 0:
        yield {}
        return
    rest: Schema = {key: value for key, value in schema.items() if key not in {"$ref", "allOf", "anyOf", "oneOf"}}
    parts = [*schema.get("allOf", ())]
    if "$ref" in schema:
        parts.append(referred(schema["$ref"], root))
    for part in parts:
        for merged in alternatives(part, root, budget - 1):
            rest = merge(merged, rest)
            break
    choices = [*schema.get("anyOf", ()), *schema.get("oneOf", ())]
    if not choices:
        yield rest
    for choice in choices:
        for found in alternatives(choice, root, budget - 1):
            yield merge(rest, found)


def merge(one: Schema, other: Schema) -> Schema:
    merged = {**one, **other}
    if "properties" in one and "properties" in other:
        merged["properties"] = {**one["properties"], **other["properties"]}
    return merged


def referred(reference: object, root: Schema) -> Any:
    """A reference within the schema itself; anything else means nothing is known."""
    if not isinstance(reference, str) or not reference.startswith("#"):
        return {}
    found: Any = root
    for part in reference[1:].strip("/").split("/") if len(reference) > 1 else ():
        found = found.get(part.replace("~1", "/").replace("~0", "~"), {}) if isinstance(found, Mapping) else {}
    return found


def speaks(schema: Schema) -> bool:
    """Whether a schema says anything about the type of a value."""
    return bool(types_of(schema))


def types_of(schema: Schema) -> frozenset[str]:
    named = schema.get("type")
    if isinstance(named, str):
        return frozenset({named})
    if isinstance(named, list):
        return frozenset(named)
    if "properties" in schema:
        return frozenset({"object"})
    if "items" in schema or "prefixItems" in schema:
        return frozenset({"array"})
    if "enum" in schema or "const" in schema:
        return frozenset(map(type_name, schema.get("enum", [schema.get("const")])))
    return frozenset()


def type_name(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case str():
            return "string"
        case int() | float():
            return "number"
        case _:
            return "object" if isinstance(value, dict) else "array"


def member_of(schema: Schema, name: str) -> Iterator[Any]:
    """Names a schema lists are taken as all there are, unless it describes the others too."""
    properties = schema.get("properties", {})
    if name in properties:
        yield properties[name] if name in schema.get("required", ()) else optional(properties[name])
        return
    others = schema.get("additionalProperties")
    if isinstance(others, Mapping):
        yield optional(others)
    elif "patternProperties" in schema or not properties:
        yield {}


def optional(schema: Any) -> Schema:
    """The schema of something that may be left out."""
    return {"anyOf": [schema, {"type": "null"}]}


def items_of(schema: Schema, index: int | None) -> Iterator[Any]:
    if "array" not in types_of(schema):
        return
    first = schema.get("prefixItems", [])
    if index is not None and index < len(first):
        yield first[index]
    elif "items" in schema:
        yield schema["items"]
    else:
        yield {}


def characters_of(schema: Schema) -> int | None:
    """The most characters a value prints as; None without a bound. Numbers are short."""
    if "string" not in types_of(schema):
        return 24
    known = [str(value) for value in schema.get("enum", [schema["const"]] if "const" in schema else [])]
    if known:
        return max(map(len, known))
    if schema.get("format") in {"date-time", "uuid"}:
        return 40
    return schema.get("maxLength")


def required(shape: Shape) -> Shape:
    """The same, known not to be null here."""
    return replace(shape, is_optional=False)
